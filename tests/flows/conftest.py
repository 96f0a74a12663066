from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.flows.world import ALICE, BOB, CAROL, GUEST, World, running
from tests.slack.fake_slack import FakeSlack


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A Slack with members and a guest; nothing it was sent may break its limits."""
    fake = FakeSlack()
    fake.add(ALICE, BOB, CAROL)
    fake.add(GUEST, is_restricted=True)
    fake.groups["S0APPR"] = ["U0ERIN"]
    fake.add("U0ERIN")
    await fake.start()
    yield fake
    await fake.stop()
    assert fake.violations == []


@pytest.fixture
async def world(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[World]:
    async with running(tmp_path, slack) as made:
        yield made
