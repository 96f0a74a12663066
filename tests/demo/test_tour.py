"""The tour says only what is so, and says so when it is not."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable

import pytest
from rich.console import Console

from bot.clock import SystemClock
from bot.demo.console import printer
from bot.demo.registry import SampleRegistry
from bot.demo.session import SampleChat, sample_chat
from bot.demo.tour import REPOSITORY, TAG, Tour


@pytest.fixture
def screen() -> Console:
    return Console(file=io.StringIO(), width=100)


@pytest.fixture
async def sample(screen: Console) -> AsyncIterator[SampleChat]:
    clock = SystemClock()
    async with sample_chat(clock=clock, show=printer(screen, clock)) as made:
        yield made


def tour(sample: SampleChat, screen: Console, patience: float = 20) -> Tour:
    services = sample.app.services
    return Tour(
        sample.chat, services, screen, sample.requester, sample.approver, patience
    )


def text(screen: Console) -> str:
    assert isinstance(screen.file, io.StringIO)
    return screen.file.getvalue()


def tagged(registry: SampleRegistry) -> dict[str, str]:
    """What every tag of the tour's repository names."""
    tags = registry.tags(REPOSITORY)
    return {tag: str(registry.digest(REPOSITORY, tag)) for tag in tags}


def broken(screen: Console) -> list[str]:
    """The claims that did not hold."""
    return [each[2:] for each in text(screen).splitlines() if each.startswith("✗")]


async def test_every_claim_of_the_tour_holds(
    sample: SampleChat, screen: Console
) -> None:
    before = tagged(sample.registry)
    assert await tour(sample, screen).play()
    assert broken(screen) == []
    assert text(screen).count("✓") == 7
    # The deletion was done, and taken back.
    assert tagged(sample.registry) == before


async def test_a_registry_that_does_not_delete_ends_the_tour(
    sample: SampleChat, screen: Console
) -> None:
    sample.registry.become(delete_enabled=False)
    assert not await tour(sample, screen).play()
    assert broken(screen) == [f"{REPOSITORY}:{TAG} is gone", "the change is done"]


def _move_a_sibling(registry: SampleRegistry) -> None:
    registry.push(REPOSITORY, "1.3", content="somebody else's")


def _remove_a_sibling(registry: SampleRegistry) -> None:
    registry.remove(REPOSITORY, "1.4.1")


@pytest.mark.parametrize("meanwhile", [_move_a_sibling, _remove_a_sibling])
async def test_a_sibling_that_changed_ends_the_tour(
    sample: SampleChat, screen: Console, meanwhile: Callable[[SampleRegistry], None]
) -> None:
    sample.registry.faults.before(
        lambda: meanwhile(sample.registry), "PUT", f"{REPOSITORY}/manifests/"
    )
    assert not await tour(sample, screen).play()
    assert broken(screen) == ["every other tag names the digest it named before"]


async def test_a_tag_that_is_not_there_ends_the_tour(
    sample: SampleChat, screen: Console
) -> None:
    sample.registry.remove(REPOSITORY, TAG)
    assert not await tour(sample, screen).play()
    assert broken(screen) == ["the deletion can be asked for"]


async def test_a_change_that_takes_too_long_ends_the_tour(
    sample: SampleChat, screen: Console
) -> None:
    silence = sample.registry.faults.hold("PUT")
    assert not await tour(sample, screen, patience=0.2).play()
    assert broken(screen) == ["the change ends in time"]
    silence.release()


async def test_a_press_of_ones_own_that_was_not_refused_ends_the_tour(
    sample: SampleChat, screen: Console
) -> None:
    services = sample.app.services
    alone = Tour(
        sample.chat, services, screen, requester="UBOB", approver=sample.approver
    )
    # Bob presses where Alice should have: he may.
    assert not await alone.play()
    assert "her own press was refused" in broken(screen)
