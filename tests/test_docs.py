"""The documentation says what is so."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from bot import wording
from bot.audit.chain import link
from bot.audit.entry import FIRST_PREVIOUS, Entry, NewEntry
from bot.chat.arguments import parse_text
from bot.chat.command import Call, Command
from bot.chat.words import split
from bot.commands import COMMANDS
from bot.config import ENVIRONMENT, Settings, load_settings
from bot.db.engine import Database
from bot.db.lock import only_process
from bot.errors import ConfigurationError
from bot.metrics import Metrics
from bot.web import create_web
from scripts import generate_docs
from tests.factories import ALICE, CHANNEL, NOON, TEAM
from tests.program import Place, entry
from tests.world import HOST, world

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], key=lambda page: page.name
)


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in a language, without their indentation."""
    pattern = rf"^( *)```{language}\n(.*?)^ *```$"
    return [
        re.sub(rf"(?m)^{indent}", "", body)
        for indent, body in re.findall(pattern, text_of(page), re.DOTALL | re.MULTILINE)
    ]


def spans(page: Path) -> list[str]:
    """What stands in backquotes, outside of fenced blocks."""
    text = re.sub(r"(?ms)^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"))
    return [re.sub(r"\s+", " ", found) for found in re.findall(r"`([^`]+)`", text)]


def typed(page: Path) -> list[str]:
    """The lines of console blocks that somebody types."""
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"(?m)^ *\$ (.*)$", text)
    return [line.split("#")[0].strip() for line in lines]


# -- generated pages


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("docs/commands.md", generate_docs.commands_page),
        ("docs/settings.md", generate_docs.settings_page),
        ("docs/slack-app-socket.yaml", generate_docs.socket_app),
        ("README.md", generate_docs.readme),
    ],
)
def test_generated_pages_are_up_to_date(page: str, made: Any) -> None:
    assert text_of(page) == made(), "run make docs"


def test_a_page_that_is_out_of_date_fails_the_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(text_of("README.md"))
    monkeypatch.setattr(generate_docs, "ROOT", tmp_path)
    monkeypatch.setattr(sys, "argv", ["generate_docs.py", "--check"])
    assert generate_docs.main() == 1
    assert "docs/commands.md is out of date; run make docs" in capsys.readouterr().out
    assert not (tmp_path / "docs" / "commands.md").exists()
    monkeypatch.setattr(sys, "argv", ["generate_docs.py"])
    assert generate_docs.main() == 0
    monkeypatch.setattr(sys, "argv", ["generate_docs.py", "--check"])
    assert generate_docs.main() == 0


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    usage = COMMANDS[name].usage
    _, _, section = text_of("docs/commands.md").partition(f"\n## {name}\n")
    section = section.partition("\n## ")[0]
    assert COMMANDS[name].summary in section
    for option in usage.options:
        assert f"| `--{option.name}" in section
    for example in usage.examples:
        assert f"/registry {example}\n" in section
    assert f"| `{name}" in text_of("README.md")


def settings(model: type[BaseModel]) -> Iterator[str]:
    """The names of all settings, sections and all."""
    for name, field in model.model_fields.items():
        yield name
        for inner in _models(field.annotation):
            yield from settings(inner)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def test_every_setting_is_documented() -> None:
    page = text_of("docs/settings.md")
    for name in settings(Settings):
        if name.upper() in ENVIRONMENT:
            assert f"| `{name.upper()}` |" in page
        else:
            assert re.search(rf"`{name}` \||\[{name}[.\]]|\.{name}\]\]", page), name
    assert "`REGISTRY_BOT_CONFIG`" in page
    for name in ENVIRONMENT:
        assert f"`{name}`" in page


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_have_as_many_cells_in_every_row(page: Path) -> None:
    width = 0
    for line in page.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            width = 0
            continue
        cells = len(re.findall(r"(?<!\\)\|", line))
        assert width in (0, cells), line
        width = cells


# -- commands, targets, links, paths


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_line_is_understood(page: Path, tmp_path: Path) -> None:
    place = Place(tmp_path)
    for line in [*spans(page), *typed(page)]:
        if not line.startswith("registry-bot "):
            continue
        _, *words = shlex.split(line)
        # `registry-bot audit v1` begins what an entry's hash is made of.
        if words != ["audit", "v1"]:
            ended = place.run(*words, "--help")
            assert ended.code == 0, f"{line}: {ended.err}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_target_exists(page: Path) -> None:
    targets = re.findall(r"(?m)^([a-z-]+):", text_of("Makefile"))
    for line in [*spans(page), *typed(page)]:
        if found := re.match(r"make ([a-z-]+)", line):
            assert found[1] in targets, line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link_to in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", link_to):
            target = (page.parent / link_to.partition("#")[0]).resolve()
            assert target.exists(), link_to


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    inside = re.compile(r"(?:bot|docs|tests|scripts|migrations|deploy)/[\w./-]*")
    for span in spans(page):
        if inside.fullmatch(span):
            assert (ROOT / span).exists(), span


