"""The main job, played by itself: find, ask, be refused, agree, look at the record.

Every step goes through the same code a person's typing does, and every claim the
narration makes is checked; a claim that does not hold ends the tour with exit code 1.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot.approvals.request import State
from bot.chat.reply import Reply
from bot.demo.chat import Chat
from bot.errors import BotError
from bot.services import Services

REPOSITORY = "team/app"
TAG = "1.3.9"
PATIENCE = 30.0
"""Seconds an approved change may take."""


@dataclass(frozen=True)
class Tour:
    """Plays the main job in a chat over the sample registry.

    Attributes:
        chat: the conversation; the requester types first.
        services: to check what the narration claims.
        console: where to print.
        requester: who asks.
        approver: who agrees.
        patience: seconds an approved change may take.
    """

    chat: Chat
    services: Services
    console: Console
    requester: str
    approver: str
    patience: float = PATIENCE

    async def play(self) -> bool:
        """Play all of it.

        Returns:
            True when every claim held. After one that did not nothing more is played:
            the narration would go on telling what is not so.
        """
        try:
            digest = await self._named()
            return (
                await self._ask()
                and await self._agree()
                and await self._take_back(digest)
            )
        except BotError as error:
            return self._claim(f"{error.message}. {error.hint}".strip(), held=False)
        except TimeoutError:
            return self._claim("the change ends in time", held=False)

    async def _ask(self) -> bool:
        await self._type(
            "Somebody looks for an image by a part of its name.", "search app"
        )
        await self._type(
            "Which tags are there, and which share a digest?", f"tags {REPOSITORY}"
        )
        asked = await self._type(
            "Alice wants one tag gone. Nothing happens yet; a card asks for approval.",
            f"delete {REPOSITORY}:{TAG} --reason 'superseded by 1.4'",
        )
        if not asked.ok:
            return self._claim("the deletion can be asked for", held=False)
        refusal = await self._press(
            "Alice presses Approve on her own request: refused.",
            self.requester,
            "Approve",
        )
        refused = self._claim("her own press was refused", held=refusal is not None)
        return await self._check("the tag is still there", self._there()) and refused

    async def _agree(self) -> bool:
        before = await self._siblings()
        await self._press("Bob, who may, presses Approve.", self.approver, "Approve")
        await self.chat.settle(self.patience)
        held = [
            await self._check(f"{REPOSITORY}:{TAG} is gone", self._gone()),
            await self._check(
                "every other tag names the digest it named before", self._kept(before)
            ),
            await self._check("the change is done", self._done()),
        ]
        return all(held)

    async def _take_back(self, digest: str) -> bool:
        await self._press(
            "It was still needed: Bob presses Undo, which takes nothing from anybody.",
            self.approver,
            "Undo",
        )
        await self.chat.settle(self.patience)
        self.chat.as_person(self.requester)
        await self._type(
            "The record says who asked, who agreed and what was done.", "audit"
        )
        held = [
            await self._check(
                f"{REPOSITORY}:{TAG} is back as it was", self._back(digest)
            ),
            await self._check("the record's chain holds", self._whole()),
        ]
        return all(held)

    async def _type(self, narration: str, text: str) -> Reply:
        self._narrate(narration)
        self.console.print(Text(f"{self.chat.person}> /registry {text}", style="bold"))
        return await self.chat.say(text)

    async def _press(self, narration: str, person: str, label: str) -> Reply | None:
        self._narrate(narration)
        self.chat.as_person(person)
        self.console.print(Text(f"{person} presses [ {label} ]", style="bold"))
        return await self.chat.click(label)

    def _narrate(self, text: str) -> None:
        self.console.print()
        self.console.print(Rule(Text(text), align="left", style="dim"))

    async def _check(self, claim: str, holds: Awaitable[bool]) -> bool:
        return self._claim(claim, held=await holds)

    def _claim(self, claim: str, *, held: bool) -> bool:
        mark = Text("✓ ", style="green") if held else Text("✗ ", style="bold red")
        self.console.print(mark.append(claim, style="not bold default"))
        return held

    async def _siblings(self) -> dict[str, str]:
        registry = self.services.registries.default
        tags = [tag for tag in await registry.tags(REPOSITORY) if tag != TAG]
        return {tag: str(await registry.resolve(REPOSITORY, tag)) for tag in tags}

    async def _named(self) -> str:
        """What the tag names; empty where it is gone."""
        registry = self.services.registries.default
        return str(await registry.resolve(REPOSITORY, TAG) or "")

    async def _there(self) -> bool:
        return bool(await self._named())

    async def _back(self, digest: str) -> bool:
        return await self._named() == digest

    async def _gone(self) -> bool:
        return not await self._there()

    async def _kept(self, before: dict[str, str]) -> bool:
        return before == await self._siblings()

    async def _done(self) -> bool:
        return (await self.services.workflow.get(1)).state is State.DONE

    async def _whole(self) -> bool:
        return (await self.services.audit.verify(None)).ok
