"""The servers that a story is run against: one test for each `mode`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.live.modes import MODES, Mode, Place, standing

Places = Callable[[Mode], Place]


@pytest.fixture(params=MODES.values(), ids=MODES.keys())
def mode(request: pytest.FixtureRequest) -> Mode:
    """Each of them."""
    found: Mode = request.param
    return found


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """The servers, each started when it is first wanted; they end with the module."""
    with ExitStack() as stack:
        found: dict[str, Place] = {}

        def of(mode: Mode) -> Place:
            if mode.name not in found:
                folder = tmp_path_factory.mktemp("mode")
                found[mode.name] = stack.enter_context(standing(mode, folder))
            return found[mode.name]

        yield of


@pytest.fixture
def place(mode: Mode, places: Places) -> Place:
    """The server in this mode."""
    return places(mode)
