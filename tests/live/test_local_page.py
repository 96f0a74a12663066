"""`registry-bot demo --web`: the local page in a real browser, the real program behind.

The page is local-slack's, on the loopback interface; the bot is whole.
"""

from __future__ import annotations

import asyncio
import io
import os
import signal
import stat
import sys
from pathlib import Path

import httpx
import psutil
import pytest
from rich.console import Console

from bot.demo import web
from bot.demo.local_slack import VERSION
from bot.errors import UnavailableError
from tests.live.bot_process import ROOT
from tests.live.local_page import Page, opened, walk
from tests.live.local_slack import until
from tests.selection import local_slack

pytestmark = pytest.mark.needs_local_slack

LOOPBACK = ("127.0.0.1", "::1")


def program() -> Path:
    found = local_slack()
    assert found is not None, "needs_local_slack deselects these tests"
    return found


async def test_search_delete_approve_and_undo_in_a_browser(tmp_path: Path) -> None:
    drawn: list[str] = []

    async def shot(name: str, page: Page) -> None:
        drawn.append(name)
        # What we teach the page is everything the bot sends.
        assert await page.page.locator(".bk-unknown").count() == 0

    async with (
        web.sample_page(program()) as page,
        opened(page.url, tmp_path / "profile") as (browser, complaints),
    ):
        await walk(browser, shot)
        assert complaints == []
    assert len(drawn) == 5


async def test_names_on_the_page_are_text(tmp_path: Path) -> None:
    """What somebody types comes back as it was typed, and does nothing."""
    evil = "<img src=x onerror=alert(1)>*bold*<@UBOB>"
    async with (
        web.sample_page(program()) as page,
        opened(page.url, tmp_path / "profile") as (browser, complaints),
    ):
        await browser.type(f"/registry delete team/app:1.3.9 --reason '{evil}'")
        await browser.go_to("approvals")
        card = await browser.sees("team/app:1.3.9", evil)
        assert await card.locator("img[src=x], strong").count() == 0
        assert complaints == []


async def test_a_form_is_filled_in_on_the_page(tmp_path: Path) -> None:
    """It draws no menus: there everything is typed."""
    async with (
        web.sample_page(program()) as page,
        opened(page.url, tmp_path / "profile") as (browser, complaints),
    ):
        await browser.type("/registry delete")
        form = browser.page.locator(".modal")
        for label, typed in (("Repository", "team/app"), ("Tag", "1.3.9")):
            named = browser.page.get_by_text(label, exact=True)
            field = form.locator(".bk-input").filter(has=named)
            await field.locator("input").fill(typed)
        await form.get_by_label("One tag").check()
        await form.get_by_role("button", name="Show the plan").click()
        await form.get_by_text("sha256:").first.wait_for()
        await form.locator(".modal-btn.primary").click()
        await browser.go_to("approvals")
        await browser.sees("C1", "team/app:1.3.9")
        assert await browser.page.locator(".bk-unknown").count() == 0
        assert complaints == []


async def test_other_sites_are_not_let_in(tmp_path: Path) -> None:
    async with (
        web.sample_page(program()) as page,
        httpx.AsyncClient(base_url=page.url, trust_env=False) as http,
    ):
        assert (await http.get("/_control/state")).status_code == 200
        for header in (
            {"origin": "https://elsewhere.example"},
            {"host": "elsewhere.example"},
            {"origin": "null"},
        ):
            refused = await http.get("/_control/state", headers=header)
            assert refused.status_code == 403, header


async def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    """The command as people start it: one Ctrl-C, exit code 0, nothing left."""
    cache = tmp_path / "cache" / "registry-bot"
    cache.mkdir(parents=True)
    (cache / f"local-slack-{VERSION}").symlink_to(program().resolve())
    address = tmp_path / "opened"
    browser = tmp_path / "browser"
    # Written whole, then named: whoever waits for it never reads half of it.
    browser.write_text(
        f'#!/bin/sh\nprintf %s "$1" >{address}.new && mv {address}.new {address}\n'
    )
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    work = tmp_path / "work"
    work.mkdir()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--web"),
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "BROWSER": f"{browser} %s",
            "TMPDIR": str(work),
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        url = await until(lambda: address.exists() and address.read_text(), 60)
        children = psutil.Process(process.pid).children(recursive=True)
        listening = [
            connection
            for each in (psutil.Process(process.pid), *children)
            for connection in each.net_connections("inet")
            if connection.status == psutil.CONN_LISTEN
        ]
        assert [item.laddr.ip for item in listening] == ["127.0.0.1"]
        assert url == f"http://127.0.0.1:{listening[0].laddr.port}"
        process.send_signal(signal.SIGINT)
        output, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, output.decode()
    assert "nothing is left running" in output.decode()
    assert "Traceback" not in output.decode()
    assert not any(each.is_running() for each in children)
    assert list(work.iterdir()) == []


async def test_a_page_that_ends_by_itself_is_an_error() -> None:
    opened_at: list[str] = []
    exe = str(program())

    def show(url: str) -> bool:
        opened_at.append(url)
        slacks = [each for each in psutil.Process().children() if exe in each.cmdline()]
        assert len(slacks) == 1
        slacks[0].kill()
        return True

    out = io.StringIO()
    with pytest.raises(UnavailableError, match="ended by itself"):
        await web.web(Console(file=out), program(), show)
    assert opened_at[0] in out.getvalue()


async def test_the_page_ends_with_the_bot_that_was_killed(tmp_path: Path) -> None:
    """Even `kill -9` leaves nothing: the pipe it holds is closed for it."""
    script = (
        "import asyncio, pathlib, sys\n"
        "from bot.demo import web\n"
        "async def main():\n"
        "    async with web.sample_page(pathlib.Path(sys.argv[1])) as page:\n"
        "        print(page.url, flush=True)\n"
        "        await page.ended()\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, str(program())),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        | {"TMPDIR": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await asyncio.wait_for(process.stdout.readline(), 60)
    (child,) = psutil.Process(process.pid).children()
    process.kill()
    await process.wait()
    await until(lambda: not child.is_running(), 30)
