"""The prompt: what a line does, and how Ctrl-C and the end of input leave it."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from bot.approvals.request import State
from bot.clock import SystemClock
from bot.demo.console import Prompt, printer
from bot.demo.keyboard import GivenUp, Keyboard
from bot.demo.session import SampleChat, demo_id, sample_chat

CTRL_C = KeyboardInterrupt
Line = str | type[BaseException] | Callable[[], str]


class Talk:
    """A person at a prompt who types what the test says."""

    def __init__(self, *lines: Line) -> None:
        self.prompts: list[str] = []
        self.sample: SampleChat | None = None
        self.states: list[State] = []
        self._out = io.StringIO()
        self._lines = iter(lines)

    def run(self) -> str:
        """Say everything; what was printed."""
        keyboard = Keyboard(self._read)
        keyboard.run(self._talk(keyboard))
        return self._out.getvalue()

    def _read(self, prompt: str) -> str:
        self.prompts.append(prompt)
        line = next(self._lines, EOFError)
        if isinstance(line, str):
            return line
        if isinstance(line, type):
            raise line
        return line()

    async def _talk(self, keyboard: Keyboard) -> None:
        clock = SystemClock()
        screen = Console(file=self._out, width=150)
        async with sample_chat(clock=clock, show=printer(screen, clock)) as sample:
            self.sample = sample
            await Prompt(sample.chat, screen, demo_id, keyboard).run()
            workflow = sample.app.services.workflow
            requests, _ = await workflow.waiting(registry=None, limit=9, offset=0)
            self.states = [request.state for request in requests]


def test_a_line_is_a_command_with_or_without_the_slash() -> None:
    out = Talk("search ingress", "/registry search vault", "/registry").run()
    assert "platform/ingress" in out
    assert "platform/vault" in out
    assert "What I can do" in out


def test_an_empty_line_does_nothing() -> None:
    talk = Talk("", "   ")
    assert talk.run() == ""
    assert len(talk.prompts) == 3


def test_a_question_mark_explains_the_prompt() -> None:
    assert "click Approve" in Talk("?").run()


def test_as_goes_on_as_somebody_else() -> None:
    talk = Talk("as bob", "AS @carol", "as UALICE")
    talk.run()
    assert talk.prompts == ["UALICE> ", "UBOB> ", "UCAROL> ", "UALICE> "]


@pytest.mark.parametrize("name", ["two words", "<@U0BOB>", "a/b", "x" * 31, "\x1b[2J"])
def test_what_is_no_name_is_refused(name: str) -> None:
    talk = Talk(f"as {name}")
    out = talk.run()
    assert "is not a name" in out
    assert "\x1b[2J" not in out
    assert talk.prompts[-1] == "UALICE> "


def test_the_main_job_in_a_few_lines() -> None:
    talk = Talk(
        "delete team/app:1.3.9 --reason old",
        "click Approve",
        "as bob",
        "click approve",
        "tags team/app",
    )
    out = talk.run()
    assert "You asked for C1 yourself" in out
    assert "Outcome: deleted (202 Accepted)" in out
    assert "only @UALICE sees this" in out
    assert talk.sample is not None
    assert "1.3.9" not in talk.sample.registry.tags("team/app")


def test_reject_asks_for_the_reason() -> None:
    talk = Talk("delete team/app:1.3.9", "as bob", "click Reject", "  still in use ")
    out = talk.run()
    assert talk.prompts[3] == "Reason: "
    assert re.search(r"Rejected by @UBOB, .*: still in use", out)


def test_a_button_that_is_not_there_says_which_are() -> None:
    out = Talk("click Approve", "delete team/app:1.3.9", "click Undo").run()
    assert "There is no button 'Approve' on screen." in out
    assert (
        "There is no button 'Undo' on screen. Buttons: Approve, Reject, Cancel." in out
    )


def test_pressing_next_turns_the_page() -> None:
    out = Talk("search --limit 2", "click Next").run()
    assert "base/alpine" in out
    assert "base/java" in out


@pytest.mark.parametrize("word", ["quit", "exit", "QUIT"])
def test_quit_leaves(word: str) -> None:
    talk = Talk(word, "search app")
    assert talk.run() == ""
    assert len(talk.prompts) == 1


def test_the_end_of_input_leaves() -> None:
    talk = Talk(EOFError, "search app")
    assert talk.run() == ""


def test_the_end_of_input_instead_of_a_reason_leaves_the_request_as_it_is() -> None:
    talk = Talk("delete team/app:1.3.9", "as bob", "click Reject", EOFError, "search")
    talk.run()
    assert len(talk.prompts) == 4
    assert talk.states == [State.PENDING]


def test_a_line_that_is_not_utf_8_is_said_to_be() -> None:
    def garbled() -> str:
        return b"\xff".decode("utf-8")

    out = Talk(garbled, "search vault").run()
    assert "not UTF-8" in out
    assert "platform/vault" in out


# -- Ctrl-C


def test_ctrl_c_gives_up_the_line_and_not_the_conversation() -> None:
    out = Talk(CTRL_C, "search vault", CTRL_C, "search ingress").run()
    assert "Given up. Once more, or quit, leaves." in out
    assert "platform/vault" in out
    assert "platform/ingress" in out


def test_ctrl_c_twice_leaves() -> None:
    talk = Talk(CTRL_C, CTRL_C, "search vault")
    assert "vault" not in talk.run()
    assert len(talk.prompts) == 2


def test_ctrl_c_instead_of_a_reason_gives_up_the_press() -> None:
    talk = Talk("delete team/app:1.3.9", "as bob", "click Reject", CTRL_C, "requests")
    out = talk.run()
    assert "Given up." in out
    assert "C1" in out
    assert talk.states == [State.PENDING]


def test_what_was_approved_is_finished_before_leaving() -> None:
    talk = Talk("delete team/app:1.3.9", "as bob", "click Approve", CTRL_C, CTRL_C)
    out = talk.run()
    assert "Outcome: deleted" in out
    assert talk.states == []


def interrupts_when(ready: asyncio.Event) -> Callable[[], Coroutine[Any, Any, None]]:
    """Presses Ctrl-C for real as soon as something is going on."""

    async def press() -> None:
        await ready.wait()
        os.kill(os.getpid(), signal.SIGINT)

    return press


def test_ctrl_c_gives_up_what_is_being_done() -> None:
    read: Iterator[str] = iter(["slow", "quick"])
    said: list[str] = []

    async def talk(keyboard: Keyboard) -> None:
        begun = asyncio.Event()
        pressing = asyncio.create_task(interrupts_when(begun)())

        async def slow() -> None:
            begun.set()
            await asyncio.Event().wait()

        said.append(await keyboard.line("> "))
        with pytest.raises(GivenUp):
            await keyboard.doing(slow())
        await pressing
        said.append(await keyboard.line("> "))

    keyboard = Keyboard(lambda _: next(read))
    keyboard.run(talk(keyboard))
    assert said == ["slow", "quick"]


def test_ctrl_c_while_nothing_is_read_or_done_ends_the_conversation() -> None:
    cleaned: list[str] = []

    async def talk() -> None:
        begun = asyncio.Event()
        pressing = asyncio.create_task(interrupts_when(begun)())
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("up")
            await pressing

    with pytest.raises(KeyboardInterrupt):
        Keyboard().run(talk())
    assert cleaned == ["up"]


def test_being_cancelled_while_doing_something_is_not_giving_up() -> None:
    async def talk(keyboard: Keyboard) -> str:
        begun = asyncio.Event()
        ended = asyncio.Event()

        async def slow() -> None:
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        task = asyncio.create_task(keyboard.doing(slow()))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return "ended" if ended.is_set() else "left behind"

    keyboard = Keyboard()
    assert keyboard.run(talk(keyboard)) == "ended"


def test_what_a_conversation_raises_comes_out() -> None:
    async def talk() -> None:
        raise LookupError("odd")

    with pytest.raises(LookupError, match="odd"):
        Keyboard().run(talk())


def test_lines_are_read_in_the_main_thread_and_asked_for_in_another() -> None:
    threads: list[threading.Thread] = []

    def read(_prompt: str) -> str:
        threads.append(threading.current_thread())
        return "x"

    async def talk(keyboard: Keyboard) -> None:
        threads.append(threading.current_thread())
        await keyboard.line("> ")

    keyboard = Keyboard(read)
    keyboard.run(talk(keyboard))
    other, main = threads
    assert main is threading.main_thread()
    assert other is not main


# -- a real terminal


# Makes the terminal its own, so that Ctrl-C reaches it.
AT_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "bot", "demo"])
"""


