"""One registry client in a process of its own: python peer_process.py CLIENT HOST

Reads one JSON object a line: `{"do": "inspect", "repository": …, "tags": […]}`; answers
each with one line, `{"seconds": …, "found": …}`. What is timed is what a person waits
for once the process runs and is connected; of skopeo, which is a program, its start is
part of it, since every answer costs one.

`found` is the number of names (catalog, tags, delete), or what was read of each tag:
the manifest's digest and the config's time of creation. Runs in the bot's environment
and in the one with the other clients (peers.txt): each is imported where it is used.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol

ACCEPT = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)
AT_ONCE = 8
"""Requests at once, of ours (its default) and of the bare concurrent client."""

Seen = dict[str, list[str]]


class Client(Protocol):
    """What is compared. A client without a catalog has no `catalog`."""

    def tags(self, repository: str) -> int: ...

    def inspect(self, repository: str, tags: list[str]) -> Seen: ...

    def delete(self, repository: str, tags: list[str]) -> int: ...


class RegistryBot:
    """Ours, with all its checks, by the two doors that commands and worker have."""

    def __init__(self, host: str) -> None:
        from bot.registry.connect import ConnectOptions, connect

        self._runner = asyncio.Runner()
        options = ConnectOptions(url=f"http://{host}", max_concurrency=AT_ONCE)
        self._pair = connect("main", options)

    def catalog(self) -> int:
        return self._runner.run(self._catalog())

    async def _catalog(self) -> int:
        return sum([len(page) async for page in self._pair.reader.catalog()])

    def tags(self, repository: str) -> int:
        return len(self._runner.run(self._pair.reader.tags(repository)))

    def inspect(self, repository: str, tags: list[str]) -> Seen:
        return self._runner.run(self._inspect(repository, tags))

    async def _inspect(self, repository: str, tags: list[str]) -> Seen:
        from bot.registry.together import together

        read = partial(self._pair.reader.tag_detail, repository)
        details = await together([partial(read, tag) for tag in tags])
        return {
            detail.tag: [str(detail.manifest.digest), str(detail.created)]
            for detail in details
        }

    def delete(self, repository: str, tags: list[str]) -> int:
        return self._runner.run(self._delete(repository, tags))

    async def _delete(self, repository: str, tags: list[str]) -> int:
        from bot.registry.together import together

        async def one(tag: str) -> str:
            approved = await self._pair.reader.manifest(repository, tag)
            done = await self._pair.writer.delete_tag(
                repository, tag, expected=approved, nonce=f"nonce of {repository}:{tag}"
            )
            return str(done.outcome)

        ended = await together([partial(one, tag) for tag in tags])
        return ended.count("deleted")


class Skopeo:
    """Debian's program, once for every tag. It knows no catalog."""

    def __init__(self, host: str) -> None:
        self._host = host

    def _run(self, *arguments: str) -> bytes:
        return subprocess.run(
            ["skopeo", *arguments], check=True, capture_output=True, timeout=60
        ).stdout

    def tags(self, repository: str) -> int:
        source = f"docker://{self._host}/{repository}"
        found = json.loads(self._run("list-tags", "--tls-verify=false", source))
        return len(found["Tags"])

    def inspect(self, repository: str, tags: list[str]) -> Seen:
        seen = {}
        for tag in tags:
            source = f"docker://{self._host}/{repository}:{tag}"
            told = json.loads(
                self._run("inspect", "--no-tags", "--tls-verify=false", source)
            )
            seen[tag] = [told["Digest"], told["Created"]]
        return seen

    def delete(self, repository: str, tags: list[str]) -> int:
        for tag in tags:
            target = f"docker://{self._host}/{repository}:{tag}"
            self._run("delete", "--tls-verify=false", target)
        return len(tags)


class PythonDxf:
    """python-dxf, with one session for everything."""

    def __init__(self, host: str) -> None:
        import dxf

        self._base = dxf.DXFBase(host, insecure=True)
        self._base.__enter__()
        self._of = partial(dxf.DXF.from_base, self._base)

    def catalog(self) -> int:
        return len(self._base.list_repos(batch_size=1000))

    def tags(self, repository: str) -> int:
        return len(list(self._of(repository).list_aliases()))

    def inspect(self, repository: str, tags: list[str]) -> Seen:
        client, seen = self._of(repository), {}
        for tag in tags:
            text, answer = client.get_manifest_and_response(tag)
            blob = b"".join(client.pull_blob(json.loads(text)["config"]["digest"]))
            seen[tag] = [_digest(answer.content), json.loads(blob)["created"]]
        return seen

    def delete(self, repository: str, tags: list[str]) -> int:
        client = self._of(repository)
        for tag in tags:
            client.del_alias(tag)
        return len(tags)


