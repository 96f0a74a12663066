"""All of an answer as a file: a table as CSV, anything else as text (pure).

A cell that a spreadsheet would run as a formula is made text again
(`audit.export.row`), as in an export of the record.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from bot.audit.export import row
from bot.chat.phrase import phrase
from bot.chat.plaintext import text_of
from bot.chat.reply import Attachment, JsonValue, Note, Paragraph, Record, Reply
from bot.chat.sharing import told
from bot.wording import say

MAX_NAME = 60
_UNFIT = re.compile(r"[^A-Za-z0-9._]+")


def sent(reply: Reply, command: str, now: datetime) -> Reply:
    """What somebody is told who gets all of an answer as a file; and the file.

    Args:
        reply: all of it.
        command: what was asked, to call the file by.
        now: the present.
    """
    table = _table(reply.data)
    body = table or text_of(replace(reply, parts=told(reply.parts)), now=now) + "\n"
    ending = "csv" if table else "txt"
    stem = _UNFIT.sub("-", command)[:MAX_NAME].strip("-.") or "answer"
    name = f"{stem}-{now:%Y%m%d-%H%M%S}.{ending}"
    count = len(reply.data) if table else body.count("\n")
    said = say("file-comes", name=name, count=count)
    notes = tuple(part for part in reply.parts if isinstance(part, Note))
    return Reply(
        summary=said,
        parts=(Paragraph(phrase("file-comes", name=name, count=count)), *notes),
        attachments=(Attachment(name, body.encode()),),
    )


def _table(records: tuple[Record, ...]) -> str:
    """The records as CSV; empty where they are no table."""
    if not records or not all(map(_flat, records)):
        return ""
    columns = tuple(dict.fromkeys(name for each in records for name, _ in each.values))
    lines = [row(columns)]
    for each in records:
        values = dict(each.values)
        lines.append(row(_cell(values.get(column)) for column in columns))
    return "".join(lines)


def _flat(record: Record) -> bool:
    return not any(
        isinstance(value, dict)
        or (isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value))
        for _, value in record.values
    )


def _cell(value: JsonValue) -> str | int | list[str]:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list():
            return [str(each) for each in value]
        case int() | str():
            return value
        case _:
            return str(value)