class Terminal:
    """`registry-bot demo` on a pseudo-terminal."""

    def __init__(self, folder: Path) -> None:
        root = str(Path(__file__).resolve().parents[2])
        self._terminal, inside = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", AT_TERMINAL],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": root, "TERM": "dumb"},
            stdin=inside,
            stdout=inside,
            stderr=inside,
            start_new_session=True,
        )
        os.close(inside)

    def types(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def interrupts(self) -> None:
        """Ctrl-C at human speed: when nothing has been printed for a moment.

        Between printing the prompt and waiting for keys readline is deaf to a signal
        until the next key, and no person presses within those microseconds.
        """
        while select.select([self._terminal], [], [], 0.3)[0]:
            self._read()
        self.types(b"\x03")

    def until(self, words: str, patience: float = 40) -> str:
        """What it prints, up to these words."""
        seen, end = b"", time.monotonic() + patience
        while words.encode() not in seen:
            assert time.monotonic() < end, seen.decode(errors="replace")
            seen += self._read()
        return seen.decode(errors="replace")

    def ends(self, patience: float = 40) -> int:
        """Its exit code, which has to come in time."""
        end = time.monotonic() + patience
        while (code := self.process.poll()) is None:
            assert time.monotonic() < end
            # Whoever does not read keeps the other side from writing.
            self._read()
        return code

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._terminal)

    def _read(self) -> bytes:
        ready, _, _ = select.select([self._terminal], [], [], 0.1)
        try:
            return os.read(self._terminal, 65536) if ready else b""
        except OSError:
            # The other side is closed.
            return b""


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.close()


def test_a_person_at_a_terminal_presses_ctrl_c(terminal: Terminal) -> None:
    terminal.until("UALICE> ")
    terminal.types(b"half a line")
    terminal.until("half a line")
    terminal.interrupts()
    terminal.until("UALICE> ")
    terminal.types(b"search vault\n")
    # What was half typed is gone, and the conversation is not.
    assert "platform/vault" in terminal.until("UALICE> ")
    terminal.interrupts()
    terminal.until("UALICE> ")
    terminal.interrupts()
    assert terminal.ends() == 0


def test_a_person_at_a_terminal_presses_ctrl_d(terminal: Terminal) -> None:
    terminal.until("UALICE> ")
    terminal.types(b"\x04")
    assert terminal.ends() == 0
