from __future__ import annotations

import logging

import pytest
from pydantic import SecretStr

from bot.approvals.decided import DecidedError
from bot.chat.reply import Heading, Reply
from bot.errors import BotError, RefusedError
from bot.slack.answers import Answers, refused
from bot.slack.api import Patience, client
from bot.slack.blocks import to_blocks
from bot.slack.delivery import SlackMessenger
from bot.slack.incoming import Origin
from tests.slack.fake_slack import (
    BOT_TOKEN,
    DOWN,
    RATE_LIMITED,
    FakeSlack,
    Fault,
    all_text,
)
from tests.slack.sending import NOW, FixedClock

REPLY = Reply("three tags", (Heading("three tags"),))
QUICK = Patience(retries=2, first=0.001, longest=1.0)
EXPIRED = Fault(404, {"ok": False, "error": "expired_url"})
USED = Fault(404, "used_url")


@pytest.fixture
def answers(slack: FakeSlack, clock: FixedClock) -> Answers:
    web = client(SecretStr(BOT_TOKEN), slack.api_url, QUICK)
    return Answers(SlackMessenger(web, clock), clock, QUICK)


@pytest.fixture
def origin(slack: FakeSlack) -> Origin:
    return Origin("U0ALICE", "T0HOME", "C0GENERAL", slack.response_url())


async def test_answer_goes_to_the_response_url_for_one_person(
    slack: FakeSlack, answers: Answers, origin: Origin
) -> None:
    await answers.send(origin, REPLY)
    ((_, sent),) = slack.responses
    assert sent["response_type"] == "ephemeral"
    assert sent["replace_original"] is False
    assert sent["text"] == "three tags"
    assert slack.calls == []


async def test_page_replaces_the_page_before(
    slack: FakeSlack, answers: Answers, origin: Origin
) -> None:
    await answers.send(origin, REPLY, replace=True)
    assert slack.responses[0][1]["replace_original"] is True


@pytest.mark.parametrize(
    "fault", [RATE_LIMITED, DOWN, Fault(drop=True)], ids=["429", "503", "reset"]
)
async def test_passing_fault_is_waited_out(
    slack: FakeSlack, answers: Answers, origin: Origin, fault: Fault
) -> None:
    if fault.drop:
        fault = Fault(500, "")
    slack.fail("response_url", fault, fault)
    await answers.send(origin, REPLY)
    assert len(slack.responses) == 1
    assert slack.calls == []


FAULTS = [
    [EXPIRED],
    [USED],
    [DOWN] * 3,
    [Fault(429, "", {"Retry-After": "3600"})],
    [Fault(403, "<html>")],
]


@pytest.mark.parametrize(
    "faults", FAULTS, ids=["expired", "used", "down", "limited", "forbidden"]
)
async def test_answer_takes_another_way_when_the_url_does_not_do(
    slack: FakeSlack, answers: Answers, origin: Origin, faults: list[Fault]
) -> None:
    slack.fail("response_url", *faults)
    await answers.send(origin, REPLY)
    (sent,) = slack.ephemerals
    assert (sent["channel"], sent["user"]) == ("C0GENERAL", "U0ALICE")
    assert sent["text"] == "three tags"


async def test_address_that_nobody_listens_on_takes_another_way(
    slack: FakeSlack, answers: Answers
) -> None:
    dead = Origin("U0ALICE", "T0HOME", "C0GENERAL", "http://127.0.0.1:9/response/x")
    await answers.send(dead, REPLY)
    assert len(slack.ephemerals) == 1


async def test_response_url_obeys_no_proxy(
    slack: FakeSlack,
    answers: Answers,
    origin: Origin,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    await answers.send(origin, REPLY)
    assert len(slack.responses) == 1


async def test_without_a_url_or_channel_the_answer_is_a_direct_message(
    slack: FakeSlack, answers: Answers
) -> None:
    await answers.send(Origin("U0ALICE", "T0HOME", ""), REPLY)
    assert slack.message_in("DU0ALICE")["text"] == "three tags"


async def test_lost_answer_is_in_the_log_without_the_url(
    slack: FakeSlack,
    answers: Answers,
    origin: Origin,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    slack.fail("response_url", EXPIRED)
    slack.fail("chat.postEphemeral", *[DOWN] * 3)
    slack.fail("conversations.open", *[DOWN] * 3)
    await answers.send(origin, REPLY)
    shown = caplog.text + capsys.readouterr().out
    assert "an answer did not arrive" in shown
    assert "/response/" not in shown


async def test_drawing_that_slack_refuses_is_sent_plain(
    slack: FakeSlack, answers: Answers, origin: Origin
) -> None:
    slack.fail("response_url", Fault(400, "invalid_blocks"))
    await answers.send(origin, REPLY)
    assert slack.responses[0][1]["blocks"][0]["type"] == "section"


def said(error: BotError) -> str:
    reply = refused(error)
    assert not reply.ok
    return all_text({"blocks": list(to_blocks(reply).blocks)})


def test_refusal_says_what_and_what_to_try() -> None:
    assert said(RefusedError("You <may> not", hint="Ask Bob")) == (
        "You <may> not.\nAsk Bob."
    )


FASTER = [
    (DecidedError("C1", how="approved"), "C1 was already approved."),
    (
        DecidedError("C1", how="approved", by="U0BOB", at=NOW),
        "C1 was already approved by U0BOB, .",
    ),
    (DecidedError("C1", how="rejected", by="U0BOB"), "already rejected by U0BOB."),
    (DecidedError("C1", how="expired", at=NOW), "C1 was already expired on 20"),
    (DecidedError("C1"), "C1 was changed by somebody else just now."),
]


@pytest.mark.parametrize(("error", "words"), FASTER)
def test_who_was_faster_is_mentioned(error: DecidedError, words: str) -> None:
    assert words in said(error)
