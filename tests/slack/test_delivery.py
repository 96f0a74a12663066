from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.approvals.request import MessageRef
from bot.chat.reply import Button, Buttons, Heading, Paragraph, Press, Reply, line
from bot.errors import ConflictError, UnavailableError
from bot.slack import limits
from bot.slack.api import LONGEST_WAIT, Patience, SlackRefused, client
from bot.slack.delivery import SlackMessenger
from tests.slack.fake_slack import (
    BOT_TOKEN,
    DOWN,
    FakeSlack,
    Fault,
    buttons_of,
    refused,
)
from tests.slack.sending import FixedClock

CARD = Reply(
    "C1: delete <x>",
    (Heading("C1"), Buttons((Button("Approve", Press.APPROVE, "C1"),))),
)
DONE = Reply("C1: done", (Heading("done"),))


@pytest.fixture
def messenger(slack: FakeSlack, clock: FixedClock) -> SlackMessenger:
    patience = Patience(retries=2, first=0.001, longest=1.0)
    return SlackMessenger(client(SecretStr(BOT_TOKEN), slack.api_url, patience), clock)


async def test_post_says_where_the_message_is(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    where = await messenger.post("C0APPROVE", CARD)
    sent = slack.messages[where.channel, where.ts]
    assert where.channel == "C0APPROVE"
    assert sent["text"] == "C1: delete &lt;x&gt;"
    assert sent["parse"] == "none"
    assert sent["mrkdwn"] is False
    assert "Approve" in buttons_of(sent)


async def test_update_replaces_words_and_buttons(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    where = await messenger.post("C0APPROVE", CARD)
    assert await messenger.update(where, DONE)
    assert buttons_of(slack.message_in("C0APPROVE")) == {}


async def test_update_of_a_message_deleted_by_hand_is_false(
    messenger: SlackMessenger,
) -> None:
    assert not await messenger.update(MessageRef("C0APPROVE", "1.0"), DONE)


async def test_update_that_fails_otherwise_is_unavailable(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    where = await messenger.post("C0APPROVE", CARD)
    slack.fail("chat.update", refused("channel_not_found"))
    with pytest.raises(UnavailableError):
        await messenger.update(where, DONE)


async def test_post_while_slack_is_down_is_unavailable(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    slack.fail("chat.postMessage", DOWN, DOWN, DOWN)
    with pytest.raises(UnavailableError):
        await messenger.post("C0APPROVE", CARD)


async def test_nobody_is_asked_again_before_the_time_slack_names(
    slack: FakeSlack, messenger: SlackMessenger, clock: FixedClock
) -> None:
    """Longer than a call waits for by itself: what is limited comes later."""
    wait = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "90"})
    slack.fail("chat.postMessage", wait)
    for _ in range(3):
        with pytest.raises(SlackRefused) as caught:
            await messenger.post("C0APPROVE", CARD)
        assert caught.value.code == "ratelimited"
    assert len(slack.named("chat.postMessage")) == 1
    await messenger.whisper("C0APPROVE", "U0ALICE", DONE)
    clock.at += timedelta(seconds=89)
    with pytest.raises(SlackRefused):
        await messenger.post("C0APPROVE", CARD)
    clock.at += timedelta(seconds=1)
    await messenger.post("C0APPROVE", CARD)
    assert len(slack.named("chat.postMessage")) == 2


@pytest.mark.parametrize("said", ["soon", "99999999"])
async def test_a_limit_that_says_nothing_sensible_ends_all_the_same(
    slack: FakeSlack, messenger: SlackMessenger, clock: FixedClock, said: str
) -> None:
    limited = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": said})
    slack.fail("chat.postMessage", limited)
    with pytest.raises(SlackRefused):
        await messenger.post("C0APPROVE", CARD)
    clock.at += timedelta(seconds=LONGEST_WAIT)
    await messenger.post("C0APPROVE", CARD)


async def test_tell_opens_a_conversation(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    await messenger.tell("U0ALICE", DONE)
    assert slack.message_in("DU0ALICE")["text"] == "C1: done"


async def test_nobody_is_told_who_has_left(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    await messenger.tell("U0GONE", DONE)
    assert slack.messages == {}


async def test_tell_without_the_scope_is_unavailable(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    slack.fail("conversations.open", refused("missing_scope", needed="im:write"))
    with pytest.raises(UnavailableError) as caught:
        await messenger.tell("U0ALICE", DONE)
    assert "im:write" in caught.value.hint


async def test_whisper_is_seen_by_one_person(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    await messenger.whisper("C0APPROVE", "U0ALICE", DONE)
    (sent,) = slack.ephemerals
    assert (sent["channel"], sent["user"]) == ("C0APPROVE", "U0ALICE")
    assert slack.messages == {}


@pytest.mark.parametrize("channel", ["", "C0APPROVE"])
async def test_whisper_goes_direct_where_the_channel_does_not_do(
    slack: FakeSlack, messenger: SlackMessenger, channel: str
) -> None:
    slack.fail("chat.postEphemeral", refused("user_not_in_channel"))
    await messenger.whisper(channel, "U0ALICE", DONE)
    assert slack.message_in("DU0ALICE")["text"] == "C1: done"


async def test_drawing_that_breaks_a_limit_is_sent_plain(
    slack: FakeSlack, messenger: SlackMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if Slack had lowered a limit since: the message arrives nevertheless."""
    monkeypatch.setattr(limits, "_STYLED", frozenset())
    where = await messenger.post("C0APPROVE", Reply("words", (Paragraph(line("x")),)))
    (block,) = slack.messages[where.channel, where.ts]["blocks"]
    assert block["type"] == "section"


@pytest.mark.parametrize("code", ["invalid_blocks", "msg_blocks_too_long"])
async def test_drawing_that_slack_refuses_is_sent_plain(
    slack: FakeSlack, messenger: SlackMessenger, code: str
) -> None:
    slack.fail("chat.postMessage", refused(code))
    where = await messenger.post("C0APPROVE", CARD)
    blocks = slack.messages[where.channel, where.ts]["blocks"]
    assert [block["type"] for block in blocks] == ["section", "actions"]


async def test_a_home_is_put_over_what_it_was_published_over(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    first = await messenger.publish("U0ALICE", DONE, "")
    second = await messenger.publish("U0ALICE", CARD, first)
    assert slack.homes["U0ALICE"]["hash"] == second != first
    with pytest.raises(ConflictError):
        await messenger.publish("U0ALICE", DONE, first)
    assert slack.homes["U0ALICE"]["hash"] == second


@pytest.mark.parametrize("code", ["not_enabled", "user_not_found"])
async def test_a_home_that_cannot_be_is_not_tried_again(
    slack: FakeSlack, messenger: SlackMessenger, code: str
) -> None:
    slack.fail("views.publish", refused(code))
    assert await messenger.publish("U0ALICE", DONE, "") == ""


async def test_a_home_while_slack_is_down_is_unavailable(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    slack.fail("views.publish", DOWN, DOWN, DOWN)
    with pytest.raises(UnavailableError):
        await messenger.publish("U0ALICE", DONE, "")


async def test_a_home_beyond_the_limits_is_published_plain(
    slack: FakeSlack, messenger: SlackMessenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.slack.delivery.violations", lambda _view: ("too long",))
    await messenger.publish("U0ALICE", CARD, "")
    (block,) = slack.homes["U0ALICE"]["blocks"]
    assert block["text"]["text"] == CARD.summary


async def test_what_cannot_be_said_there_is_told_directly(
    slack: FakeSlack, messenger: SlackMessenger
) -> None:
    slack.fail("chat.postMessage", refused("channel_not_found"))
    await messenger.say("D0OTHER", "U0ALICE", DONE, "1.0")
    assert slack.message_in("DU0ALICE")["text"] == DONE.summary
