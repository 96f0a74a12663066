"""`/registry …` in a terminal: the prompt, `as NAME`, `click BUTTON`.

One line in, its answers out. What happens later (an approved change being carried out,
a direct message) is printed as it happens. Ctrl-C gives up the line being typed, or
what is being done; a second one at the prompt, Ctrl-D or `quit` leaves. What was
approved here is finished first, for at most `PATIENCE`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from bot.chat.reply import Press
from bot.chat.text import clean, shorten
from bot.clock import Clock
from bot.demo.chat import Chat, Shown
from bot.demo.keyboard import GivenUp, Keyboard
from bot.demo.terminal import draw
from bot.errors import BotError, UsageError

PATIENCE = 10.0
"""Seconds to wait for what was approved."""

HELP = """\
/registry search ubuntu   any command; the slash and the word may be left out
as bob                    go on as another person
click Approve             press a button on the newest message that has it
quit                      leave (also Ctrl-D)"""

_NAME = re.compile(r"@?([A-Za-z0-9_-]{1,30})")


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
        keyboard: where lines come from.
    """

    def __init__(
        self,
        chat: Chat,
        console: Console,
        person_id: Callable[[str], str],
        keyboard: Keyboard,
    ) -> None:
        self._chat = chat
        self._console = console
        self._person_id = person_id
        self._keyboard = keyboard

    async def run(self) -> None:
        """Until `quit`, the end of input, or Ctrl-C twice."""
        leaving = False
        while True:
            try:
                text = await self._keyboard.line(f"{self._chat.person}> ")
                leaving = False
                if not await self._keyboard.doing(self.line(text.strip())):
                    break
            except EOFError:
                break
            except GivenUp:
                if leaving:
                    break
                leaving = True
                self._console.print(Text("\nGiven up. Once more, or quit, leaves."))
            except UnicodeDecodeError:
                self._console.print(Text("That line is not UTF-8.", style="red"))
            except BotError as error:
                self._complain(error)
        with contextlib.suppress(TimeoutError):
            await self._chat.settle(PATIENCE)

    async def line(self, text: str) -> bool:
        """Carry out one line; False to leave.

        Raises:
            UsageError: that is not a name.
            NotFoundError: there is no such button.
            EOFError, GivenUp: instead of the reason that was asked for.
        """
        word, _, rest = text.partition(" ")
        match word.lower():
            case "":
                return True
            case "quit" | "exit":
                return False
            case "?":
                self._console.print(Text(HELP))
            case "as" if rest.strip():
                self._chat.as_person(self._person_id(_name(rest.strip())))
            case "click" if rest.strip():
                await self._click(rest.strip())
            case _:
                await self._chat.say(_without_slash(text))
        return True

    async def _click(self, label: str) -> None:
        press = self._chat.find_button(label).press
        reason = ""
        if press is Press.REJECT:
            reason = await self._keyboard.line("Reason: ")
        elif press is Press.FILTER:
            reason = await self._keyboard.line("Filter (a glob; empty for all): ")
        await self._chat.click(label, reason.strip())
        try:
            await self._chat.settle(PATIENCE)
        except TimeoutError:
            self._console.print(Text("Still working; the card says when it is done."))

    def _complain(self, error: BotError) -> None:
        self._console.print(Text(f"{error.message}. {error.hint}".strip(), style="red"))


def _name(text: str) -> str:
    found = _NAME.fullmatch(text)
    if found is None:
        raise UsageError(
            f"“{shorten(text, 40)}” is not a name",
            hint="A name is one word of letters and digits: as bob.",
        )
    return found[1]


def _without_slash(text: str) -> str:
    first, _, rest = text.partition(" ")
    return rest.strip() if first.startswith("/") else text
