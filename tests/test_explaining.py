from __future__ import annotations

import io

import pytest
from rich.console import Console

from bot.errors import BotError, ConfigurationError, NotFoundError, UsageError
from bot.explaining import policy_explain
from tests.factories import ALICE, BOB, CAROL, make_settings

SECTIONS = {
    "registries": {
        "main": {"url": "https://docker.example.com"},
        "spare": {"url": "https://other.example.com:5000"},
    },
    "approvals": {
        "approvers": [BOB, CAROL],
        "rules": [
            {"match": "spare/prod/*", "required": 2},
            {"match": "few/*", "approvers": [ALICE, BOB], "required": 2},
        ],
    },
    "protect": {"tags": ["latest"]},
}


async def explained(command: str) -> tuple[int, str]:
    out = io.StringIO()
    code = await policy_explain(
        make_settings(**SECTIONS), command, ALICE, Console(file=out, width=200)
    )
    return code, out.getvalue()


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("delete prod/app:1.2", 0, "delete prod/app:1.2 on docker.example.com"),
        ("delete prod/app:1.2 --registry spare", 0, "2 approvals"),
        ("delete other.example.com:5000/prod/app:1.2", 0, "2 approvals"),
        ('delete prod/app:1.2 --reason "a b"', 0, "1 approval"),
        ("delete few/app:1.2", 1, f"no: 1 can approve what {ALICE} asks for"),
        ("delete prod/app:latest", 1, "protect.tags: latest"),
        ("DELETE prod/app:1.2", 0, "1 approval"),
        ("retag team/app:1 stable", 0, "retag team/app:stable on"),
        ("retag team/app:1 team/app:stable", 0, "retag team/app:stable on"),
    ],
)
async def test_command_is_explained(command: str, code: int, words: str) -> None:
    found, said = await explained(command)
    assert (found, words in said) == (code, True), said


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("", UsageError),
        ("search ubuntu", UsageError),
        ("undo C17", UsageError),
        ("delete", UsageError),
        ("delete a:1 --colour red", UsageError),
        ("delete UPPER:1", UsageError),
        ("delete strange.example.com/a:1", NotFoundError),
        ("delete a:1 --registry nowhere", NotFoundError),
    ],
)
async def test_what_changes_nothing_is_not_explained(
    command: str, error: type[BotError]
) -> None:
    with pytest.raises(error):
        await explained(command)


async def test_rules_that_make_no_sense_are_refused() -> None:
    sections = {**SECTIONS, "protect": {"tags": ["[z-a]"]}}
    with pytest.raises(ConfigurationError):
        await policy_explain(
            make_settings(**sections), "delete a:1", ALICE, Console(file=io.StringIO())
        )
