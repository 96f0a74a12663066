"""Requests, reviews, expiry, cancel, freeze and undo in any order, against a model.

The machine knows nothing of how the bot works: it keeps the tags it expects in the
registry and what it did to each request, and after every step compares. The bot is
whole but for Slack: commands through `dispatch`, the workflow, the worker, the record,
and a sample registry.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from bot.approvals.request import NEXT, ItemState, State, Verdict
from bot.db import migrate
from bot.db.engine import Database
from bot.errors import BotError
from tests.factories import ALICE, BOB, CAROL, TEAM, make_settings
from tests.world import World, world

pytestmark = pytest.mark.unwatched
"""Thousands of times the same lines, which others cover; watching them takes long."""

REPOSITORY = "team/app"
TAGS = ("1.1", "1.2", "stable", "next")
CONTENTS = ("old", "new", "newer")
PEOPLE = (ALICE, BOB, CAROL)
APPROVERS = (BOB, CAROL)
ENDS = {
    ItemState.DONE: "executed",
    ItemState.FAILED: "failed",
    ItemState.VOIDED: "voided",
}


@dataclass
class Asked:
    """What the model remembers of a request."""

    number: int
    requester: str
    state: State
    decided: list[tuple[str, Verdict]] = field(default_factory=list)


class Changes(RuleBasedStateMachine):
    """Everything people can do to changes."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory()
        self.stack = AsyncExitStack()
        self.tags: dict[str, str] = {}
        self.asked: dict[int, Asked] = {}
        self.frozen = False
        self.bot: World

    def run(self, awaited: Any) -> Any:
        return self.runner.run(awaited)

    @initialize()
    def begin(self) -> None:
        self.bot = self.run(self._begin())
        for tag, content in zip(TAGS[:3], ("old", "new", "new"), strict=True):
            self.push(tag, content)

    async def _begin(self) -> World:
        url = f"sqlite+aiosqlite:///{Path(self.folder.name) / 'bot.db'}"
        await migrate.upgrade(url)
        database = Database(url)
        self.stack.push_async_callback(database.dispose)
        approvals = {"approvers": list(APPROVERS), "expires": "4h", "required": 1}
        return await self.stack.enter_async_context(
            world(database, make_settings(approvals=approvals))
        )

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    # -- what happens outside

    @rule(tag=st.sampled_from(TAGS), content=st.sampled_from(CONTENTS))
    def push(self, tag: str, content: str) -> None:
        """Somebody pushes."""
        self.tags[tag] = str(self.bot.sample.push(REPOSITORY, tag, content=content))

    @rule(tag=st.sampled_from(TAGS))
    def removed_by_hand(self, tag: str) -> None:
        """Somebody deletes with the registry's own tools."""
        self.bot.sample.remove(REPOSITORY, tag)
        self.tags.pop(tag, None)

    @rule(minutes=st.sampled_from((1, 90, 240)))
    def time_passes(self, minutes: int) -> None:
        """Requests nobody decided on end after four hours."""
        self.bot.clock.move(timedelta(minutes=minutes))
        self.run(self.bot.services.workflow.expire_due())
        for asked in self.asked.values():
            request = self.request(asked.number)
            if asked.state is State.PENDING and request.state is State.EXPIRED:
                assert self.bot.clock.now() >= request.expires_at
                asked.state = State.EXPIRED
            if request.state is State.PENDING:
                assert self.bot.clock.now() < request.expires_at

    # -- what people ask for

    @precondition(lambda self: self.tags)
    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def delete(self, data: st.DataObject, who: str) -> None:
        """Ask for a deletion."""
        tag = data.draw(st.sampled_from(sorted(self.tags)))
        self.ask(f"delete {REPOSITORY}:{tag}", who, State.PENDING)

    @precondition(lambda self: self.tags)
    @rule(data=st.data(), new=st.sampled_from(TAGS), who=st.sampled_from(PEOPLE))
    def retag(self, data: st.DataObject, new: str, who: str) -> None:
        """Ask for a second name."""
        tag = data.draw(st.sampled_from(sorted(self.tags)))
        state = State.PENDING if new in self.tags else State.APPROVED
        self.ask(f"retag {REPOSITORY}:{tag} {new}", who, state)

    @precondition(lambda self: self.standing(State.DONE))
    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def undo(self, data: st.DataObject, who: str) -> None:
        """Ask for everything to be put back; mostly what was done last."""
        self.ask(f"undo C{self.one_of(data, State.DONE)}", who, State.APPROVED)

    def standing(self, *states: State) -> list[int]:
        """The requests in these states, the newest first."""
        found = [each.number for each in self.asked.values() if each.state in states]
        return sorted(found, reverse=True)

    def one_of(self, data: st.DataObject, *states: State) -> int:
        """One of them."""
        return data.draw(st.sampled_from(self.standing(*states)))

    def ask(self, text: str, who: str, state: State) -> None:
        outcome = self.run(self.bot.say(text, actor=who))
        if outcome.submitted is None:
            return
        number: int = outcome.submitted
        assert number not in self.asked, "every request has a number of its own"
        assert self.request(number).state is state
        self.asked[number] = Asked(number, who, state)

    # -- what people decide

    @precondition(lambda self: self.standing(State.PENDING))
    @rule(data=st.data())
    def approve(self, data: st.DataObject) -> None:
        """Somebody who may agrees, if it has not expired."""
        number = self.one_of(data, State.PENDING)
        requester = self.asked[number].requester
        who = next(each for each in APPROVERS if each != requester)
        self.decided(number, who, Verdict.APPROVE)

    @precondition(lambda self: self.asked)
    @rule(
        data=st.data(),
        who=st.sampled_from(PEOPLE),
        verdict=st.sampled_from(tuple(Verdict)),
    )
    def decide(self, data: st.DataObject, who: str, verdict: Verdict) -> None:
        """Approve or reject, whoever may and whoever may not, whatever it is."""
        self.decided(self.one_of(data, *State), who, verdict)

    def decided(self, number: int, who: str, verdict: Verdict) -> None:
        asked = self.asked[number]
        allowed = (
            asked.state is State.PENDING
            and who in APPROVERS
            and who != asked.requester
            and not self.request(number).expired(self.bot.clock.now())
        )
        try:
            self.run(
                self.bot.services.workflow.decide(
                    number, actor=who, team=TEAM, verdict=verdict, reason="because"
                )
            )
        except BotError:
            assert not allowed
            if asked.state is State.PENDING:
                asked.state = self.request(number).state
                assert asked.state in (State.PENDING, State.EXPIRED)
            return
        assert allowed
        asked.decided.append((who, verdict))
        approves = verdict is Verdict.APPROVE
        asked.state = State.APPROVED if approves else State.REJECTED

    @precondition(lambda self: self.asked)
    @rule(data=st.data(), who=st.sampled_from(PEOPLE))
    def cancel(self, data: st.DataObject, who: str) -> None:
        """Withdraw, whoever may and whoever may not."""
        number = self.one_of(data, *State)
        asked = self.asked[number]
        try:
            self.run(self.bot.services.workflow.cancel(number, actor=who))
        except BotError:
            asked.state = self.request(number).state
            return
        assert asked.state is State.PENDING
        assert who == asked.requester
        asked.state = State.CANCELLED

    @precondition(lambda self: not self.frozen)
    @rule()
    def freeze(self) -> None:
        """Pull the cord."""
        assert self.run(self.bot.ask("freeze wait", actor=BOB)).ok
        self.frozen = True

    @precondition(lambda self: self.frozen)
    @rule()
    def unfreeze(self) -> None:
        """Let it go."""
        assert self.run(self.bot.ask("unfreeze", actor=CAROL)).ok
        self.frozen = False

    # -- what the worker does

    @precondition(lambda self: self.standing(State.APPROVED))
    @rule(data=st.data())
    def work(self, data: st.DataObject) -> None:
        """The worker is given what was approved."""
        self.executed(self.one_of(data, State.APPROVED))

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def work_again(self, data: st.DataObject) -> None:
        """The worker is given a number; any number, any number of times."""
        self.executed(self.one_of(data, *State))

    def executed(self, number: int) -> None:
        asked = self.asked[number]
        before = self.request(number)
        self.run(self.bot.worker.execute(number))
        after = self.request(number)
        if asked.state is not State.APPROVED or self.frozen:
            assert after.state is before.state
            return
        assert after.state in (State.DONE, State.VOIDED, State.FAILED)
        asked.state = after.state
        for item in after.items:
            assert item.state is self.end_of(after, item.target), item.outcome
            if item.state is ItemState.DONE:
                self.expect(after.action.removes, item.target, item.outcome)

    def end_of(self, request: Any, target: Any) -> ItemState:
        """How a tag's item has to end: done where nothing moved, and only there."""
        now = self.tags.get(target.tag, "")
        places = not request.action.removes or request.undoes
        if places and self.bot.sample.manifest(REPOSITORY, target.digest) is None:
            return ItemState.FAILED
        good = {target.digest, target.replaces if places else "", ""}
        return ItemState.DONE if now in good else ItemState.VOIDED

    def expect(self, removes: bool, target: Any, outcome: str) -> None:
        """What a done item has changed."""
        if not target.tag:
            return
        if removes:
            now = self.tags.pop(target.tag, "")
            assert now in (target.digest, ""), "only the approved digest goes"
        else:
            now = self.tags.get(target.tag, "")
            assert now in (target.digest, target.replaces, ""), outcome
            self.tags[target.tag] = target.digest

    # -- what always holds

    def request(self, number: int) -> Any:
        return self.run(self.bot.services.workflow.get(number))

    @invariant()
    def registry_is_as_expected(self) -> None:
        """No tag is gone, and none moved, that was not approved."""
        if not hasattr(self, "bot"):
            return
        found = {
            tag: str(self.bot.sample.digest(REPOSITORY, tag))
            for tag in self.bot.sample.tags(REPOSITORY)
        }
        assert found == self.tags

    @invariant()
    def states_are_as_expected(self) -> None:
        """No request is anywhere but where the model put it."""
        for asked in self.asked.values():
            assert self.request(asked.number).state is asked.state

    @invariant()
    def record_is_whole(self) -> None:
        """The chain holds; each item has one end, each decision one entry."""
        if not hasattr(self, "bot"):
            return
        entries = self.run(self._entries())
        assert self.run(self.bot.services.audit.verify()).ok
        said = Counter((entry.change, entry.action) for entry in entries)
        for asked in self.asked.values():
            request = self.request(asked.number)
            kind = request.action.value
            steps = {
                action.partition(".")[2]: count
                for (change, action), count in said.items()
                if change == request.id and action.startswith(f"{kind}.")
            }
            assert steps["requested"] == len(request.items)
            agreed = sum(verdict is Verdict.APPROVE for _, verdict in asked.decided)
            assert steps.get("approved", 0) == agreed * len(request.items)
            ended = Counter(
                ENDS[item.state]
                for item in request.items
                if item.state is not ItemState.PENDING
                and not (request.undoes and item.state is ItemState.DONE)
            )
            for name in ENDS.values():
                assert steps.get(name, 0) == ended[name]
        back = {
            change: count
            for (change, action), count in said.items()
            if action.endswith(".undone")
        }
        assert back == self._put_back()

    async def _entries(self) -> list[Any]:
        return [entry async for entry in self.bot.services.audit.entries()]

    def _put_back(self) -> dict[str, int]:
        """Items that undos have put back, by the change they belong to."""
        return Counter(
            f"C{request.undoes}"
            for asked in self.asked.values()
            if (request := self.request(asked.number)).undoes
            for item in request.items
            if item.state is ItemState.DONE
        )


def test_table_of_states_leads_nowhere_twice() -> None:
    """A final state stays final; the machine above relies on it."""
    for state, following in NEXT.items():
        assert state.final is (not following)
        assert state not in following


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
