"""`registry-bot demo --web`: the bot over a sample registry, in a Slack of one's own.

The bot is the real one, whole: listeners, worker and all, connected by Socket Mode to
`local_slack`, which shows a page to the browser. Everything it needs is made for the
occasion and gone afterwards: the database, the tokens, the registry in this process.
Ctrl-C (or the end of the terminal) ends the bot first and the page after it.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
import tempfile
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from rich.console import Console
from rich.text import Text

from bot.app import Outside, assembled
from bot.chat.phrase import phrase
from bot.chat.reply import Channel, Code, Listing, Paragraph, Reply, line
from bot.clock import SystemClock
from bot.config import ApprovalSettings, Settings
from bot.demo import local_slack
from bot.demo.local_slack import LocalSlack
from bot.demo.population import populate
from bot.demo.registry import SampleRegistry
from bot.demo.session import APPROVER, REQUESTER, THIRD, demo_settings
from bot.errors import UnavailableError
from bot.slack.assembly import connect, open_doors
from bot.slack.socket import SlackSocket
from bot.wording import say

CONNECT_PATIENCE = 30.0
"""Seconds the bot may take to connect to the page."""
DRAIN_S = 5.0
"""Seconds that answers being worked on get at the end."""
PAUSE = 0.05
"""Seconds between two looks whether it is connected."""

BOT = "UBOT"
PEOPLE = {REQUESTER: "Alice", APPROVER: "Bob", THIRD: "Carol"}
GENERAL, APPROVALS = "C0GENERAL", "C0APPROVALS"
TEAM = "T0SAMPLE"

TO_TRY = (
    "/registry search team",
    "/registry tags team/app",
    "/registry delete team/app:1.3.9 --reason cleanup",
)

# They would take the terminal, in which Ctrl-C is to end us.
_IN_THE_TERMINAL = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})


def open_page(url: str) -> bool:
    """Show a page in the browser, where there is one with a window of its own."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    if getattr(browser, "name", "") in _IN_THE_TERMINAL:
        return False
    return browser.open(url)


async def web(
    out: Console, program: Path, show: Callable[[str], bool] = open_page
) -> int:
    """Play until told to stop.

    Args:
        out: the terminal.
        program: `local_slack.program`.
        show: opens the page in a browser.

    Returns:
        The exit code.

    Raises:
        UnavailableError: the page did not start, or ended by itself.
    """
    with _told() as told:
        try:
            async with sample_page(program) as page:
                out.print(Text(say("local-open", url=page.url)))
                out.print(Text(say("local-leave"), style="dim"))
                await asyncio.to_thread(show, page.url)
                await page.ended()
                raise UnavailableError(say("local-ended"))
        except asyncio.CancelledError:
            if not told():
                raise
    out.print(Text(say("local-gone")))
    return 0


@asynccontextmanager
async def sample_page(program: Path) -> AsyncIterator[LocalSlack]:
    """The page with the bot behind it, connected and ready."""
    clock = SystemClock()
    registry = SampleRegistry()
    populate(registry, clock)
    with tempfile.TemporaryDirectory(prefix="registry-bot-demo-") as name:
        folder = Path(name)
        (folder / "page").mkdir()
        tokens = {kind: f"{kind}-{secrets.token_hex(16)}" for kind in ("xoxb", "xapp")}
        async with local_slack.running(
            program, folder / "page", _workspace(tokens)
        ) as page:
            settings = _settings(folder, page, tokens)
            slack = connect(settings, clock)
            outside = Outside(
                people=slack.people,
                visitors=slack.recent,
                messenger=slack.messenger,
                clock=clock,
                registry_app=registry.app,
            )
            async with assembled(settings, outside, executes=True) as app:
                services = app.services
                await services.catalog.walk(services.registries.default.name)
                # The page draws no menus, and does not tell what is chosen in a form.
                doors = open_doors(slack, services, menus=False)
                assert doors.socket is not None, "there is an app token"
                async with app.working():
                    doors.socket.start()
                    try:
                        await _connected(doors.socket)
                        await slack.messenger.post(GENERAL, _welcome())
                        yield page
                    finally:
                        await doors.socket.close()
                        await doors.work.drain(DRAIN_S)


def _settings(folder: Path, page: LocalSlack, tokens: dict[str, str]) -> Settings:
    return demo_settings(folder).model_copy(
        update={
            "slack_bot_token": SecretStr(tokens["xoxb"]),
            "slack_app_token": SecretStr(tokens["xapp"]),
            "slack_api_url": page.api_url,
            "approvals": ApprovalSettings(
                channel=APPROVALS, approvers=(APPROVER, THIRD)
            ),
        }
    )


def _workspace(tokens: dict[str, str]) -> dict[str, Any]:
    """local-slack's configuration."""
    app = {
        "appId": "A0SAMPLE",
        "botUserId": BOT,
        "botName": "registry-bot",
        "botToken": tokens["xoxb"],
        "appToken": tokens["xapp"],
        "signingSecret": secrets.token_hex(16),
        "mode": "socket",
    }
    members = [BOT, *PEOPLE]
    return {
        "workspace": {"name": "Sample", "domain": "sample", "teamId": TEAM},
        "apps": [app],
        "users": [
            {"id": user_id, "name": name.lower(), "real_name": name}
            for user_id, name in PEOPLE.items()
        ],
        "channels": [
            {"id": GENERAL, "name": "general", "members": members},
            {"id": APPROVALS, "name": "approvals", "members": members},
        ],
    }


async def _connected(socket: SlackSocket) -> None:
    try:
        async with asyncio.timeout(CONNECT_PATIENCE):
            while True:
                try:
                    await socket.check()
                except UnavailableError:
                    await asyncio.sleep(PAUSE)
                else:
                    return
    except TimeoutError:
        raise UnavailableError(say("local-socket")) from None


def _welcome() -> Reply:
    return Reply(
        summary=say("local-welcome"),
        parts=(
            Paragraph(line(say("local-welcome"))),
            Paragraph(line(say("local-try"))),
            Listing(tuple(line(Code(typed)) for typed in TO_TRY)),
            Paragraph(phrase("local-act", channel=Channel(APPROVALS))),
            Paragraph(line(say("local-undo"))),
        ),
    )


@contextlib.contextmanager
def _told() -> Iterator[Callable[[], bool]]:
    """Cancel this task at the first Ctrl-C (or SIGTERM, or end of the terminal).

    Later ones change nothing: what is being ended ends within seconds. The block is
    handed whether one came.
    """
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    assert task is not None, "this is a coroutine"
    came = False

    def stop() -> None:
        nonlocal came
        if not came:
            came = True
            task.cancel()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield lambda: came
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
