from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.errors import ConfigurationError
from bot.slack.assembly import connect
from tests.slack.fake_slack import BOT_TOKEN, FakeSlack
from tests.slack.sending import FixedClock


def test_without_a_bot_token_there_is_no_slack_side() -> None:
    with pytest.raises(ConfigurationError, match="SLACK_BOT_TOKEN") as caught:
        connect(Settings(), FixedClock())
    assert caught.value.hint


async def test_connecting_asks_slack_nothing(slack: FakeSlack) -> None:
    """The bot starts while Slack is away."""
    settings = Settings(
        slack_bot_token=SecretStr(BOT_TOKEN), slack_api_url=slack.api_url
    )
    side = connect(settings, FixedClock())
    assert slack.calls == []
    await side.workspace.check()