def test_the_layout_names_every_part_of_the_program() -> None:
    (layout,) = [
        each for each in blocks("docs/architecture.md", "text") if "bot/" in each
    ][:1]
    parts = {
        path.name for path in (ROOT / "bot").iterdir() if not path.name.startswith("__")
    }
    for name in parts:
        shown = f"{name}/" if (ROOT / "bot" / name).is_dir() else name
        assert re.search(rf"(?m)(^|\s){re.escape(shown)}(\s|$)", layout), name
    for name in re.findall(r"(?m)^  ([a-z_]+(?:/|\.py))", layout):
        assert name.rstrip("/") in parts


@pytest.mark.parametrize(
    ("page", "text"),
    [
        (page, text)
        for page in ("README.md", "docs/approvals.md")
        for text in blocks(page, "toml")
    ],
)
def test_settings_in_the_docs_are_understood(
    tmp_path: Path, page: str, text: str
) -> None:
    file = tmp_path / "registry-bot.toml"
    file.write_text(text, encoding="utf-8")
    loaded = load_settings({"REGISTRY_BOT_CONFIG": str(file)})
    assert loaded.approvals.approvers


# -- operations


def test_routes_are_those_that_answer() -> None:
    told = set(re.findall(r"\| `[A-Z]+ (/\S+)` \|", text_of("docs/operations.md")))
    web = create_web(door=None, checks={}, metrics=Metrics())
    assert told == {route.path for route in web.routes}  # type: ignore[attr-defined] # all are Route


def test_messages_an_operator_looks_up_are_those_that_are_printed(
    tmp_path: Path,
) -> None:
    page = text_of("docs/operations.md")
    with (
        only_process(tmp_path / "bot.db"),
        pytest.raises(ConfigurationError) as refused,
        only_process(tmp_path / "bot.db"),
    ):
        raise AssertionError("the lock was free")
    begins = re.sub(r"\d+\) already works on .*", "", refused.value.message)
    assert f"| `{begins}" in page


def test_the_address_serve_listens_on_is_the_documented_one(tmp_path: Path) -> None:
    assert "`127.0.0.1:3000`" in text_of("docs/operations.md")
    told = Place(tmp_path).run("serve", "--help").out
    assert "127.0.0.1" in told
    assert "3000" in told


# -- the Slack app


def slack_app() -> str:
    return text_of("docs/slack-app.yaml")


def test_escaped_mentions_are_what_the_tokenizer_understands() -> None:
    # With it Slack sends <@U…|name>, which cannot be mistaken for somebody else.
    assert "should_escape: true" in slack_app()
    (word,) = split("<@U0BOB|bob>")
    assert word.value == "<@U0BOB>"
    assert [word.value for word in split("<http://a.example|a.example> &amp;")] == [
        "a.example",
        "&",
    ]


def test_the_usage_hint_names_commands_there_are() -> None:
    (hint,) = re.findall(r"usage_hint: (.*)", slack_app())
    for part in hint.split("|"):
        assert part.split()[0] in COMMANDS


# -- the record


def test_the_table_of_fields_is_what_an_entry_holds() -> None:
    _, _, section = text_of("docs/audit.md").partition("## What an entry holds")
    rows = re.findall(r"(?m)^\| (`.*?`) \|", section.partition("\n## ")[0])
    names = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    made = link(entry(), seq=1, at=NOON, previous=FIRST_PREVIOUS)
    assert names == [name for name, _ in made.values()]


ENTRIES = (
    entry(reason='grün “so” \\ "x" \U0001f600 \x7f'),
    entry("delete.approved", actor="U0BOB", approvers=("U0BOB",)),
    entry("delete.executed", approvers=("U0BOB",), outcome="deleted (202 Accepted)"),
    entry("delete.requested", change="C2", tag="9"),
)


@pytest.fixture
def verifier(tmp_path: Path) -> Path:
    """The program of docs/audit.md, word for word."""
    (code,) = blocks("docs/audit.md", "python")
    path = tmp_path / "verify.py"
    path.write_text(code, encoding="utf-8")
    return path


@pytest.fixture
def lines(tmp_path: Path) -> list[str]:
    """A real export, line by line."""
    place = Place(tmp_path)
    place.record(*ENTRIES)
    file = tmp_path / "export.jsonl"
    ended = place.run("audit", "export", "--output", str(file))
    assert ended.code == 0, ended.err
    return file.read_text(encoding="utf-8").splitlines()


