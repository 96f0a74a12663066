"""Values for tests, and the outside world as they need it: time, people, Slack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.approvals.people import Member
from bot.approvals.request import Item, MessageRef, Request, State, Terms
from bot.change import Action, Change, Effects, Target
from bot.chat.reply import Reply
from bot.config import Settings
from bot.errors import ClosedError, ConflictError, UnavailableError
from bot.wording import ENGLISH

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DIGEST = "sha256:" + "a" * 64
OTHER_DIGEST = "sha256:" + "b" * 64

ALICE, BOB, CAROL, MALLORY = "U0ALICE", "U0BOB", "U0CAROL", "U0MALLORY"
APPROVERS = "S0APPROVERS"
TEAM = "T0HOME"
CHANNEL = "C0HERE"


class FrozenClock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by


class FakePeople:
    """A workspace: everybody is a full member, unless said otherwise."""

    def __init__(
        self,
        *,
        groups: Mapping[str, frozenset[str]] | None = None,
        why_not: Mapping[str, str] | None = None,
    ) -> None:
        self.groups = dict(groups or {})
        self.why_not = dict(why_not or {})
        self.down = False
        self.asked = 0

    async def member(self, user_id: str, team: str) -> Member:
        self._answer()
        why_not = self.why_not.get(user_id, "")
        if team != TEAM:
            why_not = "from another workspace"
        return Member(user_id, full=not why_not, why_not=why_not)

    async def in_group(self, user_id: str, group_id: str) -> bool:
        self._answer()
        return user_id in self.groups.get(group_id, frozenset())

    def _answer(self) -> None:
        self.asked += 1
        if self.down:
            raise UnavailableError("Slack does not answer", hint="Try again later.")


@dataclass
class FakeMessenger:
    """Slack's messages, with its bad days."""

    posts: list[tuple[str, Reply]] = field(default_factory=list)
    shown: dict[MessageRef, Reply] = field(default_factory=dict)
    told: list[tuple[str, Reply]] = field(default_factory=list)
    direct: dict[MessageRef, Reply] = field(default_factory=dict)
    down: bool = False
    closed_channels: set[str] = field(default_factory=set)
    languages: dict[str, str] = field(default_factory=dict)
    homes: list[tuple[str, Reply]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)

    async def publish(self, user_id: str, reply: Reply, known: str) -> str:
        if self.down:
            raise UnavailableError("Slack does not answer")
        if known and known != self.marks.get(user_id):
            raise ConflictError("It shows something else")
        self.homes.append((user_id, reply))
        self.marks[user_id] = f"h{len(self.homes)}"
        return self.marks[user_id]

    async def language(self, user_id: str) -> str:
        return self.languages.get(user_id, ENGLISH)

    async def post(self, channel: str, reply: Reply) -> MessageRef:
        if self.down:
            raise UnavailableError("Slack does not answer")
        if channel in self.closed_channels:
            raise ClosedError("Slack refused a call (not_in_channel)")
        self.posts.append((channel, reply))
        ref = MessageRef(channel, f"{len(self.posts)}.000")
        self.shown[ref] = reply
        return ref

    async def update(self, message: MessageRef, reply: Reply) -> bool:
        if self.down:
            raise UnavailableError("Slack does not answer")
        place = self.shown if message in self.shown else self.direct
        if message not in place:
            return False
        place[message] = reply
        return True

    async def tell(self, user_id: str, reply: Reply) -> MessageRef:
        if self.down:
            raise UnavailableError("Slack does not answer")
        self.told.append((user_id, reply))
        ref = MessageRef(f"D{user_id}", f"{len(self.told)}.000")
        self.direct[ref] = reply
        return ref


def make_settings(**sections: Any) -> Settings:
    """Settings with one approver, changed section by section."""
    values: dict[str, Any] = {"approvals": {"approvers": [BOB]}, **sections}
    return Settings(**values)


def make_target(
    repository: str = "team/app", tag: str = "1.2", **values: Any
) -> Target:
    given = {"registry": "main", "digest": DIGEST, **values}
    return Target(repository=repository, tag=tag, **given)


def make_change(*targets: Target, **values: Any) -> Change:
    given: dict[str, Any] = {
        "action": Action.DELETE,
        "effects": Effects(),
        "host": "docker.example.com",
        "reason": "",
        **values,
    }
    return Change(targets=targets or (make_target(),), **given)


def make_items(*targets: Target) -> tuple[Item, ...]:
    return tuple(
        Item(position, target, nonce=f"{position:032x}")
        for position, target in enumerate(targets or (make_target(),), start=1)
    )


def make_request(**values: Any) -> Request:
    """C17: Alice asks, Bob may approve."""
    request = Request(
        number=17,
        action=Action.DELETE,
        state=State.PENDING,
        requester=ALICE,
        team=TEAM,
        channel=CHANNEL,
        host="docker.example.com",
        reason="",
        effects=Effects(),
        terms=Terms("approvals", 1, (BOB,), False),
        items=make_items(),
        reviews=(),
        created_at=NOON,
        expires_at=NOON + timedelta(hours=24),
        finished_at=None,
        attempt=0,
        revision=1,
        outcome="",
        card=None,
    )
    return replace(request, **values)
