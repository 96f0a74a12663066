"""`local-slack`, the program behind `demo --web`: had from npm, run on loopback alone.

It is somebody else's program of one file (npm `local-slack-linux-x64`, MIT): a Slack
with a page in the browser. What is run is, byte for byte, the file of `VERSION` that
this module knows by its hash: npm brings it once, running no scripts, into the user's
cache folder, and it is looked at again before every start.

While it runs (`running`) it listens on 127.0.0.1 only, takes requests from its own page
and from programs, not from other sites, and ends with us, however we end. None of this
is in the program itself: `page/preload.js`, which its runtime reads first, sees to it,
and says so before we go on. The same file lets the page draw rich text.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from bot.chat.text import shorten
from bot.errors import UnavailableError
from bot.wording import say

VERSION = "0.1.8"
PACKAGE = "local-slack-linux-x64"
SHA256 = "3332007b797969d835f694b463ac526f7ef1fc66afac93f950f585105fe4815f"
"""Of the program file of that version."""

FETCH_PATIENCE = 600.0
"""Seconds npm may take; it is 35 MB."""
START_PATIENCE = 30.0
"""Seconds the program may take to listen."""
END_PATIENCE = 5.0
"""Seconds it may take to end when asked."""

_ADDRESS = re.compile(rb"Web UI:\s+http://127\.0\.0\.1:(\d{1,5})\s")
_GUARDED = b"loopback only"
_FILES = ("preload.js", "richtext.js", "richtext.css")


@dataclass(frozen=True)
class LocalSlack:
    """A running local-slack.

    Attributes:
        url: its page.
    """

    url: str
    _process: asyncio.subprocess.Process

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` has to be."""
        return f"{self.url}/api/"

    async def ended(self) -> None:
        """Wait until it ends by itself."""
        await self._process.wait()


async def program(cache: Path, *, path: str | None = None) -> Path:
    """The program file, fetched if it is not there yet.

    Args:
        cache: the folder it is kept in.
        path: where npm is looked for, as in `PATH`; None for the usual places.

    Raises:
        UnavailableError: this is not a machine it runs on, npm is missing, or npm did
            not bring it.
    """
    if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
        raise UnavailableError(
            say("local-machine", system=f"{platform.system()} {platform.machine()}"),
            hint=say("local-terminal"),
        )
    kept = cache / f"local-slack-{VERSION}"
    if await asyncio.to_thread(_is_it, kept):
        return kept
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise UnavailableError(say("local-npm"), hint=say("local-npm.hint"))
    try:
        folder = await asyncio.to_thread(_work_folder, cache)
        try:
            await _npm(npm, folder)
            if not await asyncio.to_thread(_keep, folder, kept):
                raise UnavailableError(
                    say("local-other", package=f"{PACKAGE}@{VERSION}"),
                    hint=say("local-terminal"),
                )
        finally:
            await asyncio.to_thread(shutil.rmtree, folder)
    except OSError as error:
        raise UnavailableError(
            say("local-cache", folder=str(cache), why=error.strerror or "?"),
            hint=say("local-cache.hint"),
        ) from None
    return kept


def _work_folder(cache: Path) -> Path:
    """A folder for npm, on the same file system as what is kept."""
    cache.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="npm-", dir=cache))


def _keep(folder: Path, kept: Path) -> bool:
    """Keep what npm brought, all at once; False where it is not what we know."""
    brought = Path(folder, "node_modules", PACKAGE, "bin", "local-slack")
    if not _is_it(brought):
        return False
    brought.chmod(0o755)
    brought.replace(kept)
    return True


def _is_it(file: Path) -> bool:
    """Is this the file we know."""
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == SHA256
    except OSError:
        return False


async def _npm(npm: str, folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        npm,
        "install",
        *("--silent", "--no-save", "--no-package-lock", "--no-audit", "--no-fund"),
        *("--ignore-scripts", "--prefix", str(folder), f"{PACKAGE}@{VERSION}"),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        # Ctrl-C is ours: npm is ended by us, with all it started.
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(FETCH_PATIENCE):
            said, _ = await process.communicate()
    except TimeoutError:
        said = b"no answer in time"
    finally:
        if process.returncode is None:
            _signal(process, signal.SIGKILL)
            await process.communicate()
    if process.returncode != 0:
        words = shorten(said.decode("utf-8", "replace"), 300)
        raise UnavailableError(
            say("local-fetch", package=f"{PACKAGE}@{VERSION}", words=words or "–"),
            hint=say("local-terminal"),
        )


@asynccontextmanager
async def running(
    file: Path, folder: Path, config: Mapping[str, Any]
) -> AsyncIterator[LocalSlack]:
    """Run it in the block, and make sure that it is gone after it.

    Args:
        file: the program.
        folder: an empty one, for what it needs.
        config: its workspace.

    Raises:
        UnavailableError: it did not start as it should.
    """
    (folder / "slack.json").write_text(json.dumps(config), encoding="utf-8")
    # Its runtime reads this from the folder it is started in.
    (folder / "bunfig.toml").write_text('preload = ["./preload.js"]\n')
    for name in _FILES:
        text = resources.files("bot.demo").joinpath("page", name).read_bytes()
        (folder / name).write_bytes(text)
    (folder / "files").mkdir()
    try:
        process = await asyncio.create_subprocess_exec(
            file,
            *("--config", "slack.json", "--port", "0", "--base-host", "127.0.0.1"),
            *("--files-dir", str(folder / "files")),
            cwd=folder,
            env={"HOME": str(folder), "TMPDIR": str(folder)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C is ours; it is asked to end when the bot has.
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(error.strerror or type(error).__name__) from None
    try:
        port = await _listening(process)
        assert process.stdout is not None, "it is a pipe"
        # Nobody reads on: without this a full pipe would stop it.
        reading = asyncio.create_task(process.stdout.read())
        try:
            yield LocalSlack(f"http://127.0.0.1:{port}", process)
        finally:
            reading.cancel()
            await asyncio.wait([reading])
    finally:
        await _end(process)


async def _listening(process: asyncio.subprocess.Process) -> int:
    """The port it listens on, once it has said that it is on loopback alone."""
    assert process.stdout is not None, "it is a pipe"
    said = b""
    try:
        async with asyncio.timeout(START_PATIENCE):
            async for line in process.stdout:
                said += line
                if (found := _ADDRESS.search(said)) and _GUARDED in said:
                    return int(found[1])
                if found:
                    break
    except TimeoutError:
        said += b"(no address in time)"
    raise _not_started(shorten(said.decode("utf-8", "replace"), 300))


def _not_started(words: str) -> UnavailableError:
    return UnavailableError(
        say("local-start", words=words or "–"), hint=say("local-terminal")
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask it to end, and make it; nothing that it started is left either."""
    _signal(process, signal.SIGTERM)
    try:
        async with asyncio.timeout(END_PATIENCE):
            await process.wait()
    except TimeoutError:
        pass
    _signal(process, signal.SIGKILL)
    # Reads what is left, and closes the pipes.
    await process.communicate()


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
