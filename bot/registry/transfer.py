"""Brings a manifest with everything below it into a repository.

Blobs first, a few at a time, each digest once; then manifests, what is listed before
what lists it, each put by its digest and read back byte for byte. So nothing can be
seen at the destination that is not whole, and a tag is the caller's to put, afterwards.

Safe to repeat after a crash at any point: what is there already is not sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from bot.registry.cargo import Cargo, read_cargo
from bot.registry.client import Moved, RegistryReader, RegistryWriter
from bot.registry.digest import Digest
from bot.registry.errors import ManifestUnknown, NotInThisApi, RepositoryUnknown
from bot.registry.manifest import Descriptor, Manifest
from bot.registry.together import together
from bot.wording import Wording

AT_ONCE = 3
"""Blobs of one transfer under way."""

REPORT_EVERY = 1_000_000
"""Bytes between two reports."""


@dataclass(frozen=True)
class Progress:
    """How far a transfer is.

    Attributes:
        done: bytes of blobs that are there by now, sent or found.
        total: bytes of all blobs.
        layers_done: how many layers are there.
        layers: how many layers there are to be; configs and the like are none.
    """

    done: int
    total: int
    layers_done: int
    layers: int


@dataclass(frozen=True)
class Transferred:
    """What a transfer did.

    Attributes:
        blobs_there: blobs that were there already.
        blobs_mounted: blobs the registry took from another of its repositories.
        blobs_streamed: blobs that were sent.
        bytes_sent: of those, each counted once however often it was sent.
        manifests: manifests that were put.
        left_out: layers that registries do not hand on.
    """

    blobs_there: int
    blobs_mounted: int
    blobs_streamed: int
    bytes_sent: int
    manifests: int
    left_out: int = 0


def _nobody(_progress: Progress) -> None:
    """Nobody watches."""


class _Tally:
    """Counts, and reports now and then."""

    def __init__(self, cargo: Cargo, report: Callable[[Progress], None]) -> None:
        self._cargo = cargo
        self._report = report
        self._moved: Counter[Moved] = Counter()
        self._reported = 0
        self._there = 0
        self._layers = 0
        self._sent = 0
        self.streamed = 0

    def bytes(self, count: int) -> None:
        self._sent += count
        if self._sent - self._reported >= REPORT_EVERY:
            self._say()

    def blob(self, moved: Moved, blob: Descriptor) -> None:
        self._moved[moved] += 1
        self._layers += blob.digest in self._cargo.layers
        if moved is Moved.STREAMED:
            self.streamed += blob.size
        else:
            self._there += blob.size
        self._say()

    def count(self, moved: Moved) -> int:
        return self._moved[moved]

    def _say(self) -> None:
        self._reported = self._sent
        total = self._cargo.blob_bytes
        self._report(
            Progress(
                # What is sent twice (a 401 in between) is not twice as far.
                done=min(self._there + self._sent, total),
                total=total,
                layers_done=self._layers,
                layers=len(self._cargo.layers),
            )
        )


async def transfer(
    source: RegistryReader,
    writer: RegistryWriter,
    destination: RegistryReader,
    *,
    source_repository: str,
    repository: str,
    manifest: Manifest,
    progress: Callable[[Progress], None] = _nobody,
) -> Transferred:
    """Bring a manifest, its children and all blobs into a repository, by digest.

    Args:
        source: has it.
        writer: of the destination.
        destination: reads the destination.
        source_repository: where the source has it.
        repository: where it is wanted.
        manifest: as read from the source.
        progress: told now and then.

    Raises:
        NotInThisApi: see `check_apis`.
        RegistryProtocolError: it cannot be copied whole, or a registry lies.
        BlobUnknown: the source has lost a blob of it.
        RegistryError: one of the two refuses, or does not answer.
    """
    check_apis(source, destination, manifest)
    cargo = await read_cargo(source, source_repository, manifest)
    tally = _Tally(cargo, progress)

    async def bring(blob: Descriptor) -> None:
        moved = await writer.copy_blob(
            repository,
            blob,
            source=source,
            source_repository=source_repository,
            on_bytes=tally.bytes,
        )
        tally.blob(moved, blob)

    await together([partial(bring, blob) for blob in cargo.blobs], at_once=AT_ONCE)
    put = 0
    for digest, each in cargo.manifests.items():
        if not await _is_there(destination, repository, digest, each):
            await writer.put_manifest(repository, str(digest), each)
            put += 1
    return Transferred(
        blobs_there=tally.count(Moved.THERE),
        blobs_mounted=tally.count(Moved.MOUNTED),
        blobs_streamed=tally.count(Moved.STREAMED),
        bytes_sent=tally.streamed,
        manifests=put,
        left_out=len(cargo.left_out),
    )


def check_apis(
    source: RegistryReader, destination: RegistryReader, manifest: Manifest
) -> None:
    """Can this get from one registry to the other at all? Both were read before.

    Raises:
        NotInThisApi: no; within one v1 registry it can, from v1 to elsewhere not.
    """
    if manifest.is_v1_image and source.name != destination.name:
        raise NotInThisApi(
            Wording("copy-from-v1"),
            hint=Wording("copy-v1-hint"),
            registry=source.name,
        )
    if destination.api == "v1" and not manifest.is_v1_image:
        raise NotInThisApi(
            Wording("copy-to-v1", host=destination.host),
            hint=Wording("copy-v1-hint"),
            registry=destination.name,
        )


async def _is_there(
    destination: RegistryReader, repository: str, digest: Digest, manifest: Manifest
) -> bool:
    try:
        found = await destination.manifest(repository, str(digest))
    except (ManifestUnknown, RepositoryUnknown):
        return False
    return found.body == manifest.body
