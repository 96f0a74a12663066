"""Reads images of a v1 registry: each one's description, and its chain of ancestors.

What an id stands for does not change, and images share their ancestors: an ancestor
that was read whole is remembered, bounded, and asked for once however many chains it is
in. An image that is asked for itself is always read now.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from functools import partial
from weakref import WeakValueDictionary

from bot.registry import v1_lists
from bot.registry.answer import Answer
from bot.registry.ask import Ask
from bot.registry.digest import IMAGE_ID, Digest
from bot.registry.errors import RegistryProtocolError
from bot.registry.failure import failure
from bot.registry.together import together
from bot.registry.transport import Transport
from bot.registry.v1_failure import check_own
from bot.registry.v1_image import Layer, read_layer
from bot.wording import Wording, Words

_SIZE = "x-docker-size"


class Images:
    """The images of one registry, which belong to all its repositories.

    Args:
        transport: talks to it.
        registry: its configured name, for errors.
    """

    def __init__(self, transport: Transport, registry: str) -> None:
        self._transport = transport
        self._limits = transport.limits
        self._registry = registry
        self._layers: OrderedDict[str, Layer] = OrderedDict()
        self._reading: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def read(self, digest: Digest, doing: Words) -> Layer | None:
        """One image's own description, read now; None where there is no such image.

        Raises:
            RegistryProtocolError: its upload has not ended, or it makes no sense.
        """
        if not digest.is_image_id:
            return None
        answer = await self._ask(f"/v1/images/{digest.hex}/json")
        if answer.status == 404:
            check_own(answer, registry=self._registry, doing=doing)
            return None
        if answer.status == 400 and (said := v1_lists.complaint(answer)):
            raise RegistryProtocolError(
                Wording(
                    "cannot",
                    doing=doing,
                    why=Wording("v1-half-image", image=digest.short),
                ),
                hint=Wording("v1-half-image.hint"),
                registry=self._registry,
                status=400,
                detail=said,
            )
        if not answer.ok:
            raise failure(answer, registry=self._registry, doing=doing)
        layer = read_layer(answer.body, digest.hex, _size(answer))
        if layer.complete:
            self._layers[digest.hex] = layer
        while len(self._layers) > self._limits.v1_images:
            self._layers.popitem(last=False)
        return layer

    async def ancestors(self, digest: Digest, doing: Words) -> list[Layer]:
        """All images below one, newest first; one that is missing leaves a gap."""
        answer = await self._ask(f"/v1/images/{digest.hex}/ancestry")
        if not answer.ok:
            raise failure(answer, registry=self._registry, doing=doing)
        ids = v1_lists.parse_ancestry(answer.body, digest, self._limits.v1_ancestors)
        below = ids[1:]
        found = await together([partial(self._ancestor, each, doing) for each in below])
        return [layer or Layer(each) for each, layer in zip(below, found, strict=True)]

    async def _ancestor(self, image_id: str, doing: Words) -> Layer | None:
        async with self._reading.setdefault(image_id, asyncio.Lock()):
            if image_id in self._layers:
                self._layers.move_to_end(image_id)
                return self._layers[image_id]
            try:
                return await self.read(Digest(IMAGE_ID, image_id), doing)
            except RegistryProtocolError:
                return None

    async def _ask(self, target: str) -> Answer:
        limit = self._limits.manifest_bytes
        return await self._transport.ask(Ask("GET", target, "", limit))


def _size(answer: Answer) -> int | None:
    """What the server says of the layer it has stored; None where it has none."""
    written = answer.header(_SIZE)
    if not (written.isascii() and written.isdigit() and len(written) < 19):
        return None
    return int(written)