class OrasPy:
    """oras-py, which has one session too. It knows no catalog."""

    def __init__(self, host: str) -> None:
        from oras.client import OrasClient

        self._host = host
        self._client = OrasClient(hostname=host, insecure=True)

    def tags(self, repository: str) -> int:
        return len(self._client.get_tags(f"{self._host}/{repository}"))

    def inspect(self, repository: str, tags: list[str]) -> Seen:
        seen = {}
        for tag in tags:
            name = f"{self._host}/{repository}:{tag}"
            manifest = self._client.get_manifest(name)
            blob = self._client.get_blob(name, manifest["config"]["digest"]).json()
            # It hands out no bytes to compute a digest of.
            seen[tag] = ["", blob["created"]]
        return seen

    def delete(self, repository: str, tags: list[str]) -> int:
        name = f"{self._host}/{repository}"
        return len(self._client.delete_tags(name, tags))


class BareLoop:
    """A loop over one connection, without a check: what the protocol itself costs."""

    def __init__(self, host: str) -> None:
        import httpx

        self._http = httpx.Client(base_url=f"http://{host}", trust_env=False)

    def catalog(self) -> int:
        found = self._http.get("/v2/_catalog", params={"n": 1000}).json()
        return len(found["repositories"])

    def tags(self, repository: str) -> int:
        return len(self._http.get(f"/v2/{repository}/tags/list").json()["tags"])

    def inspect(self, repository: str, tags: list[str]) -> Seen:
        seen, base = {}, f"/v2/{repository}"
        for tag in tags:
            answer = self._http.get(f"{base}/manifests/{tag}", headers=_ACCEPT)
            blob = answer.json()["config"]["digest"]
            config = self._http.get(f"{base}/blobs/{blob}").json()
            seen[tag] = [answer.headers["Docker-Content-Digest"], config["created"]]
        return seen

    def delete(self, repository: str, tags: list[str]) -> int:
        base = f"/v2/{repository}/manifests"
        for tag in tags:
            found = self._http.head(f"{base}/{tag}", headers=_ACCEPT)
            digest = found.headers["Docker-Content-Digest"]
            assert self._http.delete(f"{base}/{digest}").status_code == 202
        return len(tags)


class BareConcurrent:
    """The same, so many at once."""

    def __init__(self, host: str) -> None:
        import httpx

        self._runner = asyncio.Runner()
        limits = httpx.Limits(max_connections=AT_ONCE)
        self._http = httpx.AsyncClient(
            base_url=f"http://{host}", trust_env=False, limits=limits
        )

    def catalog(self) -> int:
        return self._runner.run(self._catalog())

    async def _catalog(self) -> int:
        found = await self._http.get("/v2/_catalog", params={"n": 1000})
        return len(found.json()["repositories"])

    def tags(self, repository: str) -> int:
        return self._runner.run(self._tags(repository))

    async def _tags(self, repository: str) -> int:
        found = await self._http.get(f"/v2/{repository}/tags/list")
        return len(found.json()["tags"])

    def inspect(self, repository: str, tags: list[str]) -> Seen:
        base = f"/v2/{repository}"

        async def one(tag: str) -> tuple[str, list[str]]:
            answer = await self._http.get(f"{base}/manifests/{tag}", headers=_ACCEPT)
            blob = answer.json()["config"]["digest"]
            config = (await self._http.get(f"{base}/blobs/{blob}")).json()
            return tag, [answer.headers["Docker-Content-Digest"], config["created"]]

        return dict(self._runner.run(_at_once(one, tags)))

    def delete(self, repository: str, tags: list[str]) -> int:
        base = f"/v2/{repository}/manifests"

        async def one(tag: str) -> None:
            found = await self._http.head(f"{base}/{tag}", headers=_ACCEPT)
            digest = found.headers["Docker-Content-Digest"]
            assert (await self._http.delete(f"{base}/{digest}")).status_code == 202

        return len(self._runner.run(_at_once(one, tags)))


async def _at_once(one: Any, tags: Iterable[str]) -> list[Any]:
    """A few workers over one list, as anybody would write it."""
    left = iter(tags)

    async def worker() -> list[Any]:
        return [await one(tag) for tag in left]

    workers = await asyncio.gather(*(worker() for _ in range(AT_ONCE)))
    return [done for each in workers for done in each]


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


_ACCEPT = {"Accept": ACCEPT}

CLIENTS: dict[str, Any] = {
    "registry-bot": RegistryBot,
    "skopeo": Skopeo,
    "python-dxf": PythonDxf,
    "oras-py": OrasPy,
    "bare loop": BareLoop,
    "bare, 8 at once": BareConcurrent,
}


def main(name: str, host: str) -> None:
    """Serve until there are no more lines."""
    client = CLIENTS[name](host)
    print("ready", flush=True)
    for line in sys.stdin:
        work = json.loads(line)
        call = getattr(client, work.pop("do"))
        began = time.perf_counter()
        found = call(**work)
        seconds = time.perf_counter() - began
        print(json.dumps({"seconds": seconds, "found": found}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
