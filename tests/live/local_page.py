"""Goes through the local page as people do: a browser, a mouse, a keyboard.

`opened` starts Debian's Chromium without a window; `Page` does what a person does and
waits, for as long as `PATIENCE`, until what they would wait for is there. `walk` is the
main job: search, next page, delete, approval by somebody else, undo. The test plays it,
and so does `make pictures`, which keeps what `Shot` is handed.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Locator, async_playwright, expect
from playwright.async_api import Page as BrowserPage

PATIENCE = 30_000.0
"""Milliseconds to wait for something to be shown: the machine may be busy."""
SIZE = (1080, 760)

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

Shot = Callable[[str, "Page"], Awaitable[None]]
"""Called with a name where there is something worth a picture."""


def chromium() -> str:
    """Debian's Chromium; missing, it fails the test and says what to do."""
    found = shutil.which("chromium")
    if found is None:
        pytest.fail("chromium is not here; run: scripts/setup-test-servers .tools")
    return found


class Page:
    """The local page, with somebody in front of it."""

    def __init__(self, page: BrowserPage) -> None:
        self.page = page

    async def act_as(self, name: str) -> None:
        """Go on as somebody else."""
        await self.page.get_by_label("Act as").select_option(label=name)

    async def go_to(self, channel: str) -> None:
        """Open a channel."""
        item = self.page.locator(".sidebar-item", has_text=channel)
        await item.first.click()
        title = self.page.locator(".channel-title")
        await expect(title).to_contain_text(channel, timeout=PATIENCE)

    async def type(self, text: str) -> None:
        """Type into the box at the bottom and send it off."""
        box = self.page.locator(".composer-input")
        await box.fill(text)
        await box.press("Enter")

    def message(self, *texts: str) -> Locator:
        """The newest message with all these words."""
        found = self.page.locator(".msg")
        for text in texts:
            found = found.filter(has_text=text)
        return found.last

    async def sees(self, *texts: str) -> Locator:
        """Wait for a message with these words."""
        found = self.message(*texts)
        await expect(found).to_be_visible(timeout=PATIENCE)
        return found

    async def press(self, message: Locator, button: str) -> None:
        """Press a button of a message."""
        await message.get_by_role("button", name=button, exact=True).click()


@asynccontextmanager
async def opened(
    url: str, profile: Path, *, scale: float = 1.0
) -> AsyncIterator[tuple[Page, list[str]]]:
    """Open a page in a browser of its own.

    Args:
        url: the page.
        profile: an empty folder for the browser.
        scale: pixels of a screenshot for one of the page.

    Returns:
        The page, and a list that grows with what the page complains about.
    """
    width, height = SIZE
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            headless=True,
            args=list(ARGUMENTS),
            viewport={"width": width, "height": height},
            device_scale_factor=scale,
            locale="en-GB",
            timezone_id="UTC",
        )
        try:
            page = browser.pages[0]
            page.set_default_timeout(PATIENCE)
            complaints: list[str] = []
            page.on("pageerror", lambda error: complaints.append(str(error)))
            await page.goto(url)
            yield Page(page), complaints
        finally:
            await browser.close()


async def walk(page: Page, shot: Shot) -> None:
    """The main job on the page of `bot.demo.web`."""
    await page.sees("This is a sample registry")
    await shot("page-welcome", page)

    # Search, and turn the page.
    await page.type("/registry search team --limit 3")
    first = await page.sees("team/api", "team/app")
    await expect(first).not_to_contain_text("team/worker")
    await page.press(first, "Next")
    await page.sees("team/web", "team/worker")
    await shot("page-search", page)

    # Ask for a deletion, and do not get it alone.
    await page.type("/registry delete team/app:1.3.9 --reason cleanup")
    await page.sees("C1 waits for 1 approval")
    await page.go_to("approvals")
    card = await page.sees("team/app:1.3.9", "cleanup")
    await page.press(card, "Approve")
    await page.sees("only visible to you", "own")
    await expect(card.get_by_role("button", name="Approve")).to_be_visible()
    await shot("page-card", page)

    # Somebody else approves; what only Alice was told, Bob does not see.
    await page.act_as("Bob")
    told = page.page.locator(".msg", has_text="only visible to you")
    await expect(told).to_have_count(0, timeout=PATIENCE)
    await page.press(page.message("C1", "cleanup"), "Approve")
    done = await page.sees("C1", "Done.")
    await expect(done).to_contain_text(re.compile(r"audit #\d+ [0-9a-f]{12}"))
    await shot("page-approved", page)
    await page.type("/registry tags team/app")
    listing = await page.sees("9 tags in")
    await expect(listing).not_to_contain_text("1.3.9")

    # And it comes back.
    await page.press(done, "Undo")
    await page.sees("C2: done")
    await page.type("/registry tags team/app")
    await expect(await page.sees("10 tags in")).to_contain_text("1.3.9")
    await shot("page-undone", page)
