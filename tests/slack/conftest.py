from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.slack.fake_slack import FakeSlack
from tests.slack.sending import FixedClock


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A Slack with three members; nothing it was sent may break its limits."""
    fake = FakeSlack()
    fake.add("U0ALICE", "U0BOB", "U0CAROL")
    await fake.start()
    yield fake
    await fake.stop()
    assert fake.violations == []


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()
