"""The chat without Slack: who sees what, what a press does, what is waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.approvals.request import MessageRef, State
from bot.chat.reply import Button, Buttons, Press, Reply
from bot.clock import SystemClock
from bot.demo.chat import LocalMessenger, Shown
from bot.demo.session import APPROVER, REQUESTER, SampleChat, sample_chat
from bot.errors import NotFoundError, UnavailableError

TARGET = "team/app:1.3.9"


@pytest.fixture
async def sample() -> AsyncIterator[SampleChat]:
    async with sample_chat(clock=SystemClock(), show=lambda _: None) as made:
        yield made


def buttons(*labels: str) -> Reply:
    made = tuple(Button(label, Press.NEXT, f"search {label}") for label in labels)
    return Reply("", (Buttons(made),))


async def state(sample: SampleChat, number: int = 1) -> State:
    return (await sample.app.services.workflow.get(number)).state


# -- messages


async def test_messages_are_shown_as_they_appear_and_change() -> None:
    seen: list[Shown] = []
    messenger = LocalMessenger(seen.append)
    ref = await messenger.post("general", Reply("one", ()))
    await messenger.tell("U1", Reply("two", ()))
    assert await messenger.update(ref, Reply("three", ()))
    assert [(each.audience, each.reply.summary, each.edited) for each in seen] == [
        ("#general", "one", False),
        ("@U1", "two", False),
        ("#general", "three", True),
    ]
    assert [each.reply.summary for each in messenger.messages] == ["three", "two"]


async def test_a_message_of_an_earlier_process_is_not_taken_for_a_new_one() -> None:
    earlier = await LocalMessenger(lambda _: None).post("general", Reply("old", ()))
    messenger = LocalMessenger(lambda _: None)
    await messenger.post("general", Reply("new", ()))
    assert not await messenger.update(earlier, Reply("changed", ()))
    assert [each.reply.summary for each in messenger.messages] == ["new"]


async def test_what_is_in_slack_is_left_to_slack() -> None:
    messenger = LocalMessenger(lambda _: None, lambda user: user == "terminal:me")
    with pytest.raises(UnavailableError):
        await messenger.update(MessageRef("C0APPROVE", "1.0"), Reply("", ()))
    with pytest.raises(UnavailableError):
        await messenger.tell("U0ALICE", Reply("", ()))
    await messenger.tell("terminal:me", Reply("yours", ()))
    assert [each.reply.summary for each in messenger.messages] == ["yours"]


# -- buttons


def test_the_newest_button_of_a_name_is_found(sample: SampleChat) -> None:
    sample.messenger.put("#general", buttons("Next"))
    newest = Button("Next", Press.NEXT, "tags team/app --page 2")
    sample.messenger.put("#general", Reply("", (Buttons((newest,)),)))
    assert sample.chat.find_button("next") is newest


def test_a_button_somebody_else_was_shown_is_not_there(sample: SampleChat) -> None:
    sample.messenger.put(f"@{APPROVER}", buttons("Next"))
    with pytest.raises(NotFoundError):
        sample.chat.find_button("Next")
    sample.chat.as_person(APPROVER)
    assert sample.chat.find_button("Next").value == "search Next"


def test_a_button_that_is_not_there_says_which_are(sample: SampleChat) -> None:
    sample.messenger.put("#general", buttons("Next", "Previous"))
    sample.messenger.put("#general", buttons("Next"))
    with pytest.raises(NotFoundError) as missing:
        sample.chat.find_button("Frobnicate")
    assert missing.value.hint == "Buttons: Next, Previous."


async def test_next_says_the_command_it_stands_for(sample: SampleChat) -> None:
    first = await sample.chat.say("search --limit 5")
    second = await sample.chat.click("Next")
    assert second is not None
    assert second.ok
    assert second.data != first.data
    back = await sample.chat.click("Previous")
    assert back is not None
    assert back.data == first.data


# -- the main job


async def test_somebody_else_approves_and_the_tag_goes(sample: SampleChat) -> None:
    await sample.chat.say(f"delete {TARGET}")
    sample.chat.as_person(sample.approver)
    assert await sample.chat.click("Approve") is None
    await sample.chat.settle()
    assert await state(sample) is State.DONE
    assert "1.3.9" not in sample.registry.tags("team/app")
    assert "1.3" in sample.registry.tags("team/app")
    told = [m for m in sample.messenger.messages if m.audience == f"@{REQUESTER}"]
    assert "done" in told[-1].reply.summary


async def test_ones_own_press_is_refused_and_said_to_oneself(
    sample: SampleChat,
) -> None:
    await sample.chat.say(f"delete {TARGET}")
    refusal = await sample.chat.click("Approve")
    assert refusal is not None
    assert not refusal.ok
    assert "yourself" in refusal.summary
    assert sample.messenger.messages[-1].audience == f"@{REQUESTER}"
    assert await state(sample) is State.PENDING


async def test_reject_gives_the_reason(sample: SampleChat) -> None:
    await sample.chat.say(f"delete {TARGET}")
    sample.chat.as_person(sample.approver)
    await sample.chat.click("Reject", "still in use")
    await sample.chat.settle()
    request = await sample.app.services.workflow.get(1)
    assert request.state is State.REJECTED
    assert request.reviews[0].reason == "still in use"


async def test_the_requester_cancels(sample: SampleChat) -> None:
    await sample.chat.say(f"delete {TARGET}")
    assert await sample.chat.click("Cancel") is None
    assert await state(sample) is State.CANCELLED


async def test_a_decided_card_has_no_buttons_left(sample: SampleChat) -> None:
    await sample.chat.say(f"delete {TARGET}")
    await sample.chat.click("Cancel")
    with pytest.raises(NotFoundError):
        await sample.chat.click("Approve")


async def test_a_mistyped_command_is_answered(sample: SampleChat) -> None:
    reply = await sample.chat.say("serach app")
    assert not reply.ok
    assert "search" in reply.summary


# -- waiting


async def test_nothing_to_wait_for_is_waited_for_no_time(sample: SampleChat) -> None:
    await sample.chat.settle(0.5)
    await sample.chat.say(f"delete {TARGET}")
    # A request that waits for somebody is nothing the worker is busy with.
    await sample.chat.settle(0.5)


async def test_waiting_ends_while_the_registry_keeps_silent(
    sample: SampleChat,
) -> None:
    await sample.chat.say(f"delete {TARGET}")
    sample.chat.as_person(sample.approver)
    silence = sample.registry.faults.hold("GET")
    await sample.chat.click("Approve")
    await silence.arrived.wait()
    with pytest.raises(TimeoutError):
        await sample.chat.settle(0.1)
    silence.release()
    await sample.chat.settle()
    assert await state(sample) is State.DONE


# -- menus and filters


async def test_a_row_is_named_behind_what_is_done_with_it(sample: SampleChat) -> None:
    await sample.chat.say("tags team/app")
    answer = await sample.chat.click("Inspect 1.4.2")
    assert answer is not None
    assert "team/app:1.4.2" in answer.summary
    await sample.chat.say("tags team/app")
    ordered = await sample.chat.click("By name")
    assert ordered is not None
    filtered = await sample.chat.click("Filter…", "1.4.*")
    assert filtered is not None
    assert "matching “1.4.*”" in filtered.summary
