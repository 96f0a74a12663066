"""Commands of the program: what they take, what they print, how they exit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import cli
from bot.db.lock import only_process
from bot.demo.registry import SampleRegistry
from bot.errors import ConfigurationError, RefusedError, UsageError
from tests.program import Place, logging_kept, served

COMMANDS = [
    ("serve",),
    ("demo",),
    ("console",),
    ("run",),
    ("check",),
    ("migrate",),
    ("audit", "list"),
    ("audit", "export"),
    ("audit", "verify"),
]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def sample() -> SampleRegistry:
    made = SampleRegistry()
    made.push("team/app", "1.2")
    made.push("team/api", "2.0")
    return made


@pytest.fixture
def url(sample: SampleRegistry) -> Iterator[str]:
    with served(sample.app) as address:
        yield address


def program(
    place: Place, *arguments: str, **more: str
) -> subprocess.CompletedProcess[str]:
    """`registry-bot` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.getcwd()}
        | place.environment(**more),
        capture_output=True,
        text=True,
        timeout=60,
    )


# -- usage


def test_help_lists_every_command(place: Place) -> None:
    ended = place.run("--help")
    assert ended.code == 0
    for name, *_ in COMMANDS:
        assert f" {name} " in ended.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(place: Place, command: tuple[str, ...]) -> None:
    ended = place.run(*command, "--help")
    assert ended.code == 0
    assert f"registry-bot {' '.join(command)}" in ended.out


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_an_unknown_option_exits_with_2(place: Place, command: tuple[str, ...]) -> None:
    ended = place.run(*command, "--frobnicate")
    assert ended.code == 2
    assert ended.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("audit",),
        ("nope",),
        ("serve", "--port", "99999"),
        ("serve", "--log-level", "loud"),
        ("audit", "export", "--format", "xml"),
        ("audit", "list", "--limit", "-1"),
    ],
)
def test_wrong_usage_exits_with_2(place: Place, arguments: tuple[str, ...]) -> None:
    assert place.run(*arguments).code == 2


def test_the_version_is_printed(place: Place) -> None:
    ended = place.run("--version")
    assert ended.code == 0
    assert ended.out.startswith("registry-bot ")
    assert len(ended.out.splitlines()) == 1


def test_a_shell_completes_commands(place: Place) -> None:
    ended = place.run(
        _REGISTRY_BOT_COMPLETE="complete_bash",
        COMP_WORDS="registry-bot audit ver",
        COMP_CWORD="2",
    )
    assert ended.out.split() == ["verify"]


# -- errors and exit codes


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("odd words", hint="Say it so."), 2),
        (ConfigurationError("odd settings", hint="Set it so."), 2),
        (RefusedError("not you"), 1),
    ],
)
def test_an_error_is_one_line_and_its_hint(
    capsys: pytest.CaptureFixture[str], error: UsageError, code: int
) -> None:
    async def fails() -> int:
        raise error

    with pytest.raises(cli.typer.Exit) as ended:
        cli._run(fails())
    assert ended.value.exit_code == code
    told = capsys.readouterr()
    hint = [f"  {error.hint}"] if error.hint else []
    assert told.err.splitlines() == [f"registry-bot: {error.message}", *hint]
    assert told.out == ""


def test_a_defect_exits_with_1_and_its_traceback_holds_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = "".join(("hu", "sh"))

    async def breaks() -> int:
        raise RuntimeError(f"connecting to postgresql://bot:{secret}@db failed")

    with logging_kept():
        cli.logs.configure("error")
        with pytest.raises(cli.typer.Exit) as ended:
            cli._run(breaks())
    assert ended.value.exit_code == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "RuntimeError: connecting to postgresql://***@db failed" in line
    assert secret not in line


def test_being_interrupted_exits_as_shells_expect() -> None:
    async def interrupted() -> int:
        raise KeyboardInterrupt

    with pytest.raises(cli.typer.Exit) as ended:
        cli._run(interrupted())
    assert ended.value.exit_code == 130


@pytest.mark.parametrize("command", [("check",), ("run", "status"), ("audit", "list")])
def test_a_wrong_setting_exits_with_2_and_is_not_quoted(
    place: Place, command: tuple[str, ...]
) -> None:
    place.settings('[registries.a]\nurl = "https://ci:hush@a"\npassword_fiel = "hush"')
    ended = place.run(*command)
    assert ended.code == 2
    assert "registries.a.password_fiel" in ended.err
    assert "hush" not in ended.err + ended.out


def test_exit_codes_are_those_of_the_process(place: Place) -> None:
    assert program(place, "--version").returncode == 0
    place.record()
    assert program(place, "audit", "verify").returncode == 0
    assert program(place, "check").returncode == 1
    refused = program(place, "run", "delete", "team/app:1.2")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr


# -- migrate


def test_migrate_says_where_the_database_is_now(place: Place) -> None:
    ended = place.run("migrate")
    assert ended.code == 0
    assert "The database is at schema" in ended.out
    assert place.run("audit", "verify").out == "0 entries, unbroken\n"


