"""How scenes are played: a world, what is asked in it, and what becomes of answers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from unittest.mock import patch

from bot.chat import chart, files, sharing
from bot.chat.command import Call
from bot.chat.reply import (
    Attachment,
    Heading,
    Listing,
    Paragraph,
    Preformatted,
    Reply,
    line,
)
from bot.commands import looked_up
from bot.config import Settings
from bot.slack.blocks import to_blocks
from tests.factories import ALICE, CHANNEL, TEAM
from tests.golden.scene import Empty, Scene
from tests.world import World, world


@asynccontextmanager
async def stage(empty: Empty, settings: Settings | None = None) -> AsyncIterator[World]:
    """A world of its own."""
    async with empty.another() as database, world(database, settings) as bot:
        yield bot


async def asked(bot: World, name: str, text: str, *, actor: str = ALICE) -> Scene:
    """What `/registry TEXT` is answered with."""
    return told(bot, name, await bot.ask(text, actor=actor))


def told(bot: World, name: str, reply: Reply) -> Scene:
    """A reply as it is sent at this moment."""
    drawn = to_blocks(reply, now=bot.clock.now())
    return Scene(name, "message", {"text": drawn.text, "blocks": list(drawn.blocks)})


async def kept(bot: World, name: str, text: str) -> AsyncIterator[Scene]:
    """An answer shared, and as a file: what is said, and what is in it."""
    call = Call(ALICE, TEAM, CHANNEL, text)
    shared = sharing.shared(
        await looked_up(bot.services, call), ALICE, f"/registry {text}"
    )
    yield told(bot, f"share-{name}", shared)
    whole = Call(ALICE, TEAM, CHANNEL, text, whole=True)
    sent = files.sent(await looked_up(bot.services, whole), text, bot.clock.now())
    yield told(bot, f"file-{name}", sent)
    (attachment,) = sent.attachments
    yield told(bot, f"file-{name}-content", _content(attachment))


def _content(attachment: Attachment) -> Reply:
    """A file as a message, as far as that goes."""
    return Reply(
        attachment.name,
        (Heading(attachment.name), Preformatted(attachment.body.decode())),
    )


@contextmanager
def pictured() -> Iterator[list[str]]:
    """The words that are written on the pictures drawn meanwhile."""
    written: list[str] = []
    write = chart._Pen.write

    def seen(
        pen: chart._Pen, at: tuple[float, float], words: str, *size: int, **how: object
    ) -> None:
        written.append(words)
        write(pen, at, words, *size, **how)  # type: ignore[arg-type]  # as given

    with patch.object(chart._Pen, "write", seen):
        yield written


def picture(bot: World, name: str, reply: Reply, written: list[str]) -> Scene:
    """The words on a picture, and those it is described with."""
    (attachment,) = reply.attachments
    parts = (
        Heading(attachment.name),
        Listing(tuple(line(words) for words in written)),
        Paragraph(line(attachment.alt)),
    )
    return told(bot, name, Reply(attachment.alt, parts))
