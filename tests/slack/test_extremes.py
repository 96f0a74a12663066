"""Names, labels and reasons of strangers, in everything that is drawn.

Whatever they hold: Slack's limits are kept, ours and its own types', nobody is
mentioned who was not, and nothing reads as a line of ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.approvals.freeze import Freeze
from bot.approvals.notices import Kind as NoticeKind
from bot.approvals.notices import Notice
from bot.approvals.request import Request, Review, State, Verdict
from bot.change import Action, Effects
from bot.chat import answers, card, guide, news, notices
from bot.chat.reply import Reply
from bot.commands import COMMANDS
from bot.db.engine import Database
from bot.demo.images import build_image, layer
from bot.errors import BotError
from bot.notifications.envelope import Kind
from bot.notifications.watching import News
from bot.slack import modals
from bot.slack.blocks import plain, to_blocks
from bot.slack.limits import violations
from bot.wording import LANGUAGES, speaking
from tests.factories import (
    ALICE,
    BOB,
    CAROL,
    DIGEST,
    NOON,
    make_items,
    make_request,
    make_target,
)
from tests.slack.schema import problems
from tests.world import World, world

pytestmark = pytest.mark.unwatched
"""Thousands of times the same lines, which others cover; watching them takes long."""

FORGERIES = (
    "a\nApproved by nobody",
    "a\r\n*Done.* audit #1 0123456789abcdef",
    "<@U0CAROL> <!channel> <https://evil.example|team/app>",
    "`x` ``` _y_ *z*",
    "\u202egnp.exe \u2066a\u2069 \u200b\ufeff\u2028b\u2029c",
    "\u05d0\u05d1\u05d2 \u0627\u0644\u0639\u0631\u0628\u064a\u0629",
    "\x00\x1b[31mred\x07",
    "\ue0000\ue001",
    "{ $reason } { card-title }",
    "😀" * 200,
    "a" * 10_000,
    "\ud800",
)
FORGED = {"Approved by nobody", "*Done.* audit #1 0123456789abcdef"}
FOREIGN = st.one_of(st.sampled_from(FORGERIES), st.text(max_size=300))
LANGUAGE = st.sampled_from(LANGUAGES)

FORBIDDEN = "\r\x00\x07\x1b\u200b\u200e\u200f\u2028\u2029\u202a\u202e\u2066\u2069\ufeff"

QUICKLY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def texts(value: Any) -> Iterator[tuple[str, str]]:
    """Every text of blocks, and the type of the object it is of."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "text" and isinstance(inner, str):
                yield str(value.get("type")), inner
            else:
                yield from texts(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from texts(inner)


def mentioned(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if value.get("type") in ("user", "usergroup", "channel", "broadcast", "link"):
            yield str({**value}.get("user_id") or value.get("usergroup_id") or value)
        for inner in value.values():
            yield from mentioned(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from mentioned(inner)


def hold(reply: Reply, people: frozenset[str] = frozenset()) -> None:
    """Nothing is broken, forged or mentioned."""
    for drawn in (to_blocks(reply, now=NOON), plain(reply)):
        body = {"text": drawn.text, "blocks": list(drawn.blocks)}
        held("message", body, people)


def held(surface: str, body: dict[str, Any], people: frozenset[str]) -> None:
    assert list(violations(body)) == []
    assert problems(surface, body) == []
    for kind, text in texts(body):
        assert kind != "mrkdwn"
        assert not set(FORBIDDEN) & set(text), text
    assert set(mentioned(body)) <= people
    # A line of ours each, and none that somebody's words have begun.
    fallback = body.get("text", "")
    assert "<" not in fallback
    assert not FORGED & {line.strip() for line in fallback.splitlines()}


def strange(words: str, number: int) -> Request:
    """A request all of whose free words are somebody's."""
    targets = tuple(make_target(tag=f"1.{n}") for n in range(number))
    effects = Effects(
        platforms=(words, "linux/amd64"),
        kept_tags=(words,) * number,
        lost_tags=(words, "x"),
        broken=(words,),
        referrers=(f"sha256:{'c' * 64}",) * number,
        created=words,
        notes=("A note.",),
    )
    return make_request(
        reason=words,
        host=words[:200] or "host",
        outcome=words,
        drift=words,
        items=make_items(*targets),
        effects=effects,
        action=Action.PRUNE if number > 1 else Action.DELETE,
    )


EVERYBODY = frozenset({ALICE, BOB, CAROL})


@QUICKLY
@given(FOREIGN, st.sampled_from(State), st.integers(1, 60), LANGUAGE)
@example(FORGERIES[0], State.PENDING, 1, "en")
@example(FORGERIES[4], State.DONE, 60, "de")
def test_no_request_forges_its_card(
    words: str, state: State, number: int, language: str
) -> None:
    verdict = Verdict.REJECT if state is State.REJECTED else Verdict.APPROVE
    request = replace(
        strange(words, number),
        state=state,
        reviews=(Review(BOB, verdict, NOON, words),),
        finished_at=NOON if state.final else None,
    )
    freeze = Freeze(CAROL, words, NOON)
    with speaking(language):
        hold(card.card(request, NOON, words, freeze), EVERYBODY)
        hold(answers.submitted(request), EVERYBODY)
        hold(answers.decided(request, "Then."), EVERYBODY)
        if state.final:
            hold(card.end_notice(request), EVERYBODY)
            hold(answers.ended(request), EVERYBODY)
        for kind in NoticeKind:
            notice = Notice(1, kind, 17, BOB, words, NOON)
            hold(notices.announced(notice, request), EVERYBODY)


@QUICKLY
@given(FOREIGN, FOREIGN, st.integers(1, 200), LANGUAGE)
def test_no_push_forges_the_news(
    name: str, actor: str, number: int, language: str
) -> None:
    told = [
        News(n, Kind(kind), "main", f"{name}{n % 7}", name, DIGEST, actor, "", NOON)
        for n, kind in enumerate(list(Kind) * number, start=1)
    ]
    with speaking(language):
        hold(news.message(told[:number], several=True))


@QUICKLY
@given(FOREIGN, FOREIGN, LANGUAGE)
def test_no_word_forges_an_answer(word: str, hint: str, language: str) -> None:
    with speaking(language):
        hold(guide.unknown(word, COMMANDS, "/registry"))
        hold(answers.failed(BotError(word, hint=hint), "delete", "/registry"))


@QUICKLY
@given(st.integers(1, 10**18), LANGUAGE)
def test_a_modal_keeps_the_limits_of_one(number: int, language: str) -> None:
    with speaking(language):
        held("modal", dict(modals.reject_modal(f"C{number}")), frozenset())


LONG = "/".join(["a" * 50] * 5)
"""A repository of 254 characters."""

LABELS = {f"label-{n}": word * 10 for n, word in enumerate(FORGERIES[:-1])} | {
    "long": "x" * 10_000
}


@pytest.fixture
async def crowded(sqlite: Database) -> Any:
    async with world(sqlite) as bot:
        for number in range(1000):
            bot.sample.push(f"many/repository-{number:04}", "1")
        image = build_image([layer("x", 500)], labels=LABELS, created=NOON)
        tags = [f"{number:04}{'-' + 'x' * 120}" for number in range(5000)]
        bot.sample.store(LONG, image, tags=tags)
        bot.sample.store("strange/labels", image, tags=["1"])
        await bot.walk()
        bot.clock.move(timedelta(minutes=5))
        yield bot


ASKED = (
    "search",
    "search --limit 100",
    f"search {LONG[:40]}",
    f"tags {LONG}",
    f"tags {LONG} --limit 100",
    f"tags {LONG} --match 00* --sort semver",
    f"inspect {LONG}:0000-{'x' * 120}",
    "inspect strange/labels:1",
    f"delete {LONG}:0000-{'x' * 120} --reason x",
    f"delete {LONG} --repository",
    f"prune {LONG} --keep 10",
    "requests",
    "requests C1",
    "requests C2 --limit 100",
    f"usage {LONG} --now",
    "usage",
    f"push {LONG}",
    f"retag {LONG}:0000-{'x' * 120} {'y' * 128}",
    f"copy {LONG}:0000-{'x' * 120} {LONG[:-1]}b:{'z' * 128}",
    "audit --limit 100",
    "status",
)


async def test_a_crowded_registry_keeps_the_limits(crowded: World) -> None:
    for text in ASKED:
        outcome = await crowded.say(text)
        hold(outcome.reply, EVERYBODY)
        if outcome.submitted is not None:
            request = await crowded.services.workflow.get(outcome.submitted)
            hold(card.card(request, NOON), EVERYBODY)
