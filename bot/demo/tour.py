"""The main job, played by itself: find, ask, be refused, agree, look at the record.

Every step goes through the same code a person's typing does, and every claim the
narration makes is checked; a claim that does not hold ends the tour with exit code 1.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from bot.approvals.request import State
from bot.demo.chat import Chat
from bot.services import Services

REPOSITORY = "team/app"
TAG = "1.3.9"
SIBLING = "1.3"


@dataclass(frozen=True)
class Tour:
    """Plays the main job in a chat over the sample registry.

    Attributes:
        chat: the conversation; the requester types first.
        services: to check what the narration claims.
        console: where to print.
        requester: who asks.
        approver: who agrees.
    """

    chat: Chat
    services: Services
    console: Console
    requester: str
    approver: str

    async def play(self) -> bool:
        """Play all of it.

        Returns:
            True when every claim held.
        """
        claims: list[tuple[str, Callable[[], Awaitable[bool]]]] = []
        before = await self._siblings()
        await self._type(
            "Somebody looks for an image by a part of its name.", "search app"
        )
        await self._type(
            "Which tags are there, and which share a digest?", f"tags {REPOSITORY}"
        )
        await self._type(
            "Alice wants one tag gone. Nothing happens yet; a card asks for approval.",
            f"delete {REPOSITORY}:{TAG} --reason 'superseded by 1.4'",
        )
        await self._press(
            "Alice presses Approve on her own request: refused.", self.requester
        )
        claims.append(("the tag is still there", self._still_there))
        await self._check(claims)
        await self._press("Bob, who may, presses Approve.", self.approver)
        await self.chat.settle(30)
        self.chat.as_person(self.requester)
        await self._type(
            "The record says who asked, who agreed and what was done.", "audit"
        )

        async def kept() -> bool:
            return before == await self._siblings()

        async def gone() -> bool:
            return not await self._still_there()

        return await self._check(
            [
                (f"{REPOSITORY}:{TAG} is gone", gone),
                ("every other tag names the digest it named before", kept),
                ("the change is done", self._done),
                ("the record's chain holds", self._whole),
            ]
        )

    async def _type(self, narration: str, text: str) -> None:
        self._narrate(narration)
        self.console.print(Text(f"{self.chat.person}> /registry {text}", style="bold"))
        await self.chat.say(text)

    async def _press(self, narration: str, person: str) -> None:
        self._narrate(narration)
        self.chat.as_person(person)
        self.console.print(Text(f"{person} presses [ Approve ]", style="bold"))
        await self.chat.click("Approve")

    def _narrate(self, text: str) -> None:
        self.console.print()
        self.console.print(Rule(Text(text), align="left", style="dim"))

    async def _check(
        self, claims: list[tuple[str, Callable[[], Awaitable[bool]]]]
    ) -> bool:
        results = [(claim, await holds()) for claim, holds in claims]
        for claim, held in results:
            mark = Text("✓ ", style="green") if held else Text("✗ ", style="bold red")
            self.console.print(mark.append(claim, style=""))
        return all(held for _, held in results)

    async def _siblings(self) -> dict[str, str]:
        registry = self.services.registries.default
        tags = [tag for tag in await registry.tags(REPOSITORY) if tag != TAG]
        return {tag: str(await registry.resolve(REPOSITORY, tag)) for tag in tags}

    async def _still_there(self) -> bool:
        registry = self.services.registries.default
        return await registry.resolve(REPOSITORY, TAG) is not None

    async def _done(self) -> bool:
        return (await self.services.workflow.get(1)).state is State.DONE

    async def _whole(self) -> bool:
        return (await self.services.audit.verify(None)).ok
