"""What an operator runs beside the bot: check, migrate, and the record.

Nothing here carries out a change, so all of it may run while `serve` does.
"""

from __future__ import annotations

import contextlib
import csv
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.text import Text

from bot.app import connect_options, opened
from bot.approvals.policy import Policy
from bot.audit.chain import Checkpoint
from bot.audit.entry import Entry
from bot.audit.store import AuditLog
from bot.clock import SystemClock
from bot.config import Settings
from bot.db import migrate as schema
from bot.errors import BotError, ConfigurationError
from bot.registry.client import Health, Support
from bot.registry.connect import connect_all
from bot.slack.check import Finding, check_slack


async def check(settings: Settings, out: Console) -> int:
    """Look at everything the bot depends on and say what is unfit.

    Returns:
        0, or 1 when anything is unfit.
    """
    findings = [*_policy(settings), *await _database(settings)]
    findings += await _registries(settings)
    findings += await check_slack(settings, SystemClock())
    for finding in findings:
        mark = (
            Text("ok   ", style="green") if finding.ok else Text("NO   ", style="red")
        )
        out.print(mark.append(finding.what, style=""))
        if finding.hint:
            out.print(Text(f"     {finding.hint}", style="dim"))
    return 0 if all(finding.ok for finding in findings) else 1


def _policy(settings: Settings) -> list[Finding]:
    try:
        Policy.from_settings(settings)
    except BotError as error:
        return [Finding(ok=False, what=error.message, hint=error.hint)]
    if not settings.approvals.approvers:
        return [
            Finding(
                ok=False,
                what="settings: nobody can approve anything",
                hint="Set approvals.approvers to Slack ids of users or user groups.",
            )
        ]
    return [Finding(ok=True, what="settings")]


async def _database(settings: Settings) -> list[Finding]:
    try:
        async with contextlib.AsyncExitStack() as closing:
            await opened(settings, closing, executes=False)
    except BotError as error:
        return [Finding(ok=False, what=f"database: {error.message}", hint=error.hint)]
    return [Finding(ok=True, what="database at the newest schema")]


async def _registries(settings: Settings) -> list[Finding]:
    try:
        registries, _ = connect_all(connect_options(settings, SystemClock()))
    except BotError as error:
        return [Finding(ok=False, what=error.message, hint=error.hint)]
    try:
        return [_fitness(await reader.health()) for reader in registries]
    finally:
        await registries.aclose()


def _fitness(health: Health) -> Finding:
    """Fit means: reachable, lets us in, and its answer about deletion is known."""
    name = f"registry {health.registry} ({health.host})"
    if not health.reachable or health.authenticated is Support.NO:
        return Finding(ok=False, what=f"{name}: {health.problem}", hint=health.hint)
    abilities = {
        "deletes": health.deletes,
        "catalog": health.catalog,
        "credentials accepted": health.authenticated,
    }
    told = ", ".join(f"{what}: {answer.value}" for what, answer in abilities.items())
    hint = health.hint or (
        "It does not delete; searching and reading work."
        if health.deletes is Support.NO
        else ""
    )
    return Finding(ok=True, what=f"{name}: {health.api}, {told}", hint=hint)


async def migrate(settings: Settings) -> None:
    """Bring the database to the newest schema.

    Raises:
        ConfigurationError: the database is ahead of this program.
        UnavailableError: it does not answer.
    """
    await schema.upgrade(settings.database_url.get_secret_value())


@asynccontextmanager
async def _record(settings: Settings) -> AsyncIterator[AuditLog]:
    async with contextlib.AsyncExitStack() as closing:
        yield AuditLog(await opened(settings, closing, executes=False))


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
                out.file.write(_json(entry))
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
            return 0
        try:
            # A half-written export must not look like a whole one.
            part = output.with_name(output.name + ".part")
            with part.open("x", encoding="utf-8", newline="") as file:
                await _write(record, form, file)
            if output.exists():
                part.unlink()
                raise ConfigurationError(
                    f"{output} is there already", hint="Name another file."
                )
            part.rename(output)
        except OSError as error:
            raise ConfigurationError(
                f"{output} cannot be written: {error.strerror}"
            ) from None
    return 0


async def _write(record: AuditLog, form: str, file: TextIO) -> None:
    if form == "jsonl":
        async for entry in record.entries():
            file.write(_json(entry))
        return
    writer = csv.writer(file)
    header = False
    async for entry in record.entries():
        names, values = zip(*entry.values(), strict=True)
        if not header:
            writer.writerow(names)
            header = True
        writer.writerow(
            " ".join(value) if isinstance(value, list) else _inert(value)
            for value in values
        )


def _inert(value: str | int) -> str | int:
    """A text that a spreadsheet would run as a formula, made a text again."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t"):
        return "'" + value
    return value


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


def _json(entry: Entry) -> str:
    return json.dumps(dict(entry.values()), ensure_ascii=False) + "\n"


def _drawn(entry: Entry) -> Text:
    values = dict(entry.values())
    target = entry.repository + (f":{entry.tag}" if entry.tag else "")
    agreed = f" agreed: {' '.join(entry.approvers)}" if entry.approvers else ""
    words = (
        f"#{entry.seq} {values['at']} {entry.action} {entry.actor}"
        f" {entry.registry}/{target} {entry.change}{agreed}"
    )
    tail = "".join(f"\n    {text}" for text in (entry.reason, entry.outcome) if text)
    return Text(words + tail)
