"""`audit`: the record, newest first; `audit verify`: has anybody touched it.

`--export` sends what the filters let through as a file, to whoever asked alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from bot.approvals.request import parse_change_id
from bot.audit import export
from bot.audit.chain import Checkpoint, Verification
from bot.audit.entry import Entry
from bot.audit.store import AuditFilter
from bot.chat import toolbar
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Where
from bot.chat.paging import Page, repeated
from bot.chat.phrase import phrase
from bot.chat.reply import (
    Attachment,
    Code,
    Inline,
    Line,
    Note,
    Paragraph,
    Part,
    Person,
    Record,
    Reply,
    Table,
    Text,
    When,
    line,
    record,
)
from bot.chat.text import close_to, number, short_digest, shorten
from bot.chat.usage import Option, Usage
from bot.errors import RefusedError, UsageError
from bot.services import Services
from bot.wording import Wording, english, say

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
            Wording("audit-verify-or-nothing", word=shorten(word, 40)),
            hint=Wording("did-you-mean", names="audit verify")
            if meant
            else Wording("audit-filters"),
        )
    checkpoint = arguments.value("checkpoint")
    if checkpoint and not word:
        raise UsageError(
            Wording("audit-checkpoint"),
            hint=Wording("audit-checkpoint-how"),
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
        return verdict(await services.audit.verify(wanted.checkpoint))
    now = services.clock.now()
    filtered = AuditFilter(
        repository=wanted.repository or None,
        actor=wanted.actor or None,
        action=wanted.action or None,
        since=now - wanted.since if wanted.since else None,
        change=wanted.change or None,
    )
    if wanted.export or call.whole:
        return await _exported(services, call, wanted.export or "csv", filtered)
    offset = Page(wanted.page, wanted.size, 0).offset
    entries, total = await services.audit.page(filtered, wanted.size, offset)
    page = Page(wanted.page, wanted.size, total)
    page.check()
    unfiltered = _command(replace(wanted, repository=""))
    filtering = toolbar.filtering(unfiltered, "repo", wanted.repository)
    if not entries:
        everything = filtered == AuditFilter()
        summary = say("audit-nothing" if everything else "audit-none")
        parts: list[Part] = [Paragraph(line(summary))]
        if wanted.repository:
            parts.append(filtering)
        return Reply(summary=summary, parts=tuple(parts))
    summary = say("audit-newest-first", count=total)
    command = _command(wanted)
    return Reply(
        summary=summary,
        parts=(
            Paragraph(line(summary)),
            Table(
                (
                    say("column-number"),
                    say("column-when"),
                    say("column-who"),
                    say("column-action"),
                    say("column-what"),
                    say("column-change"),
                    say("column-outcome"),
                ),
                tuple(_row(entry) for entry in entries),
            ),
            *page.parts(command, say("audit-counted", count=total)),
            filtering,
            *toolbar.keeping(call, command),
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
            Wording("audit-no-file"),
            hint=Wording("audit-no-file-how"),
        )
    lines = [export.heading(form)]
    size = count = 0
    async for entry in services.audit.entries(filtered):
        lines.append(export.line_of(entry, form))
        size += len(lines[-1])
        count += 1
        if size > MAX_EXPORT:
            raise RefusedError(
                Wording("audit-too-much"),
                hint=Wording("audit-too-much-how"),
            )
    name = f"record-{services.clock.now():%Y%m%d-%H%M%S}.{form}"
    summary = say("audit-exported", count=count, name=name)
    whole = form == "jsonl" and filtered == AuditFilter()
    note = phrase("audit-verifiable" if whole else "audit-not-verifiable")
    return Reply(
        summary=summary,
        parts=(Paragraph(line(summary)), Note(phrase("audit-comes")), Note(note)),
        data=(record(entries=count, file=name),),
        attachments=(Attachment(name, "".join(lines).encode()),),
    )


def _glob(text: str) -> str:
    if len(text) > MAX_GLOB:
        raise UsageError(Wording("audit-long-glob", most=MAX_GLOB))
    return text


def _change(text: str) -> str:
    if not text:
        return ""
    found = parse_change_id(text)
    if found is None:
        raise UsageError(Wording("audit-change-id", word=shorten(text, 40)))
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


def verdict(found: Verification) -> Reply:
    """The answer to `audit verify`."""
    head = found.head
    values = record(
        ok=found.ok,
        entries=found.entries,
        problem=english(found.problem),
        at_seq=found.at_seq,
        head=f"{head.seq}:{head.hash}" if head else None,
    )
    if not found.ok:
        summary = say("audit-broken", seq=f"{found.at_seq}")
        problem = shorten(str(found.problem), 500)
        # Of a chain that is good in itself all entries were found good.
        before = min(found.entries, max(0, found.at_seq - 1))
        return Reply(
            summary=f"{summary} {problem}.",
            parts=(
                Paragraph(line(Text(summary, bold=True))),
                Paragraph(line(f"{problem}.")),
                Note(phrase("audit-whole-before", count=before)),
            ),
            data=(values,),
            ok=False,
        )
    summary = say("audit-whole", count=found.entries)
    parts: list[Part] = [Paragraph(line(summary))]
    if head is not None:
        shown = Code(f"#{head.seq} {head.hash[:HASH_SHOWN]}")
        parts.append(Note(phrase("audit-head", entry=shown)))
    return Reply(summary=summary, parts=tuple(parts), data=(values,))


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
            Option("export", "csv|jsonl", "option-export"),
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
