"""What the bot says is what was looked at: golden files, in both languages.

`make golden` writes them anew; the difference is read before it is committed, and
`make golden-pictures` draws them. Every message and view keeps Slack's limits, ours
and those of Slack's own types.
"""

from __future__ import annotations

import ast
import json
import os
from pathlib import Path

import pytest
from fluent.runtime import FluentBundle
from fluent.runtime.bundle import Message

from bot.approvals.request import State
from bot.commands import COMMANDS
from bot.db.engine import Database
from bot.slack.limits import violations
from bot.wording import LANGUAGES, sources, speaking
from tests.golden.scene import Scene
from tests.golden.scenes import ASKED, CHANGES, requests, scenes
from tests.slack.schema import problems

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WRITE = bool(os.environ.get("UPDATE_GOLDEN"))


def written(scene: Scene) -> str:
    return json.dumps(scene.body, indent=1, ensure_ascii=False) + "\n"


ELSEWHERE = {"registry-errors", "typed", "local", "oauth"}
"""Files of wording without scenes of their own: what registries and people are refused
with, a terminal, pages of a browser."""

PARTS = {
    *("policy-glob", "policy-take-along", "policy-break", "protected-broken"),
    *("member-not-full", "member-unknown", "member-deactivated", "member-bot"),
    *("member-other-organisation", "member-other-workspace"),
    *("request-changed", "request-decided"),
    # Below the fields of a form; where a Home is cut; names of what no plan lists.
    *("form-missing", "form-too-long", "form-too-much"),
    *("reject-reason-needed", "reject-reason-long", "home-cut"),
    *("ground-rules", "ground-company"),
}
"""Parts of refusals, and what is no message. `test_sentences` has them all."""


def unsaid(asked: set[str]) -> list[str]:
    """Wording that no scene said, and that is no refusal, which all look alike."""
    known = {
        line.partition(" =")[0]
        for name, text in sources("en").items()
        if name.removesuffix(".ftl") not in ELSEWHERE
        for line in text.splitlines()
        if line[:1].isalpha() and " =" in line
    }
    return sorted(known - asked - PARTS - refusals())


def refusals() -> set[str]:
    """Wording of which code makes an error, wherever it does."""
    found = set()
    for module in (ROOT / "bot").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Raise) or (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).endswith(("Refused", "Error"))
            ):
                found |= {
                    str(each.args[0].value).partition(".")[0]
                    for each in ast.walk(node)
                    if isinstance(each, ast.Call)
                    and ast.unparse(each.func) in ("Wording", "say")
                    and isinstance(each.args[0], ast.Constant)
                }
    return found


@pytest.mark.unwatched
@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_said_is_what_was_looked_at(
    sqlite: Database, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    look_up = FluentBundle.get_message

    def noted(bundle: FluentBundle, key: str) -> Message:
        asked.add(key)
        return look_up(bundle, key)

    monkeypatch.setattr(FluentBundle, "get_message", noted)
    with speaking(language):
        told = [scene async for scene in scenes(sqlite)]
    assert unsaid(asked) == [], "no scene says that"
    folder = HERE / language
    names = [scene.name for scene in told]
    assert len(names) == len(set(names)), "two scenes of one name"
    if WRITE:
        folder.mkdir(exist_ok=True)
        for path in folder.glob("*.json"):
            path.unlink()
        for scene in told:
            (folder / f"{scene.name}.json").write_text(written(scene), "utf-8")
    files = {path.stem: path.read_text("utf-8") for path in folder.glob("*.json")}
    assert files.keys() == set(names), "make golden"
    differing = [scene.name for scene in told if files[scene.name] != written(scene)]
    assert differing == [], "read the difference: make golden, git diff"


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_said_keeps_slacks_limits(language: str) -> None:
    broken = []
    for path in sorted((HERE / language).glob("*.json")):
        body = json.loads(path.read_text("utf-8"))
        surface = body.get("type", "message")
        broken += [f"{path.stem}: {each}" for each in violations(body)]
        broken += [f"{path.stem}: {each}" for each in problems(surface, body)]
    assert broken == []


def test_every_command_and_every_state_is_among_them() -> None:
    said = {text.split()[0] for _, text in (*ASKED, *CHANGES)}
    names = {path.stem for path in (HERE / "en").glob("*.json")}
    said |= {name for name in COMMANDS if f"ask-{name}" in names}
    assert sorted(set(COMMANDS) - said) == []
    assert {request.state for _, request, _, _ in requests()} == set(State)
