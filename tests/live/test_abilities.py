"""What every server can do is found out, and nothing is changed by asking.

The witness is the storage folder: not a file comes, goes or changes.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.registry.client import Health, Support
from bot.registry.limits import DEFAULT
from tests.live.modes import MODES, Mode, Place, standing
from tests.live.registry_server import RegistryServer

YES, NO, UNKNOWN = Support.YES, Support.NO, Support.UNKNOWN

# By digest, by tag, referrers API, catalog.
CAN = {
    "delete on": (YES, NO, NO, YES),
    "delete off": (NO, NO, NO, YES),
    "read-only": (NO, NO, NO, YES),
    "htpasswd": (YES, NO, NO, YES),
    "token": (YES, NO, NO, YES),
    "nginx with TLS and basic auth": (YES, NO, NO, YES),
    # Says nowhere which API it speaks, so that it is not asked about deletion.
    "django-oci": (UNKNOWN, UNKNOWN, NO, NO),
}


def can(found: Health) -> tuple[Support, ...]:
    return found.deletes, found.deletes_tags, found.referrers, found.catalog


def files(place: Place) -> dict[str, tuple[int, int]]:
    """Every file of the storage folder, with its size and when it changed."""
    if not isinstance(place.back, RegistryServer):
        return {}
    folder = place.back.storage
    found = {
        str(path.relative_to(folder)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found
    return found


async def looked_at(place: Place) -> Health:
    pair = place.connect(limits=replace(DEFAULT, backoff_seconds=0.001))
    try:
        return await pair.reader.health()
    finally:
        await pair.aclose()


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES.keys())
async def test_abilities_are_found_out_without_harm(mode: Mode, tmp_path: Path) -> None:
    with standing(mode, tmp_path) as place:
        place.back.push("team/app", "1.0")
        place.back.push("team/app", "both", platforms=("linux/amd64", "linux/arm64"))
        before = files(place)
        tags = place.back.tags("team/app")
        found = await looked_at(place)

        assert can(found) == CAN[mode.name]
        assert (found.reachable, found.api, found.versions) == (True, "v2", ("v2",))
        assert found.authenticated is (YES if mode.login else UNKNOWN)
        assert found.page_size == (1000 if mode.catalog else 0)
        assert place.back.tags("team/app") == tags
        assert files(place) == before
        if mode.catalog:
            assert found.protocol == "registry/2.0"
            assert not found.problem


async def test_a_server_that_is_down_can_be_told_nothing_of(tmp_path: Path) -> None:
    with standing(MODES["delete on"], tmp_path) as place:
        pass
    found = await looked_at(place)
    assert (found.reachable, found.api) == (False, "")
    assert can(found) == (UNKNOWN,) * 4
