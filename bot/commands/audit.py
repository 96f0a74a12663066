"""`audit`: the record, newest first; `audit verify`: has anybody touched it.

`--export` sends what the filters let through as a file, to whoever asked alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.approvals.request import parse_change_id
from bot.audit import export
from bot.audit.chain import Checkpoint, Verification
from bot.audit.entry import Entry
from bot.audit.store import AuditFilter
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Where
from bot.chat.paging import Page, repeated
from bot.chat.reply import (
    Attachment,
    Code,
    Inline,
    Line,
    Note,
    Paragraph,
    Person,
    Record,
    Reply,
    Table,
    Text,
    When,
    line,
    record,
)
from bot.chat.text import close_to, number, plural, short_digest, shorten
from bot.chat.usage import Option, Usage
from bot.errors import RefusedError, UsageError
from bot.services import Services

PAGE_SIZE = 15
MAX_PAGE_SIZE = 50

HASH_SHOWN = 16
"""Hex digits of a hash; `--checkpoint` takes twelve and more."""

MAX_GLOB = 255
"""Characters of `--repo`; no repository is longer."""

MAX_EXPORT = 50 * 1000 * 1000
"""Characters of one file; some 100,000 entries."""

MAX_OUTCOME = 120
"""Characters of an outcome or a reason in one row."""


@dataclass(frozen=True)
class Audit:
    """What was asked for.

    Attributes:
        typed: the filters as they were typed, for the buttons.
    """

    verify: bool
    checkpoint: Checkpoint | None
    repository: str
    actor: str
    action: str
    change: str
    since: timedelta | None
    typed_since: str
    size: int
    page: int
    export: str


def parse(arguments: Arguments) -> Audit:
    """Typed arguments."""
    word = arguments.positional()
    if word not in ("", "verify"):
        meant = close_to(word, ["verify"])
        raise UsageError(
            f"audit takes verify or nothing, not “{shorten(word, 40)}”",
            hint="Did you mean audit verify?"
            if meant
            else "Filters are options: audit --repo team/* --since 7d.",
        )
    checkpoint = arguments.value("checkpoint")
    if checkpoint and not word:
        raise UsageError(
            "--checkpoint belongs to audit verify",
            hint="Write audit verify --checkpoint SEQ:HASH.",
        )
    return Audit(
        verify=bool(word),
        checkpoint=Checkpoint.parse(checkpoint) if checkpoint else None,
        repository=_glob(arguments.value("repo")),
        actor=arguments.person("actor"),
        action=arguments.value("action").lower(),
        change=_change(arguments.value("change")),
        since=arguments.duration("since"),
        typed_since=arguments.value("since"),
        size=arguments.number("limit", PAGE_SIZE, high=MAX_PAGE_SIZE),
        page=arguments.page(),
        export=arguments.choice("export", export.FORMS)
        if arguments.given("export")
        else "",
    )


async def run(services: Services, call: Call, wanted: Audit) -> Reply:
    """Show the record, or hold it to itself."""
    if wanted.verify:
        return _verdict(await services.audit.verify(wanted.checkpoint))
    now = services.clock.now()
    filtered = AuditFilter(
        repository=wanted.repository or None,
        actor=wanted.actor or None,
        action=wanted.action or None,
        since=now - wanted.since if wanted.since else None,
        change=wanted.change or None,
    )
    if wanted.export:
        return await _exported(services, call, wanted.export, filtered)
    offset = Page(wanted.page, wanted.size, 0).offset
    entries, total = await services.audit.page(filtered, wanted.size, offset)
    page = Page(wanted.page, wanted.size, total)
    page.check()
    if not entries:
        summary = "The record has no such entry."
        return Reply(summary=summary, parts=(Paragraph(line(summary)),))
    summary = f"{plural(total, 'entry', 'entries')}, newest first."
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            Table(
                ("#", "When", "Who", "Action", "What", "Change", "Outcome"),
                tuple(_row(entry) for entry in entries),
            ),
            *page.parts(_command(wanted), "entry", "entries"),
        ),
        data=tuple(_record(entry) for entry in entries),
    )


async def _exported(
    services: Services, call: Call, form: str, filtered: AuditFilter
) -> Reply:
    """The record as a file.

    Raises:
        RefusedError: it is too big for one, or there is no Slack to put it in.
    """
    if call.where is not Where.SLACK:
        raise RefusedError(
            "A terminal has no place for a file",
            hint="On the bot's machine: registry-bot audit export --format csv|jsonl.",
        )
    lines = [export.heading(form)]
    size = count = 0
    async for entry in services.audit.entries(filtered):
        lines.append(export.line_of(entry, form))
        size += len(lines[-1])
        count += 1
        if size > MAX_EXPORT:
            raise RefusedError(
                "So much of the record does not go into one file here",
                hint="Narrow it with --since or --repo, or use registry-bot audit "
                "export on the bot's machine.",
            )
    name = f"record-{services.clock.now():%Y%m%d-%H%M%S}.{form}"
    summary = f"{plural(count, 'entry', 'entries')} of the record, as {name}."
    notes = ["The file comes as a direct message, to you alone."]
    if form == "jsonl" and filtered == AuditFilter():
        notes.append("It can be verified without the bot: docs/audit.md says how.")
    else:
        notes.append("Only a whole export as jsonl can be verified by itself.")
    return Reply(
        summary=summary,
        parts=(Paragraph(line(summary)), *(Note(line(note)) for note in notes)),
        data=(record(entries=count, file=name),),
        attachments=(Attachment(name, "".join(lines).encode()),),
    )


def _glob(text: str) -> str:
    if len(text) > MAX_GLOB:
        raise UsageError(f"No repository is longer than {MAX_GLOB} characters")
    return text


def _change(text: str) -> str:
    if not text:
        return ""
    found = parse_change_id(text)
    if found is None:
        raise UsageError(
            f"--change takes an ID like C17, not “{shorten(text, 40)}”",
        )
    return f"C{found}"


def _command(wanted: Audit) -> tuple[str, ...]:
    return repeated(
        "audit",
        [],
        repo=wanted.repository,
        actor=wanted.actor,
        action=wanted.action,
        change=wanted.change,
        since=wanted.typed_since,
        limit=str(wanted.size) if wanted.size != PAGE_SIZE else "",
    )


def _row(entry: Entry) -> tuple[Line, ...]:
    name = f"{entry.repository}:{entry.tag}" if entry.tag else entry.repository
    if entry.digest and not entry.tag:
        name += f"@{short_digest(entry.digest)}"
    said = entry.outcome or entry.reason
    return (
        line(number(entry.seq)),
        line(When(entry.at)),
        line(_who(entry.actor)),
        line(entry.action),
        line(Code(shorten(name, 100))) if name else (),
        line(entry.change),
        line(shorten(said, MAX_OUTCOME)),
    )


def _who(actor: str) -> Inline:
    # Slack's ids are drawn as mentions; `registry-bot` and a terminal's are words.
    return Person(actor) if actor[:1] in ("U", "W") else Text(shorten(actor, 40))


def _record(entry: Entry) -> Record:
    return Record(
        tuple(
            (name, [*value] if isinstance(value, list) else value)
            for name, value in entry.values()
        )
    )


def _verdict(found: Verification) -> Reply:
    head = found.head
    values = record(
        ok=found.ok,
        entries=found.entries,
        problem=found.problem,
        at_seq=found.at_seq,
        head=f"{head.seq}:{head.hash}" if head else None,
    )
    count = plural(found.entries, "entry", "entries")
    if not found.ok:
        summary = f"The record is broken at entry #{number(found.at_seq)}."
        return Reply(
            summary=f"{summary} {found.problem}.",
            parts=(
                Paragraph(line(Text(summary, bold=True))),
                Paragraph(line(f"{shorten(found.problem, 500)}.")),
                Note(
                    line(f"{count} before it are whole. Keep a copy of the database.")
                ),
            ),
            data=(values,),
            ok=False,
        )
    summary = f"The record is whole: {count}."
    shown = f"#{head.seq} {head.hash[:HASH_SHOWN]}" if head else "empty"
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            Note(
                line(
                    "Its newest entry is ",
                    Code(shown),
                    ". Cards of executed changes show the same for theirs.",
                )
            ),
        ),
        data=(values,),
    )


COMMAND = Command(
    name="audit",
    usage=Usage(
        positionals=("verify",),
        options=(
            Option("repo", "GLOB", "option-audit-repo"),
            Option("actor", "@PERSON", "option-audit-actor"),
            Option("action", "NAME", "option-audit-action"),
            Option("change", "ID", "option-audit-change"),
            Option("since", "30d", "option-audit-since"),
            Option("limit", "N", "option-limit", PAGE_SIZE),
            Option("checkpoint", "SEQ:HASH", "option-checkpoint"),
            Option("export", "csv|jsonl", "option-export-elsewhere"),
            Option("page", "N", "option-page"),
        ),
        examples=(
            "audit --repo team/* --since 7d",
            "audit --action delete.executed",
            "audit verify",
        ),
    ),
    parse=parse,
    run=run,
    reads=True,
)
