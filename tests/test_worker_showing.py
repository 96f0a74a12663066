"""Progress of a running change, on its card."""

from __future__ import annotations

import asyncio

import pytest

from bot.approvals.request import Request
from bot.change import Action
from bot.chat.command import Step, StepResult
from bot.db.engine import Database
from bot.registry.client import RegistryReader, RegistryWriter
from bot.worker.showing import Board, board
from tests.workshop import Workshop, stock, until


@pytest.fixture
async def running(database: Database) -> tuple[Workshop, Request]:
    workshop = Workshop(database)
    stock(workshop.registry)
    request = await workshop.approved("1.2", "1.3")
    claimed = await workshop.execution.claim(request.number)
    assert claimed is not None
    return workshop, claimed


def summaries(workshop: Workshop) -> list[str]:
    return [reply.summary for reply in workshop.messenger.shown.values()]


def test_board_counts_items_and_says_what_the_step_does() -> None:
    many, one = Board(57), Board(1)
    many.ended(12)
    many.say("copied 120 MB of 2.1 GB")
    assert str(many.words) == "12 of 57 done, copied 120 MB of 2.1 GB"
    many.ended(13)
    assert str(many.words) == "13 of 57 done"
    assert str(one.words) == ""
    one.say("reading")
    assert str(one.words) == "reading"


async def test_progress_is_shown_on_the_card(
    running: tuple[Workshop, Request],
) -> None:
    workshop, request = running
    async with board(workshop.services, request, first_after=0, every=0.001) as shown:
        shown.ended(1)
        await until(lambda: any("1 of 2 done" in said for said in summaries(workshop)))
        shown.say("waiting")
        await until(lambda: any("waiting" in said for said in summaries(workshop)))
    assert len(workshop.messenger.posts) == 1, "the card is repainted, not repeated"


async def test_what_is_over_soon_shows_no_progress(
    running: tuple[Workshop, Request],
) -> None:
    workshop, request = running
    async with board(workshop.services, request) as shown:
        shown.ended(1)
        await asyncio.sleep(0)
    assert workshop.messenger.posts == []


async def test_slack_away_does_not_stop_the_work(
    running: tuple[Workshop, Request],
) -> None:
    workshop, request = running
    workshop.messenger.down = True
    async with board(workshop.services, request, first_after=0, every=0.001) as shown:
        shown.ended(1)
        for _ in range(5):
            await asyncio.sleep(0.002)
    workshop.messenger.down = False
    async with board(workshop.services, request, first_after=0, every=0.001) as shown:
        shown.ended(1)
        await until(lambda: any("1 of 2" in said for said in summaries(workshop)))


async def test_steps_can_say_what_they_do(database: Database) -> None:
    said: list[str] = []

    async def execute(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        step.progress("half of it")
        said.append(step.target.tag)
        return StepResult("deleted", "")

    workshop = Workshop(database, executes={Action.DELETE: execute})
    stock(workshop.registry)
    request = await workshop.approved("1.2")
    await workshop.worker.execute(request.number)
    assert said == ["1.2"]
