"""Fetching and starting local-slack: what is refused, what is left behind.

npm and the program are scripts of ours here; tests/live/test_local_page.py has the real
program.
"""

from __future__ import annotations

import hashlib
import platform
import sys
from pathlib import Path

import psutil
import pytest

from bot.demo import local_slack
from bot.errors import UnavailableError

CONTENT = b"#!/bin/sh\necho a program\n"


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    """On any machine, a program is known that a script can bring."""
    monkeypatch.setattr(local_slack, "SHA256", hashlib.sha256(CONTENT).hexdigest())
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


def children(program: Path) -> list[psutil.Process]:
    """Our processes that run this script; a test run has others beside them."""
    return [
        each
        for each in psutil.Process().children(recursive=True)
        if str(program) in each.cmdline()
    ]


def npm(folder: Path, script: str) -> str:
    """A program called npm; returns what PATH has to be."""
    folder.mkdir()
    file = folder / "npm"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(folder)


def brings(content: str) -> str:
    """A script that does what `npm install --prefix` does, with this content."""
    return (
        'while [ "$1" != --prefix ]; do [ "$1" = --ignore-scripts ] && safe=yes; '
        "shift; done\n"
        '[ "$safe" = yes ] || exit 9\n'
        f'[ "$3" = {local_slack.PACKAGE}@{local_slack.VERSION} ] || exit 8\n'
        f'bin="$2/node_modules/{local_slack.PACKAGE}/bin"\n'
        'mkdir -p "$bin"\n'
        f"printf '{content}' >\"$bin/local-slack\""
    )


GOOD = brings(CONTENT.decode().replace("\n", "\\n"))


async def test_npm_brings_it_once(tmp_path: Path) -> None:
    path = npm(tmp_path / "bin", GOOD)
    cache = tmp_path / "cache" / "registry-bot"
    file = await local_slack.program(cache, path=path)
    assert file.read_bytes() == CONTENT
    assert file.stat().st_mode & 0o111
    assert [item.name for item in cache.iterdir()] == [file.name]
    # Kept: nobody is asked again.
    assert await local_slack.program(cache, path=str(tmp_path)) == file


async def test_a_program_that_was_changed_is_fetched_again(tmp_path: Path) -> None:
    path = npm(tmp_path / "bin", GOOD)
    file = await local_slack.program(tmp_path, path=path)
    file.write_bytes(b"#!/bin/sh\necho something else\n")
    assert (await local_slack.program(tmp_path, path=path)).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (brings("something else"), "is not the program it should be"),
        ("exit 0", "is not the program it should be"),
        ("echo E404 not found >&2; exit 1", "E404 not found"),
        ("exit 1", "could not fetch"),
    ],
)
async def test_nothing_is_kept_that_is_not_it(
    script: str, said: str, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(UnavailableError, match=said) as caught:
        await local_slack.program(cache, path=npm(tmp_path / "bin", script))
    assert "registry-bot demo" in caught.value.hint
    assert list(cache.iterdir()) == []


async def test_npm_that_takes_too_long_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_slack, "FETCH_PATIENCE", 0.2)
    script = f"echo $$ >{tmp_path}/pid; sleep 600 & sleep 600"
    with pytest.raises(UnavailableError, match="no answer in time"):
        await local_slack.program(
            tmp_path / "cache", path=npm(tmp_path / "bin", script)
        )
    left = [each for each in psutil.process_iter(["cmdline"]) if _sleeps(each)]
    assert left == []


def _sleeps(process: psutil.Process) -> bool:
    return (
        process.info["cmdline"] == ["sleep", "600"]
        and process.ppid() == psutil.Process().pid
    )


async def test_without_npm_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="npm is missing") as caught:
        await local_slack.program(tmp_path, path=str(tmp_path))
    assert "apt-get install npm" in caught.value.hint


@pytest.mark.parametrize(
    ("system", "machine"), [("darwin", "arm64"), ("linux", "aarch64")]
)
async def test_another_machine_is_told_so(
    system: str, machine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(UnavailableError, match="Linux on x86-64") as caught:
        await local_slack.program(tmp_path)
    assert "registry-bot demo" in caught.value.hint


async def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="Not a directory") as caught:
        await local_slack.program(
            tmp_path / "file" / "cache", path=npm(tmp_path / "bin", GOOD)
        )
    assert "XDG_CACHE_HOME" in caught.value.hint


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo Invalid config; exit 1", "Invalid config"),
        # One that does not say that it is on loopback alone is not used.
        ("echo '  Web UI:  http://127.0.0.1:9 '; sleep 600", "Web UI"),
        ("sleep 600", "no address in time"),
    ],
)
async def test_a_program_that_does_not_start_as_it_should_is_ended(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_slack, "START_PATIENCE", 0.5)
    file, folder = tmp_path / "local-slack", tmp_path / "folder"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    folder.mkdir()
    with pytest.raises(UnavailableError, match=said):
        async with local_slack.running(file, folder, {}):
            pass
    assert children(file) == []


async def test_a_program_that_cannot_run_here_is_told(tmp_path: Path) -> None:
    (tmp_path / "local-slack").write_text("no program")
    (tmp_path / "folder").mkdir()
    with pytest.raises(UnavailableError, match="did not start"):
        async with local_slack.running(
            tmp_path / "local-slack", tmp_path / "folder", {}
        ):
            pass


async def test_a_program_that_will_not_end_is_made_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_slack, "END_PATIENCE", 0.2)
    file, folder = tmp_path / "local-slack", tmp_path / "folder"
    file.write_text(
        f"#!{sys.executable}\n"
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('loopback only')\n"
        "print('Web UI:  http://127.0.0.1:9 ', flush=True)\n"
        "time.sleep(600)\n"
    )
    file.chmod(0o755)
    folder.mkdir()
    async with local_slack.running(file, folder, {"workspace": {}}) as running:
        assert running.url == "http://127.0.0.1:9"
        assert running.api_url == "http://127.0.0.1:9/api/"
        (child,) = children(file)
    assert not child.is_running()
