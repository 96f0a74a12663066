"""Lists without an end, and lists that go round in circles."""

from __future__ import annotations

import json

import httpx
import pytest

from bot.registry import mediatypes
from bot.registry.digest import Digest
from bot.registry.errors import RegistryProtocolError
from tests.registry.faulty import Exchange, Fault, Strike
from tests.registry.operations import READS, Operation
from tests.registry.stage import LIMITS
from tests.registry.trials import perform

LISTS = [
    each for each in READS if str(each) in ("catalog", "tags", "all_tags", "referrers")
]
PATHS = r"/_catalog$|/tags/list$|/referrers/"


def page(exchange: Exchange, names: list[str], target: str) -> httpx.Response:
    """A page of any list, with a next page behind it."""
    children = [
        {
            "mediaType": mediatypes.OCI_MANIFEST,
            "digest": str(Digest.of(name.encode())),
            "size": 7,
        }
        for name in names
    ]
    document = {
        "schemaVersion": 2,
        "repositories": names,
        "tags": names,
        "manifests": children,
    }
    headers = {"content-type": mediatypes.OCI_INDEX, "link": f'<{target}>; rel="next"'}
    return httpx.Response(200, headers=headers, content=json.dumps(document).encode())


def pages(*, new: bool, names: int = 1) -> Strike:
    """Pages without end; with something new on each, or with nothing."""

    async def strike(exchange: Exchange) -> httpx.Response:
        asked = exchange.request.url
        number = int(asked.params.get("page", "0")) + 1
        first = number if new else 1
        found = [f"name-{first}-{each}" for each in range(names)]
        return page(exchange, found, str(asked.copy_set_param("page", number)))

    return strike


async def to_itself(exchange: Exchange) -> httpx.Response:
    return page(exchange, ["name"], str(exchange.request.url))


@pytest.mark.parametrize("operation", LISTS, ids=str)
@pytest.mark.parametrize("names", [1, 100])
def test_a_list_without_end_is_refused_and_not_cut_short(
    operation: Operation, names: int
) -> None:
    stage = operation.stage()
    strike = pages(new=True, names=names)
    stage.wire.plan(Fault("endless", strike, (RegistryProtocolError,), where=PATHS))
    error = perform(operation, stage).error
    assert isinstance(error, RegistryProtocolError)
    assert error.hint
    assert len(stage.wire.struck) <= LIMITS.pages + 1


@pytest.mark.parametrize("operation", LISTS, ids=str)
@pytest.mark.parametrize("strike", [pages(new=False), to_itself])
def test_a_list_that_brings_nothing_new_has_ended(
    operation: Operation, strike: Strike
) -> None:
    """Servers in the field link their last page to itself."""
    stage = operation.stage()
    stage.wire.plan(Fault("circle", strike, (), where=PATHS))
    found = perform(operation, stage)
    assert found.error is None
    assert isinstance(found.value, list | tuple)
    # What refers to an image by the fallback tag is found beside the list.
    assert len(found.value) == (3 if operation.name == "referrers" else 1)
    assert len(stage.wire.struck) == 2
