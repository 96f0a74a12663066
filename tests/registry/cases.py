"""Facts from the tables of the field's own projects (`tests/cases/registry.json`).

Every group is used by a table test here, or stands in `EXCLUDED` with the reason;
`test_cases.py` holds us to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parent.parent / "cases" / "registry.json"

EXCLUDED = {
    "ref.glob_match": "globs over references are the commands' (bot.globs), not the "
    "grammar's",
    "ref.ggcr_scheme": "guesses http for private addresses; we never guess http, "
    "see test_connect.test_a_url_without_scheme_is_https",
}


def groups() -> dict[str, dict[str, Any]]:
    """All groups by id."""
    document = json.loads(FILE.read_text("utf-8"))
    return {group["id"]: group for group in document["groups"]}


def group(name: str) -> list[Any]:
    """The cases of one group, for `parametrize`, each with an id of its own."""
    cases: list[dict[str, Any]] = groups()[name]["cases"]
    return [
        pytest.param(case, id=f"{name}-{number}-{label(case)}")
        for number, case in enumerate(cases)
    ]


def label(case: dict[str, Any]) -> str:
    """A short name for a case in pytest's output."""
    text = case.get("name") or case.get("input") or case.get("realm") or ""
    return str(text)[:40]
