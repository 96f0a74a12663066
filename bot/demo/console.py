"""`/registry …` in a terminal: the prompt, `as NAME`, `click BUTTON`.

One line in, its answers out. What happens later (an approved change being carried out, a
direct message) is printed as it happens. Ctrl-C gives up the line being typed, a second
one, Ctrl-D or `quit` leaves; an approved change is finished first.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.chat.text import clean
from bot.clock import Clock
from bot.demo.chat import Chat, Shown
from bot.demo.terminal import draw
from bot.errors import BotError

HELP = """\
/registry search ubuntu   any command; the slash and the word may be left out
as bob                    go on as another person
click Approve             press a button on the newest message that has it
quit                      leave (also Ctrl-D)"""


def printer(console: Console, clock: Clock) -> Callable[[Shown], None]:
    """A function that prints messages as they appear, for `LocalMessenger`."""

    def show(shown: Shown) -> None:
        audience = clean(shown.audience)
        if shown.audience.startswith("@"):
            title = f"only {audience} sees this"
        else:
            title = f"{audience}, updated" if shown.edited else audience
        console.print(
            Panel(
                draw(shown.reply, now=clock.now()),
                title=Text(title),
                title_align="left",
                border_style="dim" if shown.reply.ok else "red",
            )
        )

    return show


class Prompt:
    """Reads lines and carries them out until the person leaves.

    Args:
        chat: the conversation.
        console: where to print.
        person_id: makes a user id of a name given to `as`.
        read: reads one line after showing a prompt; raises EOFError at the end.
    """

    def __init__(
        self,
        chat: Chat,
        console: Console,
        person_id: Callable[[str], str],
        read: Callable[[str], str] = input,
    ) -> None:
        self._chat = chat
        self._console = console
        self._person_id = person_id
        self._read = read

    async def run(self) -> None:
        """Until `quit`, the end of input, or Ctrl-C on an empty line."""
        self._history()
        while True:
            try:
                text = await asyncio.to_thread(self._read, f"{self._chat.person}> ")
            except (EOFError, KeyboardInterrupt):
                break
            try:
                if not await self.line(text.strip()):
                    break
            except BotError as error:
                self._complain(error)
        with contextlib.suppress(TimeoutError):
            await self._chat.settle()

    async def line(self, text: str) -> bool:
        """Carry out one line; False to leave."""
        word, _, rest = text.partition(" ")
        match word.lower():
            case "":
                return True
            case "quit" | "exit":
                return False
            case "?":
                self._console.print(Text(HELP))
            case "as" if rest.strip():
                self._chat.as_person(self._person_id(rest.strip().lstrip("@")))
            case "click" if rest.strip():
                await self._click(rest.strip())
            case _:
                await self._chat.say(_without_slash(text))
        return True

    async def _click(self, label: str) -> None:
        self._chat.find_button(label)
        reason = ""
        if label.lower() == "reject":
            reason = await asyncio.to_thread(self._read, "Reason: ")
        await self._chat.click(label, reason.strip())
        try:
            await self._chat.settle()
        except TimeoutError:
            self._console.print("Still working; the card says when it is done.")

    def _complain(self, error: BotError) -> None:
        self._console.print(Text(f"{error.message}. {error.hint}".strip(), style="red"))

    def _history(self) -> None:
        """Line editing and history, where Python was built with them."""
        if sys.stdin.isatty():
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401 -- importing it turns it on


def _without_slash(text: str) -> str:
    first, _, rest = text.partition(" ")
    return rest.strip() if first.startswith("/") else text
