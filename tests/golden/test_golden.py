"""What the bot says is what was looked at: golden files, in both languages.

`make golden` writes them anew; the difference is read before it is committed, and
`make golden-pictures` draws them. Every message and view keeps Slack's limits, ours
and those of Slack's own types.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bot.approvals.request import State
from bot.commands import COMMANDS
from bot.db.engine import Database
from bot.slack.limits import violations
from bot.wording import LANGUAGES, speaking
from tests.golden.scene import Scene
from tests.golden.scenes import ASKED, CHANGES, requests, scenes
from tests.slack.schema import problems

HERE = Path(__file__).parent
WRITE = bool(os.environ.get("UPDATE_GOLDEN"))


def written(scene: Scene) -> str:
    return json.dumps(scene.body, indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_is_said_is_what_was_looked_at(
    sqlite: Database, language: str
) -> None:
    with speaking(language):
        told = [scene async for scene in scenes(sqlite)]
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
