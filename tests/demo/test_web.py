"""`demo --web` around the page: what it says, where it ends, which browser it takes.

The page itself, in a browser, is in tests/live/test_local_page.py.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import webbrowser
from pathlib import Path

import pytest

from bot.demo import local_slack, web
from bot.errors import UnavailableError
from tests.program import Place

ROOT = Path(__file__).resolve().parents[2]


def test_without_npm_the_terminal_is_offered(tmp_path: Path) -> None:
    ended = Place(tmp_path).run(
        *("demo", "--web"), PATH=str(tmp_path), XDG_CACHE_HOME=str(tmp_path / "cache")
    )
    assert ended.code == 1
    assert "`registry-bot demo`" in ended.err or "registry-bot demo." in ended.err


def test_a_page_and_a_tour_are_two_demos(tmp_path: Path) -> None:
    ended = Place(tmp_path).run("demo", "--web", "--tour")
    assert ended.code == 2
    assert "choose one" in ended.err


class Terminal:
    """`registry-bot demo --web` in a terminal, on a machine without npm."""

    def __init__(self, folder: Path) -> None:
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--web"],
            env={
                "PATH": str(folder),
                "PYTHONPATH": str(ROOT),
                "XDG_CACHE_HOME": str(folder / "cache"),
                "TERM": "dumb",
            },
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen = ""

    def until(self, words: str) -> None:
        while words not in self.seen:
            self.seen += os.read(self.ours, 1000).decode("utf-8", "replace")

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def end(self) -> int:
        try:
            return self.process.wait(60)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self.ours)


def test_enter_goes_on_in_the_terminal(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.until("Ctrl-C leaves.")
    terminal.type("\n")
    terminal.until("UALICE>")
    terminal.type("quit\n")
    assert terminal.end() == 0


def test_end_of_input_leaves(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.until("Ctrl-C leaves.")
    terminal.type("\x04")
    assert terminal.end() == 130


async def test_a_page_the_bot_cannot_connect_to_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "CONNECT_PATIENCE", 0.3)
    program = tmp_path / "local-slack"
    # Port 9, "discard", answers nobody.
    program.write_text(
        "#!/bin/sh\n"
        "echo loopback only\n"
        "echo 'Web UI:  http://127.0.0.1:9 '\n"
        "sleep 600\n"
    )
    program.chmod(0o755)
    with pytest.raises(UnavailableError, match="did not connect"):
        async with web.sample_page(program):
            pass


class Browser(webbrowser.BaseBrowser):
    opened = ""

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened = url
        return True


@pytest.mark.parametrize(
    ("name", "opens"), [("firefox", True), ("lynx", False), ("www-browser", False)]
)
def test_a_browser_that_would_take_the_terminal_is_not_opened(
    name: str, opens: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = Browser(name)
    monkeypatch.setattr(webbrowser, "get", lambda: browser)
    assert web.open_page("http://127.0.0.1:1") is opens
    assert browser.opened == ("http://127.0.0.1:1" if opens else "")


def test_where_there_is_no_browser_the_address_is_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none() -> webbrowser.BaseBrowser:
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    assert web.open_page("http://127.0.0.1:1") is False


def test_the_version_is_the_one_that_tests_fetch() -> None:
    script = (ROOT / "scripts" / "setup-test-servers").read_text()
    assert f"version={local_slack.VERSION}\n" in script
    assert f"package={local_slack.PACKAGE}\n" in script
