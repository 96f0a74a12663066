"""Makes docs/pictures: messages of the bot as Slack draws them.

    make pictures

The messages are real: the main job is played over the sample registry, and what the
people in it see is drawn. Needs npm (React and slack-blocks-to-jsx, see package.json)
and Debian's chromium and fonts-noto-color-emoji. Fixed moments and contents, so that a
picture changes only when what we say changes; only the pictures of the local page
(`demo --web`) show the time at which they were taken.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.chat.command import Call, Where
from bot.chat.reply import Reply
from bot.commands import dispatch
from bot.config import cache_folder
from bot.demo import local_slack, web
from bot.demo.chat import LOCAL_CHANNEL, TEAM
from bot.demo.session import sample_chat
from bot.slack.blocks import to_blocks
from tests.live.local_page import Page, opened, walk

HERE = Path(__file__).resolve().parent
PICTURES = HERE.parent.parent / "docs" / "pictures"
MODULES = HERE.parent.parent / ".tools" / "pictures"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WIDTH = 760
PEOPLE = {
    "UALICE": "alice",
    "UBOB": "bob",
    "UCAROL": "carol",
    "U0ALICE": "alice",
    "U0BOB": "bob",
    "U0CAROL": "carol",
}
PHOTOGRAPHED = ("page-search", "page-card", "page-approved")

CHROMIUM = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=2",
)


class StandingClock:
    """Moves only when told, so that every picture says the same time."""

    def __init__(self) -> None:
        self._now = NOW

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now


@dataclass(frozen=True)
class Picture:
    """One file of docs/pictures."""

    name: str
    messages: tuple[tuple[str, Reply], ...]


async def play() -> tuple[Picture, ...]:
    """Play the main job and keep what is seen on the way."""
    async with sample_chat(clock=StandingClock(), show=lambda _: None) as sample:
        chat, messenger = sample.chat, sample.messenger
        search = await chat.say("search team")
        tags = await chat.say("tags team/app")
        inspect = await chat.say("inspect team/app:1.4.2")
        asked = await chat.say("delete team/app:1.3.9 --reason 'superseded by 1.4'")
        (card,) = [item for item in messenger.messages if item.audience[0] == "#"]
        chat.as_person(sample.approver)
        await chat.click("Approve")
        await chat.settle()
        (after,) = [item for item in messenger.messages if item.audience[0] == "#"]
        notice = messenger.messages[-1]
        status = await chat.say("status")
        usage = await chat.say("usage team/* --now")
        pruned = await chat.say("prune team/app --keep 2 --reason 'free some space'")
        plan = messenger.messages[-1]
        undone = await chat.click("Undo")
        await chat.settle()
        put_back = [
            item for item in messenger.messages if item.reply.summary.startswith("C1:")
        ]
        assert undone is not None, "a command pressed has an answer"
    return (
        Picture("search", (("/registry search team", search),)),
        Picture("tags", (("/registry tags team/app", tags),)),
        Picture("inspect", (("/registry inspect team/app:1.4.2", inspect),)),
        Picture("card", (("", card.reply),)),
        Picture(
            "delete",
            (
                ("/registry delete team/app:1.3.9, as Alice alone sees it", asked),
                ("the card, after Bob approved", after.reply),
                ("Alice's direct message", notice.reply),
            ),
        ),
        Picture("status", (("/registry status", status),)),
        Picture("usage", (("/registry usage team/* --now", usage),)),
        Picture(
            "prune",
            (
                ("/registry prune team/app --keep 2, as who asked sees it", pruned),
                ("its card", plan.reply),
            ),
        ),
        Picture(
            "undo",
            (
                ("Undo, pressed by Bob", undone),
                ("the card of what is back", put_back[0].reply),
            ),
        ),
    )


async def chart() -> bytes:
    """The chart that `usage --chart` sends: drawn by the bot itself."""
    async with sample_chat(clock=StandingClock(), show=lambda _: None) as sample:
        text = "usage --now --chart"
        call = Call(sample.requester, TEAM, LOCAL_CHANNEL, text, where=Where.SLACK)
        outcome = await dispatch(sample.app.services, call)
        (attachment,) = outcome.reply.attachments
        return attachment.body


def draw(picture: Picture, folder: Path) -> None:
    """Messages to HTML by node, HTML to PNG by chromium."""
    messages = [
        {"caption": caption, "blocks": list(to_blocks(reply, now=NOW).blocks)}
        for caption, reply in picture.messages
    ]
    page = to_page(picture.name, messages, folder)
    target = PICTURES / f"{picture.name}.png"
    screenshot(page, target)
    print(f"drew {target.name}")


def to_page(
    name: str,
    messages: Sequence[Mapping[str, Any]],
    folder: Path,
    at: datetime = NOW,
) -> Path:
    """Messages, each with a caption and its blocks, as a page of HTML.

    Args:
        name: of the page's file.
        messages: what is on it.
        folder: where it goes.
        at: the time people look at it.
    """
    page, source = folder / f"{name}.html", folder / f"{name}.json"
    channels = {"C0APPROVALS": "approvals"}
    source.write_text(
        json.dumps(
            {
                "at": at.isoformat(),
                "people": PEOPLE,
                "channels": channels,
                "messages": messages,
            }
        )
    )
    subprocess.run(
        ["node", str(MODULES / "draw.mjs"), str(source), str(page)], check=True
    )
    return page


def screenshot(page: Path, target: Path) -> None:
    """The whole page as a picture."""
    profile = f"--user-data-dir={page.parent / 'profile'}"
    size = f"--window-size={WIDTH},{_height(page, profile)}"
    _chromium(profile, size, f"--screenshot={target}", str(page))


def _height(page: Path, profile: str) -> int:
    """How tall the page is: it writes that into its own title for us to read."""
    text = page.read_text(encoding="utf-8")
    measuring = page.with_suffix(".measure.html")
    measuring.write_text(
        text + "<script>document.title=String(document.body.scrollHeight)</script>",
        encoding="utf-8",
    )
    dom = _chromium(profile, f"--window-size={WIDTH},400", "--dump-dom", str(measuring))
    title = dom.partition("<title>")[2].partition("</title>")[0]
    return int(title) + 32


def _chromium(*arguments: str) -> str:
    # Chromium's own complaints about a missing desktop go nowhere; a failure does not.
    done = subprocess.run(
        [*CHROMIUM, *arguments],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        timeout=120,
    )
    return done.stdout


async def photograph(folder: Path) -> None:
    """Go through the local page as its test does, and keep what is seen on the way."""
    program = await local_slack.program(cache_folder())

    async def shot(name: str, page: Page) -> None:
        if name in PHOTOGRAPHED:
            await page.page.screenshot(
                path=PICTURES / f"{name}.png", animations="disabled"
            )
            print(f"took {name}.png")

    async with (
        web.sample_page(program) as local,
        opened(local.url, folder / "browser", scale=1.5) as (page, _complaints),
    ):
        await walk(page, shot)


def prepare() -> None:
    """Put node's modules where the project keeps its tools."""
    for tool in ("node", "npm", "chromium"):
        if shutil.which(tool) is None:
            sys.exit(
                f"{tool} is missing; on Debian: apt-get install nodejs npm chromium"
            )
    MODULES.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "draw.mjs"):
        shutil.copy(HERE / name, MODULES / name)
    if not (MODULES / "node_modules" / "slack-blocks-to-jsx").exists():
        subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"],
            cwd=MODULES,
            check=True,
        )


def main() -> None:
    """Make all pictures."""
    prepare()
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / "chart.png").write_bytes(asyncio.run(chart()))
    with tempfile.TemporaryDirectory() as folder:
        for picture in asyncio.run(play()):
            draw(picture, Path(folder))
        asyncio.run(photograph(Path(folder)))


if __name__ == "__main__":
    main()
