"""A copy of 2 GB from one docker-registry to another, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from bot.demo.images import OCI_CONFIG, OCI_LAYER, OCI_MANIFEST
from tests.benchmarks import copy_process
from tests.benchmarks.measure import bound, show
from tests.live.bot_process import ROOT
from tests.live.registry_server import RegistryServer, program

GB = 1_000_000_000
LAYERS = (GB, GB // 2, GB // 4, GB // 8, GB // 8)
PIECE = 4_000_000
OVER_IDLE_MB = 100.0


def test_copy(tmp_path: Path) -> None:
    with (
        RegistryServer.running(tmp_path / "source") as source,
        RegistryServer.running(tmp_path / "goal") as goal,
        RegistryServer.running(tmp_path / "other") as other,
    ):
        digest = push(source)
        found = copied(source, goal)
        assert goal.digest(copy_process.REPOSITORY, copy_process.TAG) == digest
        assert found["outcome"].startswith("copied: 6 blobs sent (2 GB)")
        skopeo = by_skopeo(source, other)
    over = found["most"] - found["idle"]
    rate = found["size"] / found["seconds"] / 1e6
    show(
        f"copy: {found['size'] / 1e9:.1f} GB in {len(LAYERS)} layers between two "
        "docker-registries",
        [
            f"  {found['seconds']:.1f} s, {rate:.0f} MB/s; skopeo {skopeo:.1f} s",
            f"  {found['told']}",
            f"  memory idle {found['idle']:.0f} MB, at its most {found['most']:.0f} MB",
            bound("memory over idle", over, OVER_IDLE_MB, "MB"),
        ],
    )


def copied(source: RegistryServer, goal: RegistryServer) -> dict[str, Any]:
    """By the bot: what its process printed."""
    process = subprocess.run(
        [sys.executable, copy_process.__file__, source.url, goal.url],
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=source.folder,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stderr
    found: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return found


def by_skopeo(source: RegistryServer, goal: RegistryServer) -> float:
    """Seconds it takes for the same."""
    image = f"{copy_process.REPOSITORY}:{copy_process.TAG}"
    start = time.perf_counter()
    subprocess.run(
        [
            program("skopeo", "skopeo"),
            *("copy", "--src-tls-verify=false", "--dest-tls-verify=false"),
            f"docker://{source.host}/{image}",
            f"docker://{goal.host}/{image}",
        ],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return time.perf_counter() - start


def push(server: RegistryServer) -> str:
    """An image of big layers, each sent as it is made; its digest."""
    config = json.dumps({"os": "linux", "architecture": "amd64", "config": {}}).encode()
    parts = [upload(server, iter([config]), OCI_CONFIG)]
    parts += [
        upload(server, pieces(number, size), OCI_LAYER)
        for number, size in enumerate(LAYERS)
    ]
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": parts[0],
        "layers": parts[1:],
    }
    body = json.dumps(content).encode()
    server.put(copy_process.REPOSITORY, copy_process.TAG, body, OCI_MANIFEST)
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def pieces(number: int, size: int) -> Iterator[bytes]:
    """So many bytes that do not compress, made quickly."""
    piece = random.Random(number).randbytes(PIECE)
    for at in range(0, size, PIECE):
        yield (at.to_bytes(8, "big") + piece[8:])[: size - at]


def upload(
    server: RegistryServer, body: Iterator[bytes], media_type: str
) -> dict[str, object]:
    """Send a blob; its descriptor."""
    made, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for piece in body:
            made.update(piece)
            size += len(piece)
            yield piece

    with server.client() as client:
        opened = client.post(f"/v2/{copy_process.REPOSITORY}/blobs/uploads/")
        octets = {"Content-Type": "application/octet-stream"}
        sent = client.patch(
            opened.headers["Location"], content=counted(), headers=octets
        )
        assert sent.status_code == 202, sent.text
        digest = f"sha256:{made.hexdigest()}"
        target = httpx.URL(sent.headers["Location"])
        stored = client.put(target.copy_merge_params({"digest": digest}))
    assert stored.status_code == 201, stored.text
    return {"mediaType": media_type, "digest": digest, "size": size}