def verify(verifier: Path, lines: list[str], *arguments: str) -> tuple[int, str]:
    file = verifier.with_name("audit.jsonl")
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    # Nothing of ours is in reach: -I takes neither our folder nor PYTHONPATH.
    ended = subprocess.run(
        [sys.executable, "-I", str(verifier), str(file), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
    )
    return ended.returncode, ended.stdout + ended.stderr


def changed(line: str, **values: object) -> str:
    return json.dumps({**json.loads(line), **values}, ensure_ascii=False)


def test_the_verifier_accepts_a_real_export(verifier: Path, lines: list[str]) -> None:
    head = json.loads(lines[-1])["hash"]
    assert verify(verifier, lines) == (0, f"4 entries, unbroken; head {head}\n")
    assert verify(verifier, [])[0] == 0


@pytest.mark.parametrize(
    "name", [name for name, _ in link(ENTRIES[0], seq=1, at=NOON, previous="").values()]
)
def test_the_verifier_finds_a_changed_field(
    verifier: Path, lines: list[str], name: str
) -> None:
    known = json.loads(lines[1])[name]
    other = [*known, "U0MALLORY"] if isinstance(known, list) else "another"
    lines[1] = changed(lines[1], **{name: 7 if name == "seq" else other})
    code, told = verify(verifier, lines)
    assert code == 1
    assert "entry 2" in told


@pytest.mark.parametrize("number", [1, 2, 3])
def test_the_verifier_finds_a_removed_entry(
    verifier: Path, lines: list[str], number: int
) -> None:
    del lines[number - 1]
    code, told = verify(verifier, lines)
    assert (code, told.strip()) == (
        1,
        f"entry {number} is missing: found {number + 1}",
    )


def test_the_verifier_finds_reordered_entries(verifier: Path, lines: list[str]) -> None:
    lines[1], lines[2] = lines[2], lines[1]
    assert verify(verifier, lines)[0] == 1
    # Renumbered as well.
    lines[1] = changed(lines[1], seq=2)
    lines[2] = changed(lines[2], seq=3)
    assert verify(verifier, lines)[0] == 1


def test_the_verifier_finds_an_added_entry(verifier: Path, lines: list[str]) -> None:
    code, _ = verify(verifier, [*lines[:2], lines[1], *lines[2:]])
    assert code == 1


def rewritten(entries: tuple[NewEntry, ...]) -> list[str]:
    """A whole chain as somebody makes it who owns the database."""
    made: list[Entry] = []
    for seq, new in enumerate(entries, start=1):
        previous = made[-1].hash if made else FIRST_PREVIOUS
        made.append(link(new, seq=seq, at=NOON, previous=previous))
    return [json.dumps(dict(each.values()), ensure_ascii=False) for each in made]


def test_the_verifier_finds_a_rewritten_tail_by_a_checkpoint(
    verifier: Path, lines: list[str]
) -> None:
    assert rewritten(ENTRIES) == lines
    executed = json.loads(lines[2])
    checkpoint = f"3:{executed['hash'][:12]}"
    assert verify(verifier, lines, checkpoint)[0] == 0
    forged = rewritten(
        (*ENTRIES[:2], replace(ENTRIES[2], actor="U0MALLORY"), ENTRIES[3])
    )
    # Unbroken in itself: only what was noted elsewhere tells.
    assert verify(verifier, forged)[0] == 0
    code, told = verify(verifier, forged, checkpoint)
    assert (code, told.strip()) == (1, "entry 3 is not the one the checkpoint names")


def test_the_verifier_finds_a_tail_that_was_cut_off_by_a_checkpoint(
    verifier: Path, lines: list[str]
) -> None:
    checkpoint = f"4:{json.loads(lines[3])['hash'][:16]}"
    assert verify(verifier, lines, checkpoint)[0] == 0
    assert verify(verifier, lines[:3])[0] == 0
    assert verify(verifier, lines[:3], checkpoint)[0] == 1


def test_the_verifier_wants_enough_of_a_hash(verifier: Path, lines: list[str]) -> None:
    short = f"3:{json.loads(lines[2])['hash'][:11]}"
    assert verify(verifier, lines, short)[0] == 1


async def test_first_command_of_contributing_works(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (code,) = blocks("CONTRIBUTING.md", "python")
    (words,) = blocks("CONTRIBUTING.md", "ftl")
    english = wording.FluentBundle([wording.ENGLISH], use_isolating=False)
    english.add_resource(wording.FluentResource(words))
    monkeypatch.setattr(wording, "_bundle", lambda _language: english)
    example = ModuleType("count")
    exec(compile(code, "CONTRIBUTING.md", "exec"), example.__dict__)
    command: Command = example.COMMAND
    async with world(sqlite) as made:
        made.sample.push("team/app", "1.0")
        made.sample.push("team/app", "1.1")
        parsed = command.parse(parse_text("team/app", command.usage))
        call = Call(ALICE, TEAM, CHANNEL, "count team/app")
        assert command.run is not None
        reply = await command.run(made.services, call, parsed)
    assert reply.summary == f"{HOST}/team/app has 2 tags."
    assert command.summary == "Tells how many tags a repository has."
