"""The record as files: JSON Lines to verify, CSV to read (pure)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import fields

from bot.audit.entry import Entry

FORMS = ("csv", "jsonl")

# A spreadsheet runs a cell that begins with one of these, wide forms included:
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)


def heading(form: str) -> str:
    """What stands before the first entry: the names of the columns, or nothing."""
    return "" if form == "jsonl" else row(field.name for field in fields(Entry))


def line_of(entry: Entry, form: str) -> str:
    """One entry with its line end, in `jsonl` or `csv`."""
    if form == "jsonl":
        return json.dumps(dict(entry.values()), ensure_ascii=False) + "\n"
    return row(value for _, value in entry.values())


def row(values: Iterable[str | int | list[str]]) -> str:
    """One line of CSV; no cell of it is run by a spreadsheet."""
    out = io.StringIO()
    csv.writer(out).writerow(map(_inert, values))
    return out.getvalue()


def _inert(value: str | int | list[str]) -> str | int:
    """A text that a spreadsheet would run as a formula, made a text again."""
    if isinstance(value, list):
        value = " ".join(value)
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return "'" + value
    return value
