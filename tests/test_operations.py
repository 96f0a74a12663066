"""What an operator runs beside the bot: it looks, and alters nothing."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.clock import SystemClock
from bot.config import Settings, load_settings
from bot.db.engine import Database
from bot.demo.behaviour import Behaviour
from bot.demo.registry import SampleRegistry
from bot.errors import ConfigurationError
from bot.notifications import store as notifications
from bot.notifications.envelope import Kind, Notification
from bot.operations import audit_export
from bot.slack import check
from bot.slack.installed import Installed
from bot.slack.installed.store import Installations
from bot.slack.sealing import Seal
from tests.factories import DIGEST
from tests.program import Ended, Place, entry, served
from tests.slack.fake_slack import BOT_TOKEN, TEAM, FakeSlack, Fault, refused

SCOPES = ",".join((*check.SCOPES, check.GROUP_SCOPE))
ACCEPTED = Fault(200, {"ok": True, "team_id": TEAM}, {"X-OAuth-Scopes": SCOPES})
CONFIG = '[approvals]\napprovers = ["U0BOB"]\n'


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    made.settings(CONFIG)
    return made


@contextmanager
def registry(behaviour: Behaviour | None = None) -> Iterator[str]:
    with served(SampleRegistry(behaviour).app) as url:
        yield url


async def check(place: Place, *answers: Fault, **more: str) -> Ended:
    """`registry-bot check`, with a Slack that answers `auth.test` so."""
    slack = FakeSlack()
    slack.fail("auth.test", *answers)
    await slack.start()
    try:
        return await asyncio.to_thread(
            place.run,
            "check",
            SLACK_API_URL=slack.api_url,
            **{
                "SLACK_BOT_TOKEN": BOT_TOKEN,
                "SLACK_SIGNING_SECRET": "s" * 32,
                **more,
            },
        )
    finally:
        await slack.stop()


def bad(ended: Ended) -> list[str]:
    """What `check` found unfit."""
    return [line[5:] for line in ended.out.splitlines() if line.startswith("NO ")]


# -- check


async def test_check_exits_with_0_when_everything_is_fit(place: Place) -> None:
    with registry() as url:
        ended = await check(place, ACCEPTED, REGISTRY_URL=url)
    assert bad(ended) == []
    assert ended.code == 0
    assert ended.out.splitlines()[0] == "ok   settings"
    assert "v2 (registry/2.0)" in ended.out
    assert "delete by digest: ✓ yes; delete by tag: ✗ no" in ended.out
    assert "list repositories: ✓ yes, 1,000 on a page" in ended.out
    assert "slack: bot token accepted, scopes complete" in ended.out


async def test_check_alters_nothing(place: Place) -> None:
    with registry() as url:
        ended = await check(place, ACCEPTED, REGISTRY_URL=url)
    assert f"database: {place.database} is not there yet, serve makes it" in ended.out
    assert sorted(each.name for each in place.folder.iterdir()) == ["bot.toml"]


async def test_check_finds_a_database_behind_or_fit(place: Place) -> None:
    await asyncio.to_thread(place.record)
    with registry() as url:
        fit = await check(place, ACCEPTED, REGISTRY_URL=url)
        place.tamper("DELETE FROM alembic_version")
        behind = await check(place, ACCEPTED, REGISTRY_URL=url)
    assert "database: at the newest schema" in fit.out
    assert behind.code == 1
    assert "schema none" in bad(behind)[0]
    assert "registry-bot migrate" in behind.out


async def test_check_says_how_registries_tell_and_when_one_did_last(
    place: Place,
) -> None:
    await asyncio.to_thread(place.record)
    with registry() as url:
        unset = await check(place, ACCEPTED, REGISTRY_URL=url)
        token = place.folder / "token"
        token.write_text("token-of-the-registry-0123456789")
        place.settings(f'{CONFIG}[notifications]\ntoken_file = "{token}"\n')
        silent = await check(place, ACCEPTED, REGISTRY_URL=url)
        database = Database(place.url)
        told = Notification("e1", Kind.PUSHED, "team/app", "1.2", DIGEST)
        async with database.transaction() as tx:
            await notifications.add(tx, "default", told, SystemClock().now())
        await database.dispose()
        heard = await check(place, ACCEPTED, REGISTRY_URL=url)
        token.write_text("short")
        guessable = await check(place, ACCEPTED, REGISTRY_URL=url)
    assert "notifications: not set up" in unset.out
    assert unset.code == silent.code == heard.code == 0
    assert "None has come yet" in silent.out
    assert "last from default just now" in heard.out
    assert guessable.code == 1
    assert "shorter than 16 characters" in bad(guessable)[0]


async def test_check_tries_every_installed_workspace(place: Place) -> None:
    key = Fernet.generate_key().decode()
    place.settings(
        'slack.home = "T0HOME"\nslack.workspaces = ["T1", "T2"]\n'
        f'{CONFIG}channel = "C0APPROVE"\n'
    )
    more = {
        "SLACK_CLIENT_ID": "1.2",
        "SLACK_CLIENT_SECRET": "client-secret",
        "SLACK_TOKEN_KEY": key,
    }
    with registry() as url:
        new = await check(place, ACCEPTED, REGISTRY_URL=url, **more)
        await asyncio.to_thread(place.record)
        database = Database(place.url)
        installations = Installations("1.2", Seal(SecretStr(key)), SystemClock())
        installations.attach(database)
        theirs = Installed("T1", "Partner", "", "U0BOT", SecretStr("xoxb-theirs"))
        await installations.save(theirs, app_id="A1", installer="U1")
        await database.dispose()
        ended = await check(place, ACCEPTED, REGISTRY_URL=url, **more)
    assert (new.code, ended.code) == (0, 1)
    assert "slack: home is T0HOME, others are T1, T2" in new.out
    assert bad(ended) == [
        "slack: Partner (T1): the bot token is refused (invalid_auth)"
    ]
    assert "slack: T2 is named and has not installed the app" in ended.out
    assert "xoxb-theirs" not in ended.out + ended.err


async def test_check_says_what_slack_refuses(place: Place) -> None:
    with registry() as url:
        ended = await check(place, refused("token_revoked"), REGISTRY_URL=url)
    assert ended.code == 1
    assert bad(ended) == ["slack: the bot token is refused (token_revoked)"]
    assert BOT_TOKEN not in ended.out + ended.err


async def test_check_says_what_is_wrong_with_a_registry_that_is_down(
    place: Place,
) -> None:
    ended = await check(place, ACCEPTED, REGISTRY_URL="http://ci:hush@127.0.0.1:1")
    assert ended.code == 1
    (problem,) = bad(ended)
    assert problem.startswith("registry default (127.0.0.1:1): ")
    assert "hush" not in ended.out + ended.err


async def test_check_refuses_what_is_no_registry(place: Place) -> None:
    async def page(_scope: Any, _receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/html")]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b"<h1>Hello</h1>"})

    with served(page) as url:
        ended = await check(place, ACCEPTED, REGISTRY_URL=url)
    assert ended.code == 1
    assert "this is not a v2 registry" in bad(ended)[0]


async def test_check_refuses_wrong_credentials(place: Place) -> None:
    locked = Behaviour(username="ci", password=SecretStr("right"))
    with registry(locked) as url:
        ended = await check(
            place,
            ACCEPTED,
            REGISTRY_URL=url,
            REGISTRY_USERNAME="ci",
            REGISTRY_PASSWORD="wrong-hush",
        )
    assert ended.code == 1
    assert len(bad(ended)) == 1
    assert "hush" not in ended.out


async def test_check_accepts_a_registry_that_only_reads_and_says_so(
    place: Place,
) -> None:
    with registry(Behaviour(delete_enabled=False)) as url:
        ended = await check(place, ACCEPTED, REGISTRY_URL=url)
    assert ended.code == 0
    assert "delete by digest: ✗ no" in ended.out
    assert "It does not delete; searching and reading work." in ended.out


async def test_check_looks_at_every_registry(place: Place) -> None:
    with registry() as url:
        place.settings(
            f'{CONFIG}[registries.good]\nurl = "{url}"\n'
            '[registries.bad]\nurl = "http://127.0.0.1:1"\n'
        )
        ended = await check(place, ACCEPTED)
    assert ended.code == 1
    assert "registry good" in ended.out
    assert len(bad(ended)) == 1


async def test_check_names_all_that_is_missing(place: Place) -> None:
    place.settings("")
    nothing = await check(place, SLACK_BOT_TOKEN="")
    assert nothing.code == 1
    assert bad(nothing) == [
        "settings: nobody can approve anything",
        "No registry is configured",
        "SLACK_BOT_TOKEN is not set",
    ]


async def test_check_wants_a_door_for_slack(place: Place) -> None:
    with registry() as url:
        ended = await check(place, ACCEPTED, REGISTRY_URL=url, SLACK_SIGNING_SECRET="")
    assert bad(ended) == [
        "slack: neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set"
    ]


@pytest.mark.parametrize(
    ("database", "problem"),
    [
        ("postgresql+psycopg://bot:hush@127.0.0.1:1/bot", "The database failed"),
        ("sqlite+aiosqlite:////nowhere/at/all/bot.db", "/nowhere/at/all is not"),
        ("mysql://bot:hush@db/bot", "names 'mysql'"),
    ],
)
async def test_check_refuses_a_database_that_cannot_serve(
    place: Place, database: str, problem: str
) -> None:
    with registry() as url:
        ended = await check(place, ACCEPTED, REGISTRY_URL=url, DATABASE_URL=database)
    assert ended.code == 1
    assert problem in bad(ended)[0]
    assert "hush" not in ended.out


# -- audit list


def test_list_prints_the_record_oldest_first(place: Place) -> None:
    written = place.record(entry(), entry("delete.approved", actor="U0BOB"))
    ended = place.run("audit", "list", "--json")
    assert ended.code == 0
    printed = [json.loads(line) for line in ended.out.splitlines()]
    assert printed == [dict(each.values()) for each in written]
    assert list(printed[0]) == [name for name, _ in written[0].values()]


@pytest.mark.parametrize(
    ("limit", "seqs"), [("0", [1, 2, 3]), ("2", [2, 3]), ("9", [1, 2, 3])]
)
def test_list_prints_only_the_newest_where_asked(
    place: Place, limit: str, seqs: list[int]
) -> None:
    place.record(entry(), entry(), entry())
    ended = place.run("audit", "list", "--json", "--limit", limit)
    assert [json.loads(line)["seq"] for line in ended.out.splitlines()] == seqs


def test_list_draws_foreign_text_harmlessly(place: Place) -> None:
    place.record(entry(reason="[red]why\u202e[/red]", approvers=("U0BOB",)))
    place.tamper("UPDATE audit_entry SET outcome = 'a' || char(27) || '[2Jb'")
    ended = place.run("audit", "list")
    assert "[red]why[/red]" in ended.out
    assert "a[2Jb" in ended.out
    assert "default/team/app:1.2 C1 agreed: U0BOB" in ended.out
    assert "\x1b" not in ended.out
    assert "\u202e" not in ended.out


@pytest.mark.parametrize("command", ["list", "export", "verify"])
def test_a_database_that_is_not_there_is_no_empty_record(
    place: Place, command: str
) -> None:
    ended = place.run("audit", command)
    assert ended.code == 2
    assert f"There is no database at {place.database}" in ended.err
    assert not place.database.exists()


def test_reading_the_record_never_migrates_it(place: Place) -> None:
    place.record(entry())
    place.tamper("DELETE FROM alembic_version")
    ended = place.run("audit", "verify")
    assert ended.code == 2
    assert "registry-bot migrate" in ended.err


# -- audit export


def test_export_writes_what_list_prints(place: Place) -> None:
    place.record(entry(reason="grün ✓"), entry())
    listed = place.run("audit", "list", "--json")
    file = place.folder / "audit.jsonl"
    ended = place.run("audit", "export", "--output", str(file))
    assert (ended.code, ended.out) == (0, "")
    assert file.read_text(encoding="utf-8") == listed.out
    assert place.run("audit", "export").out == listed.out


def test_export_writes_csv_with_names_in_the_first_row(place: Place) -> None:
    (written,) = place.record(entry(reason='a, "b"', approvers=("U0BOB", "U0C")))
    ended = place.run("audit", "export", "--format", "csv")
    names, values = csv.reader(io.StringIO(ended.out))
    row = dict(zip(names, values, strict=True))
    assert names == [name for name, _ in written.values()]
    assert row["reason"] == 'a, "b"'
    assert row["approvers"] == "U0BOB U0C"
    assert row["hash"] == written.hash


def test_an_empty_record_still_names_its_columns(place: Place) -> None:
    place.record()
    assert place.run("audit", "export", "--format", "csv").out.startswith("seq,at,")
    assert place.run("audit", "export").out == ""


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1+1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        " =1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
    ],
)
def test_a_spreadsheet_runs_nothing_out_of_an_export(place: Place, text: str) -> None:
    place.record(entry(reason=text, repository="ok"))
    ended = place.run("audit", "export", "--format", "csv")
    names, values = csv.reader(io.StringIO(ended.out))
    row = dict(zip(names, values, strict=True))
    assert row["reason"].startswith("'")
    assert row["repository"] == "ok"


def test_export_never_overwrites(place: Place) -> None:
    place.record(entry())
    file = place.folder / "audit.jsonl"
    file.write_text("precious")
    ended = place.run("audit", "export", "--output", str(file))
    assert ended.code == 2
    assert "is there already" in ended.err
    assert file.read_text() == "precious"
    assert leftovers(place) == []


def test_export_tells_why_it_cannot_write(place: Place) -> None:
    place.record(entry())
    ended = place.run("audit", "export", "--output", str(place.folder / "no" / "x"))
    assert ended.code == 2
    assert "cannot be written: No such file or directory" in ended.err


def test_an_export_that_fails_half_way_leaves_no_file(place: Place) -> None:
    place.record(*(entry() for _ in range(3)))
    place.tamper("UPDATE audit_entry SET approvers = 'no json' WHERE seq = 3")
    file = place.folder / "audit.jsonl"
    ended = place.run("audit", "export", "--output", str(file))
    assert ended.code == 1
    assert "`audit verify` says where" in ended.err
    assert not file.exists()
    assert leftovers(place) == []


def test_what_a_killed_export_left_behind_blocks_nobody(place: Place) -> None:
    place.record(entry())
    for name in (".audit.jsonl.0badcafe.part", "audit.jsonl.part"):
        (place.folder / name).write_text("half")
    file = place.folder / "audit.jsonl"
    assert place.run("audit", "export", "--output", str(file)).code == 0
    assert len(file.read_text().splitlines()) == 1


async def test_who_writes_the_file_meanwhile_is_not_overwritten(place: Place) -> None:
    await asyncio.to_thread(place.record, *(entry() for _ in range(3)))
    settings = load_settings(place.environment())
    file = place.folder / "audit.jsonl"
    async with asyncio.TaskGroup() as group:
        ends = [group.create_task(_export(settings, file)) for _ in range(4)]
    assert sorted(end.result() for end in ends) == ["late", "late", "late", "written"]
    assert len(file.read_text().splitlines()) == 3
    assert leftovers(place) == []


async def _export(settings: Settings, file: Path) -> str:
    try:
        await audit_export(settings, "jsonl", file)
    except ConfigurationError as error:
        return "late" if "is there already" in error.message else error.message
    return "written"


def leftovers(place: Place) -> list[str]:
    return [each.name for each in place.folder.iterdir() if ".part" in each.name]


# -- audit verify


def test_verify_tells_the_head_of_a_whole_chain(place: Place) -> None:
    *_, last = place.record(entry(), entry(), entry())
    ended = place.run("audit", "verify")
    assert (ended.code, ended.out) == (
        0,
        f"3 entries, unbroken, head audit #3 {last.hash}\n",
    )


def test_verify_holds_the_chain_to_a_checkpoint(place: Place) -> None:
    first, second = place.record(entry(), entry())
    right = f"1:{first.hash[:12]}"
    wrong = f"1:{second.hash[:12]}"
    later = f"3:{second.hash[:12]}"
    assert place.run("audit", "verify", "--checkpoint", right).code == 0
    as_on_a_card = f"audit #1 {first.hash[:16]}".removeprefix("audit ")
    assert place.run("audit", "verify", "--checkpoint", as_on_a_card).code == 0
    for checkpoint, told in ((wrong, "rewritten"), (later, "cut off")):
        ended = place.run("audit", "verify", "--checkpoint", checkpoint)
        assert ended.code == 1
        assert told in ended.out


@pytest.mark.parametrize(
    "text", ["nonsense", "1", "1:abc", "0:" + "a" * 12, "1:" + "g" * 12]
)
def test_what_is_no_checkpoint_is_wrong_usage(place: Place, text: str) -> None:
    place.record(entry())
    ended = place.run("audit", "verify", "--checkpoint", text)
    assert ended.code == 2
    assert "SEQ:HASH" in ended.err


@pytest.mark.parametrize(
    ("statement", "where"),
    [
        ("UPDATE audit_entry SET actor = 'U0MALLORY' WHERE seq = 2", 2),
        ("UPDATE audit_entry SET reason = 'fine' WHERE seq = 1", 1),
        ("UPDATE audit_entry SET approvers = '[]' WHERE seq = 3", 3),
        ("DELETE FROM audit_entry WHERE seq = 2", 3),
        ("DELETE FROM audit_entry WHERE seq = 3", 3),
        ("UPDATE audit_entry SET hash = previous WHERE seq = 2", 2),
    ],
)
def test_verify_says_where_the_chain_is_broken(
    place: Place, statement: str, where: int
) -> None:
    place.record(*(entry(approvers=("U0BOB",)) for _ in range(3)))
    place.tamper(statement)
    ended = place.run("audit", "verify")
    assert ended.code == 1
    assert ended.out.startswith(f"broken at entry {where}: ")


def test_verify_finds_what_is_no_entry_at_all(place: Place) -> None:
    place.record(*(entry() for _ in range(3)))
    place.tamper("UPDATE audit_entry SET approvers = 'no json' WHERE seq = 3")
    ended = place.run("audit", "verify")
    assert ended.code == 1
    assert "cannot be read" in ended.out


async def test_check_names_terms_that_nobody_can_meet(place: Place) -> None:
    place.settings(
        """
        [approvals]
        approvers = ["@bob", "U0BOB"]
        required = 3
        [[approvals.rules]]
        match = "prod/*"
        approvers = ["S0GROUP"]
        [[approvals.rules]]
        match = "dev/*"
        required = 1
        approvers = []
        """
    )
    found = bad(await check(place))
    assert "settings: approvals: '@bob' is no Slack id" in found
    assert "settings: approvals asks for 3 approvals and lists 2 approvers" in found
    assert (
        "settings: approvals.rules[1] asks for 1 approval and lists 0 approvers"
        in found
    )
    assert not [line for line in found if "rules[0]" in line]
