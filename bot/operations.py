"""What an operator runs beside the bot: check, migrate, and the record.

Nothing here carries out a change, and nothing but `migrate` alters the database, so all
of it may run while `serve` does, and evidence stays as it was found.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import secrets
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.app import connect_options
from bot.approvals.policy import Policy, too_few
from bot.approvals.request import Terms
from bot.audit import export
from bot.audit.chain import Checkpoint
from bot.audit.entry import Entry
from bot.audit.store import AuditLog
from bot.catalog.health.known import after_look, tells
from bot.chat import abilities
from bot.chat.text import ago, clean, plural
from bot.clock import SystemClock
from bot.config import Settings
from bot.db import migrate as schema
from bot.db.engine import Database
from bot.errors import BotError, ConfigurationError
from bot.notifications import store as notifications
from bot.notifications.door import read_token
from bot.registry.client import Health, Support
from bot.registry.connect import connect_all
from bot.slack.check import Finding, check_slack

_SLACK_ID = re.compile(r"[UWS][A-Z0-9]{2,30}")


async def check(settings: Settings, out: Console) -> int:
    """Look at everything the bot depends on and say what is unfit.

    Returns:
        0, or 1 when anything is unfit.
    """
    findings = [*_policy(settings), await _database(settings)]
    findings += await _registries(settings)
    findings.append(await _notifications(settings))
    async with _fit(settings) as database:
        findings += await check_slack(settings, SystemClock(), database=database)
    for finding in findings:
        mark = (
            Text("ok   ", style="green") if finding.ok else Text("NO   ", style="red")
        )
        out.print(mark.append(clean(finding.what), style="default"))
        if finding.hint:
            out.print(Text(f"     {clean(finding.hint)}", style="dim"))
    return 0 if all(finding.ok for finding in findings) else 1


def _unfit(error: BotError, about: str = "") -> Finding:
    return Finding(ok=False, what=about + error.message, hint=error.hint)


def _policy(settings: Settings) -> list[Finding]:
    try:
        Policy.from_settings(settings)
    except BotError as error:
        return [_unfit(error)]
    if not settings.approvals.approvers:
        return [
            Finding(
                ok=False,
                what="settings: nobody can approve anything",
                hint="Set approvals.approvers to Slack ids of users or user groups.",
            )
        ]
    return _never_approved(settings) or [Finding(ok=True, what="settings")]


def _never_approved(settings: Settings) -> list[Finding]:
    """Terms nobody could ever meet: what stands under them is refused."""
    general = settings.approvals
    terms = {"approvals": (general.approvers, general.required)}
    for number, rule in enumerate(general.rules):
        terms[f"approvals.rules[{number}]"] = (
            general.approvers if rule.approvers is None else rule.approvers,
            rule.required or general.required,
        )
    findings = []
    for where, (approvers, required) in terms.items():
        findings += [
            Finding(
                ok=False,
                what=f"settings: {where}: {name!r} is no Slack id",
                hint="Ids of people begin with U or W, of user groups with S.",
            )
            for name in approvers
            if not _SLACK_ID.fullmatch(name)
        ]
        few = too_few(Terms(where, required, approvers, self_approval=True), "")
        if few is not None:
            asked, listed = plural(required, "approval"), plural(few, "approver")
            findings.append(
                Finding(
                    ok=False,
                    what=f"settings: {where} asks for {asked} and lists {listed}",
                    hint="No request under these terms could ever be approved.",
                )
            )
    return findings


async def _database(settings: Settings) -> Finding:
    url = settings.database_url.get_secret_value()
    try:
        path = Database(url).path
        if path is not None and (missing := _missing(path)) is not None:
            return missing
        await schema.check(url)
    except BotError as error:
        return _unfit(error, "database: ")
    return Finding(ok=True, what="database: at the newest schema")


def _missing(path: Path) -> Finding | None:
    """What to say of a SQLite file that is not there."""
    if path.exists():
        return None
    folder = path.absolute().parent
    if folder.is_dir() and os.access(folder, os.W_OK | os.X_OK):
        return Finding(
            ok=True, what=f"database: {path} is not there yet, serve makes it"
        )
    return Finding(
        ok=False,
        what=f"database: {folder} is not a folder that we may write to",
        hint="Make it, or name another file in DATABASE_URL.",
    )


async def _registries(settings: Settings) -> list[Finding]:
    try:
        registries, _ = connect_all(connect_options(settings, SystemClock()))
    except BotError as error:
        return [_unfit(error)]
    try:
        looks = await asyncio.gather(*(reader.health() for reader in registries))
    finally:
        await registries.aclose()
    return [_fitness(health) for health in looks]


async def _notifications(settings: Settings) -> Finding:
    """Are registries let in, and does any of them tell us anything."""
    try:
        token = read_token(settings)
    except BotError as error:
        return _unfit(error, "notifications: ")
    if token is None:
        hint = "Nobody tells of pushes and foreign deletions: docs/notifications.md."
        return Finding(ok=True, what="notifications: not set up", hint=hint)
    told = await _told(settings)
    where = "taken at /registry/notifications"
    if len(settings.all_registries) > 1:
        where += "?registry=NAME"
    if not told:
        hint = "None has come yet: docs/notifications.md says what the registry needs."
        return Finding(ok=True, what=f"notifications: {where}", hint=hint)
    now = SystemClock().now()
    heard = ", ".join(f"{name} {ago(at, now)}" for name, at in sorted(told.items()))
    return Finding(ok=True, what=f"notifications: {where}; last from {heard}")


async def _told(settings: Settings) -> Mapping[str, datetime]:
    """When each registry told something last; nothing where that cannot be read."""
    async with _fit(settings) as database:
        if database is None:
            return {}
        try:
            async with database.read() as tx:
                return await notifications.newest(tx)
        except BotError:
            # It was fit a moment ago: `check` says so when it is run again.
            return {}


@asynccontextmanager
async def _fit(settings: Settings) -> AsyncIterator[Database | None]:
    """The database, where it is there and at our schema; `_database` says why not."""
    url = settings.database_url.get_secret_value()
    async with contextlib.AsyncExitStack() as closing:
        found: Database | None = None
        with contextlib.suppress(BotError):
            database = Database(url)
            closing.push_async_callback(database.dispose)
            if database.path is None or database.path.exists():
                await schema.check(url)
                found = database
        yield found


def _fitness(health: Health) -> Finding:
    """Fit means: reachable, of a kind we speak, and it lets us in."""
    name = f"registry {health.registry} ({health.host})"
    if not tells(health):
        return Finding(
            ok=False, what=f"{name}: {health.problem}", hint=str(health.hint)
        )
    now = SystemClock().now()
    known = after_look(None, health, now)
    shown = abilities.shown(health, known.abilities if known else {}, now)
    told = "; ".join(f"{each.label.lower()}: {each.words}" for each in shown)
    let_in = "accepted" if health.authenticated is Support.YES else "none asked for"
    hints = [str(health.problem), str(health.hint), *health.warnings]
    if health.deletes is Support.NO and health.deletes_tags is not Support.YES:
        hints.append("It does not delete; searching and reading work")
    hint = " ".join(f"{text.rstrip('.')}." for text in hints if text)
    what = f"{name}: {abilities.api(health)}; credentials: {let_in}; {told}"
    return Finding(ok=True, what=what, hint=hint)


async def migrate(settings: Settings, out: Console) -> None:
    """Bring the database to the newest schema.

    Raises:
        ConfigurationError: the database is ahead of this program.
        UnavailableError: it does not answer.
    """
    revision = await schema.upgrade(settings.database_url.get_secret_value())
    out.print(Text(f"The database is at schema {revision}."))


@asynccontextmanager
async def _record(settings: Settings) -> AsyncIterator[AuditLog]:
    """The record as it is.

    Raises:
        ConfigurationError: there is no database, or it is not at our schema.
        UnavailableError: it does not answer.
    """
    url = settings.database_url.get_secret_value()
    database = Database(url)
    # SQLite would make an empty one, and an empty record always holds.
    if database.path is not None and _missing(database.path) is not None:
        raise ConfigurationError(
            f"There is no database at {database.path}",
            hint="DATABASE_URL names it; `registry-bot migrate` makes a new one.",
        )
    async with contextlib.AsyncExitStack() as closing:
        closing.push_async_callback(database.dispose)
        await schema.check(url)
        yield AuditLog(database)


async def audit_list(
    settings: Settings, out: Console, *, json_lines: bool, limit: int
) -> int:
    """Print the record, oldest first.

    Args:
        settings: the configuration.
        out: where to print.
        json_lines: one JSON object a line.
        limit: only the newest so many; 0 for all.
    """
    async with _record(settings) as record:
        head = await record.head()
        first = head.seq - limit if head is not None and limit else 0
        async for entry in record.entries():
            if entry.seq <= first:
                continue
            if json_lines:
                out.file.write(export.line_of(entry, "jsonl"))
            else:
                out.print(_drawn(entry))
    return 0


async def audit_export(settings: Settings, form: str, output: Path | None) -> int:
    """Write the whole record.

    Args:
        settings: the configuration.
        form: `jsonl` or `csv`.
        output: a file, which must not be there yet; None for standard output.

    Raises:
        ConfigurationError: the file is there already, or cannot be written.
    """
    async with _record(settings) as record:
        if output is None:
            await _write(record, form, sys.stdout)
        else:
            with _new_file(output) as file:
                await _write(record, form, file)
    return 0


@contextlib.contextmanager
def _new_file(output: Path) -> Iterator[TextIO]:
    """A file that appears under its name when it is whole, or not at all.

    Raises:
        ConfigurationError: it is there already, or cannot be written.
    """
    part = output.with_name(f".{output.name}.{secrets.token_hex(4)}.part")
    try:
        if output.exists():
            raise FileExistsError
        with part.open("x", encoding="utf-8", newline="") as file:
            yield file
        _give_name(part, output)
    except FileExistsError:
        raise ConfigurationError(
            f"{output} is there already", hint="Name another file."
        ) from None
    except OSError as error:
        raise ConfigurationError(
            f"{output} cannot be written: {error.strerror}",
            hint="Name a file in a folder that you may write to.",
        ) from None
    finally:
        part.unlink(missing_ok=True)


def _give_name(part: Path, output: Path) -> None:
    try:
        # Unlike a rename, a link never takes the place of what somebody else wrote.
        output.hardlink_to(part)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links.
        part.rename(output)


async def _write(record: AuditLog, form: str, file: TextIO) -> None:
    file.write(export.heading(form))
    async for entry in record.entries():
        file.write(export.line_of(entry, form))


async def audit_verify(settings: Settings, checkpoint: str, out: Console) -> int:
    """Walk the chain.

    Args:
        settings: the configuration.
        checkpoint: `SEQ:HASH`, or empty.
        out: where to print.

    Returns:
        0 when all holds, 1 on a break.

    Raises:
        UsageError: the checkpoint is not one.
    """
    held = Checkpoint.parse(checkpoint) if checkpoint else None
    async with _record(settings) as record:
        verification = await record.verify(held)
    if not verification.ok:
        out.print(
            Text(f"broken at entry {verification.at_seq}: {verification.problem}")
        )
        return 1
    head = verification.head
    where = f", head audit #{head.seq} {head.hash}" if head else ""
    out.print(Text(f"{verification.entries} entries, unbroken{where}"))
    return 0


def _drawn(entry: Entry) -> Text:
    values = dict(entry.values())
    target = entry.repository + (f":{entry.tag}" if entry.tag else "")
    agreed = f" agreed: {' '.join(entry.approvers)}" if entry.approvers else ""
    words = (
        f"#{entry.seq} {values['at']} {entry.action} {entry.actor}"
        f" {entry.registry}/{target} {entry.change}{agreed}"
    )
    tail = (f"\n    {clean(text)}" for text in (entry.reason, entry.outcome) if text)
    return Text(clean(words) + "".join(tail))
