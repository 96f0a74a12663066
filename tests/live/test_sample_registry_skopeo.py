"""An independent client takes the sample registry and its images for real."""

from __future__ import annotations

import asyncio
import json
import shutil
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import uvicorn

from bot.demo.population import SIGNED, populate
from bot.demo.registry import SampleRegistry


class StandingClock:
    def now(self) -> datetime:
        return datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def served() -> AsyncIterator[tuple[SampleRegistry, str]]:
    """A populated registry and its host and port."""
    registry = SampleRegistry()
    populate(registry, StandingClock())
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(registry.app, log_level="critical"))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield registry, f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


async def skopeo(*arguments: str) -> str:
    program = shutil.which("skopeo")
    if program is None:
        pytest.fail("skopeo is missing: apt-get install skopeo")
    process = await asyncio.create_subprocess_exec(
        program,
        *("--insecure-policy", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode()


@pytest.mark.parametrize(
    ("repository", "tag"),
    [("team/app", "1.4.2"), ("tools/ci-runner", "v5"), ("ubuntu", "noble"), SIGNED],
)
async def test_skopeo_copies_all_platforms(
    served: tuple[SampleRegistry, str], repository: str, tag: str, tmp_path: Path
) -> None:
    registry, host = served
    await skopeo(
        *("copy", "--all", "--src-tls-verify=false", "--preserve-digests"),
        *(f"docker://{host}/{repository}:{tag}", f"dir:{tmp_path / 'image'}"),
    )
    copied = (tmp_path / "image" / "manifest.json").read_bytes()
    assert copied == registry.manifest(repository, tag)


async def test_skopeo_pushes_what_it_pulled(
    served: tuple[SampleRegistry, str],
) -> None:
    registry, host = served
    await skopeo(
        *("copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false"),
        f"docker://{host}/team/app:1.4.2",
        f"docker://{host}/new/place:kept",
    )
    kept = registry.digest("new/place", "kept")
    assert kept == registry.digest("team/app", "1.4.2")
    described = await skopeo(
        "inspect", "--tls-verify=false", f"docker://{host}/new/place:kept"
    )
    assert json.loads(described)["RepoTags"] == ["kept"]
