"""All of an answer as a file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.chat.files import sent
from bot.chat.reply import (
    Button,
    Buttons,
    JsonValue,
    Note,
    Paragraph,
    Press,
    Record,
    Reply,
    line,
    record,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def file_of(*data: Record, command: str = "tags app") -> tuple[str, str]:
    parts = (
        Paragraph(line("words")),
        Buttons((Button("Next", Press.NEXT, "tags app"),)),
        Note(line("a gap")),
    )
    reply = sent(Reply("summary", parts, data=data), command, NOW)
    (attachment,) = reply.attachments
    assert attachment.name in reply.summary
    assert Note(line("a gap")) in reply.parts
    return attachment.name, attachment.body.decode()


def test_records_are_lines_of_one_table() -> None:
    name, body = file_of(record(tag="1", size=2), record(tag="2", shared=["a", "b"]))
    assert name == "tags-app-20260301-120000.csv"
    assert body == "tag,size,shared\r\n1,2,\r\n2,,a b\r\n"


CELLS: list[tuple[JsonValue, str]] = [
    (None, ""),
    (True, "true"),
    (False, "false"),
    (12, "12"),
    (1.5, "1.5"),
    ("a,b", '"a,b"'),
    ("=HYPERLINK()", "'=HYPERLINK()"),
    (["+1", "b"], "'+1 b"),
]


@pytest.mark.parametrize(("value", "cell"), CELLS)
def test_no_cell_is_run_by_a_spreadsheet(value: JsonValue, cell: str) -> None:
    _, body = file_of(record(a="x", value=value))
    assert body.splitlines()[1] == f"x,{cell}"


@pytest.mark.parametrize("value", [{"a": 1}, [{"a": 1}], [["a"]]])
def test_what_is_no_table_is_text(value: JsonValue) -> None:
    name, body = file_of(record(layers=value))
    assert name.endswith(".txt")
    assert body == "summary\nwords\na gap\n"


@pytest.mark.parametrize(
    ("command", "stem"),
    [
        ("tags my-app --sort semver", "tags-my-app-sort-semver"),
        ("search ../../etc/passwd", "search-..-..-etc-passwd"),
        ("متجر", "answer"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_file_is_called_like_what_was_asked(command: str, stem: str) -> None:
    name, _ = file_of(command=command)
    assert name == f"{stem}-20260301-120000.txt"
