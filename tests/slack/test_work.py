from __future__ import annotations

import asyncio

import pytest

from bot.slack.work import Work


class Gate:
    """Jobs that wait until they are let through."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = 0
        self.done = 0

    async def job(self) -> None:
        self.begun += 1
        await self.open.wait()
        self.done += 1


async def test_only_so_many_run_at_once_and_all_come_to_an_end() -> None:
    work, gate = Work(at_once=2, waiting=10), Gate()
    started = [work.start(gate.job, name="x") for _ in range(5)]
    assert all(started)
    for _ in range(3):
        await asyncio.sleep(0)
    assert gate.begun == 2
    gate.open.set()
    await work.idle()
    assert gate.done == 5


async def test_what_does_not_fit_is_refused() -> None:
    work, gate = Work(at_once=1, waiting=1), Gate()
    assert work.start(gate.job, name="x")
    assert work.start(gate.job, name="x")
    assert not work.start(gate.job, name="x")
    gate.open.set()
    await work.idle()
    assert work.start(gate.job, name="x")
    await work.idle()


async def test_drain_lets_work_finish_and_takes_nothing_new() -> None:
    work, gate = Work(), Gate()
    work.start(gate.job, name="x")
    draining = asyncio.create_task(work.drain())
    await asyncio.sleep(0)
    assert not work.start(gate.job, name="late")
    gate.open.set()
    await draining
    assert gate.done == 1


async def test_drain_of_nothing_is_done() -> None:
    await Work().drain()


async def test_drain_cancels_what_takes_too_long() -> None:
    work, gate = Work(), Gate()
    work.start(gate.job, name="x")
    await work.drain(seconds=0.01)
    assert gate.done == 0
    await work.idle()


async def test_job_that_fails_is_logged_and_hurts_nobody(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken() -> None:
        raise RuntimeError("broken")

    work, gate = Work(at_once=1), Gate()
    gate.open.set()
    work.start(broken, name="broken")
    work.start(gate.job, name="x")
    await work.idle()
    assert gate.done == 1
    assert "a job failed" in caplog.text + capsys.readouterr().out