# -- run


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def test_run_prints_one_json_object_a_line(place: Place, url: str) -> None:
    ended = place.run("run", "search", "app", "--json", REGISTRY_URL=url)
    assert (ended.code, ended.err) == (0, "")
    assert objects(ended.out) == [
        {
            "registry": "default",
            "repository": "team/app",
            "tags": 1,
            "last_push": None,
        }
    ]


def test_run_draws_the_answer_for_people(place: Place, url: str) -> None:
    ended = place.run("run", "tags", "team/app", REGISTRY_URL=url)
    assert ended.code == 0
    assert "1.2" in ended.out


@pytest.mark.parametrize(
    "words",
    [
        ("--json", "search", "--limit", "1"),
        ("search", "--limit=1", "--json"),
        ("search", "--json", "--limit", "1"),
    ],
)
def test_run_takes_options_in_every_way(
    place: Place, url: str, words: tuple[str, ...]
) -> None:
    ended = place.run("run", *words, REGISTRY_URL=url)
    assert ended.code == 0
    assert [each["repository"] for each in objects(ended.out)] == ["team/api"]


def test_run_hands_a_quoted_word_over_as_one(place: Place, url: str) -> None:
    ended = place.run("run", "search", "two words", REGISTRY_URL=url)
    assert "two words" in ended.out


def test_run_says_no_with_exit_code_1(place: Place, url: str) -> None:
    ended = place.run("run", "tags", "team/nope", "--json", REGISTRY_URL=url)
    assert ended.code == 1
    assert "team/nope" in ended.err
    assert "error" in objects(ended.out)[0]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "takes one reading command"),
        (("delete", "team/app:1.2"), "`run` only reads: `delete`"),
        (("cancel", "C1"), "`run` only reads: `cancel`"),
        (("approve", "C1"), "`run` only reads: `approve`"),
        (("freeze", "all"), "`run` only reads: `freeze`"),
        (("frobnicate",), "There is no command “frobnicate”"),
        (("search", "--limit", "x"), "--limit takes a number"),
        (("search", "--nope"), "There is no option --nope"),
        (("tags",), "REPO is missing"),
    ],
)
def test_run_refuses_what_it_cannot_do_before_it_opens_anything(
    place: Place, words: tuple[str, ...], told: str
) -> None:
    ended = place.run("run", *words)
    assert ended.code == 2
    assert told in ended.err
    assert not place.database.exists()


@pytest.mark.parametrize("asked", ["--help", "-h"])
def test_run_explains_a_command_as_slack_does(
    place: Place, url: str, asked: str
) -> None:
    ended = place.run("run", "search", asked, REGISTRY_URL=url)
    assert ended.code == 0
    assert "/registry search [QUERY]" in ended.out


def test_run_usage_knows_the_repositories_without_a_bot(place: Place, url: str) -> None:
    """Nobody has walked the catalog of a database that is new."""
    ended = place.run("run", "usage", "--now", "--json", REGISTRY_URL=url)
    assert ended.code == 0, ended.err
    *rows, total = map(json.loads, ended.out.splitlines())
    assert total["repositories"] == len(rows) > 0
    assert total["at_most"] is False


def test_run_search_says_so_where_no_registry_answers(place: Place) -> None:
    ended = place.run("run", "search", "app", REGISTRY_URL="http://127.0.0.1:1")
    assert ended.code == 1
    assert "No catalog could be read: default: " in ended.err
    assert ended.out == ""


def test_run_search_answers_from_the_catalog_while_the_registry_is_down(
    place: Place, sample: SampleRegistry
) -> None:
    with served(sample.app) as url:
        assert place.run("run", "search", REGISTRY_URL=url).code == 0
    ended = place.run("run", "search", "app", "--json", REGISTRY_URL=url)
    assert ended.code == 0
    assert "team/app" in ended.out


def test_run_works_for_whoever_is_at_the_terminal(place: Place, url: str) -> None:
    place.settings('[access]\nuse = ["S0NOBODY"]')
    assert place.run("run", "search", REGISTRY_URL=url).code == 0


# -- console


def test_console_reads_commands_until_the_end_of_input(place: Place, url: str) -> None:
    ended = place.run("console", typed="tags team/app\n", REGISTRY_URL=url)
    assert ended.code == 0
    assert "terminal:me> " in ended.out
    assert "only @terminal:me sees this" in ended.out
    assert "1.2" in ended.out


def test_console_refuses_to_be_the_second_process(place: Place, url: str) -> None:
    place.record()
    with only_process(place.database):
        ended = place.run("console", REGISTRY_URL=url)
    assert ended.code == 2
    assert "already works" in ended.err


# -- demo


def test_demo_without_a_terminal_plays_the_tour(place: Place) -> None:
    ended = place.run("demo")
    assert ended.code == 0
    assert "✓ team/app:1.3.9 is gone" in ended.out
    assert "✗" not in ended.out
    assert not place.database.exists()
