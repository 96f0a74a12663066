"""Whoever reads German in Slack is answered in German; nobody waits long for that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.slack.api import Patience, client
from bot.slack.delivery import SlackMessenger
from tests.factories import FrozenClock
from tests.slack.fake_slack import BOT_TOKEN, DOWN, FakeSlack, refused

GRETA, ALICE = "U0GRETA", "U0ALICE"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    fake = FakeSlack()
    fake.add(ALICE, locale="en-GB")
    fake.add(GRETA, locale="de-DE")
    fake.add("U0FRANCO", locale="fr-FR")
    fake.add("U0NOWHERE")
    await fake.start()
    yield fake
    await fake.stop()


def messenger(slack: FakeSlack, clock: FrozenClock, usual: str) -> SlackMessenger:
    web = client(SecretStr(BOT_TOKEN), slack.api_url, Patience(retries=0))
    return SlackMessenger(web, clock, usual)


async def test_slacks_locale_is_the_language(slack: FakeSlack) -> None:
    english = messenger(slack, FrozenClock(), "en")
    assert await english.language(GRETA) == "de"
    assert await english.language(ALICE) == "en"
    assert {call["include_locale"] for call in slack.named("users.info")} == {"1"}


async def test_others_read_the_language_of_the_channels(slack: FakeSlack) -> None:
    german = messenger(slack, FrozenClock(), "de")
    assert await german.language("U0FRANCO") == "de"
    assert await german.language("U0NOWHERE") == "de"
    assert await german.language(ALICE) == "en"


async def test_a_language_is_asked_for_once_an_hour(slack: FakeSlack) -> None:
    clock = FrozenClock()
    english = messenger(slack, clock, "en")
    await english.language(GRETA)
    await english.language(GRETA)
    assert len(slack.named("users.info")) == 1
    clock.move(timedelta(hours=1))
    slack.users[GRETA]["locale"] = "en-US"
    assert await english.language(GRETA) == "en"


@pytest.mark.parametrize("fault", [DOWN, refused("user_not_found")])
async def test_a_language_that_slack_does_not_tell_is_the_usual_one(
    slack: FakeSlack, fault: object
) -> None:
    german = messenger(slack, FrozenClock(), "de")
    slack.fail("users.info", fault)  # type: ignore[arg-type]  # both are faults
    assert await german.language(ALICE) == "de"
    assert await german.language(ALICE) == "en"
