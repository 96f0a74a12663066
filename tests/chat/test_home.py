from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.approvals.freeze import Freeze
from bot.approvals.overview import Standing
from bot.approvals.request import Request, State
from bot.catalog.entry import Freshness
from bot.catalog.health.known import Remembered
from bot.catalog.space import Weight, Weights
from bot.chat.home import MAX_REGISTRIES, MOST, Facts, KnownRegistry, closed, home
from bot.chat.reply import Buttons, Heading, Reply
from bot.registry.client import Health, Support
from bot.slack.home import home_view, plain_home
from bot.slack.limits import VIEW_BLOCKS, violations
from bot.wording import LANGUAGES, speaking
from tests.factories import (
    ALICE,
    BOB,
    NOON,
    make_change,
    make_items,
    make_request,
    make_target,
)
from tests.slack.fake_slack import all_text
from tests.world import words

AGO = NOON - timedelta(minutes=5)
FRESH = Freshness("main", 1204, AGO, AGO)


def health(problem: str = "") -> Health:
    return Health(
        registry="main",
        host="docker.example.com",
        reachable=True,
        authenticated=Support.YES,
        api="v2",
        deletes=Support.YES,
        catalog=Support.YES,
        problem=problem,
    )


def registry(**over: Any) -> KnownRegistry:
    known = KnownRegistry(
        "main", "docker.example.com", FRESH, Remembered(health(), AGO)
    )
    return replace(known, **over)


def facts(**over: Any) -> Facts:
    given: dict[str, Any] = {
        "person": BOB,
        "slash": "/registry",
        "now": NOON,
        "standing": Standing(),
        "frozen": None,
        "registries": (registry(),),
        "largest": Weights((), NOON),
        **over,
    }
    return Facts(**given)


def labels(reply: Reply) -> list[tuple[str, str]]:
    return [
        (button.label, button.value)
        for part in reply.parts
        if isinstance(part, Buttons)
        for button in part.buttons
    ]


def said(**over: Any) -> str:
    return words(home(facts(**over)))


def test_what_waits_has_its_buttons_below_it() -> None:
    one = make_request(reason="cleanup")
    several = make_request(
        number=18, items=make_items(make_target(tag="1"), make_target(tag="2"))
    )
    reply = home(facts(standing=Standing((one, several))))
    assert labels(reply) == [
        ("Approve", "C17"),
        ("Reject", "C17"),
        ("Approve", "C18"),
        ("Reject", "C18"),
        ("Show all", "requests C18"),
    ]
    assert reply.summary == "2 requests wait for your decision."
    assert "Reason:  cleanup" in words(reply) or "cleanup" in words(reply)
    assert "No reason given" in words(reply)
    view = home_view(reply, now=NOON)
    kinds = [block["type"] for block in view["blocks"]]
    assert kinds.index("actions") < kinds.index("header", 1)


def test_what_moved_since_is_said_where_it_is_decided() -> None:
    moved = make_request(drift="team/app:1.2 names another digest by now")
    assert "It has moved since" in said(standing=Standing((moved,)))


def test_what_is_not_shown_is_counted() -> None:
    text = said(standing=Standing((make_request(),), more=1))
    assert "One more waits for you" in text
    assert "/registry requests" in text
    assert "12 more wait" in said(standing=Standing((make_request(),), more=12))


def test_nothing_is_offered_where_it_is_not_known_who_may() -> None:
    reply = home(facts(standing=Standing(unresolved=True)))
    assert labels(reply) == []
    assert "cannot be found out now" in words(reply)


def test_ones_own_can_be_withdrawn_while_they_wait() -> None:
    own = Standing(
        asked=(
            make_request(),
            make_request(number=16, state=State.DONE, finished_at=AGO),
            make_request(number=15, expires_at=AGO),
        )
    )
    reply = home(facts(standing=own))
    assert labels(reply) == [("Cancel", "C17")]
    assert "C16 : delete team/app:1.2: done" in words(reply)
    assert "C15 : delete team/app:1.2: expired" in words(reply)


def test_recent_changes_name_who_asked() -> None:
    done = make_request(state=State.DONE, finished_at=AGO)
    text = said(standing=Standing(done=(done,)))
    assert ALICE in text
    assert "/registry audit" in text


def test_a_freeze_comes_first() -> None:
    reply = home(facts(frozen=Freeze(ALICE, "moving house", AGO)))
    assert not isinstance(reply.parts[0], Heading)
    assert "moving house" in words(Reply("", reply.parts[:1]))


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        (registry(), "✓ well"),
        (registry(health=None), "✓ well"),
        (registry(fresh=Freshness("main"), health=None), "? not looked at yet"),
        (registry(fresh=replace(FRESH, problem="No answer.")), "✗ No answer;"),
        (registry(health=Remembered(health("Refuses us"), AGO)), "✗ Refuses us;"),
    ],
)
def test_how_a_registry_was_last_seen(known: KnownRegistry, wanted: str) -> None:
    text = said(registries=(known,))
    assert wanted in text
    assert ("Last seen" in text) is ("not looked at" not in text)
    assert "/registry status" in text


def test_many_registries_are_counted() -> None:
    many = tuple(registry(name=f"r{number}") for number in range(MAX_REGISTRIES + 2))
    text = said(registries=many)
    assert f"r{MAX_REGISTRIES - 1}" in text
    assert f"r{MAX_REGISTRIES} " not in text
    assert "2 more: " in text


@pytest.mark.parametrize(
    ("largest", "wanted"),
    [
        (None, "being counted"),
        (Weights((), NOON), "No repository was read yet"),
        (Weights((Weight("main", "team/app", 29_500_000),), AGO), "29.5 MB"),
    ],
)
def test_the_largest_repositories(largest: Weights | None, wanted: str) -> None:
    assert wanted in said(largest=largest)


def test_the_registry_is_named_where_there_are_several() -> None:
    rows = Weights((Weight("spare", "team/app", 1),), NOON)
    assert "spare" not in said(largest=rows)
    assert "spare" in said(largest=rows, registries=(registry(), registry(name="x")))


def test_a_closed_home_says_why() -> None:
    reply = closed("You may not use this command: you are a guest", "Ask somebody")
    assert words(reply).splitlines() == [
        "You may not use this command: you are a guest.",
        "Ask somebody",
    ]
    assert len(closed("No", "").parts) == 1
    assert violations(home_view(reply)) == ()


NASTY = st.text(max_size=400) | st.sampled_from(
    [
        "<!channel> deploy",
        "x` <https://evil.example|Approve here>",
        "a\u202eb\u200bc",
        "line\nC99: approved",
        "x" * 3000,
    ]
)
NAMES = st.from_regex(r"[a-z0-9]{1,80}(/[a-z0-9]{1,80}){0,2}", fullmatch=True)


@st.composite
def requests(draw: st.DrawFn) -> Request:
    targets = tuple(
        make_target(draw(NAMES), draw(st.text("abc.123", min_size=1, max_size=128)))
        for _ in range(draw(st.integers(1, 3)))
    )
    return make_request(
        number=draw(st.integers(1, 10**9)),
        state=draw(st.sampled_from(list(State))),
        reason=draw(NASTY),
        drift=draw(NASTY),
        items=make_items(*targets),
        host=draw(st.sampled_from(["docker.example.com", "h" * 250])),
    )


MANY = st.lists(requests(), max_size=3).map(tuple)


@settings(max_examples=30, deadline=None)
@given(
    standing=st.builds(
        Standing, MANY, st.integers(0, 10**6), st.booleans(), MANY, MANY
    ),
    reason=NASTY,
    problem=NASTY,
    rows=st.lists(
        st.builds(Weight, st.just("main"), NAMES, st.integers(0, 10**18)), max_size=8
    ).map(tuple),
    count=st.integers(1, 40),
    language=st.sampled_from(LANGUAGES),
)
def test_every_home_keeps_slacks_limits_and_nothing_is_forged(
    standing: Standing,
    reason: str,
    problem: str,
    rows: tuple[Weight, ...],
    count: int,
    language: str,
) -> None:
    with speaking(language):
        reply = home(
            facts(
                standing=standing,
                frozen=Freeze(ALICE, reason, AGO),
                registries=(registry(fresh=replace(FRESH, problem=problem)),) * count,
                largest=Weights(rows, AGO),
            )
        )
        view = home_view(reply, now=NOON)
    assert violations(view) == ()
    assert violations(plain_home(reply)) == ()
    assert len(view["blocks"]) <= VIEW_BLOCKS
    text = all_text(view)
    assert "\u202e" not in text
    assert not any(line.startswith("C99: approved") for line in text.splitlines())
    values = {value for _, value in labels(reply)}
    ids = {request.id for request in (*standing.to_decide, *standing.asked)}
    assert {value.removeprefix("requests ") for value in values} <= ids


def test_a_full_home_fits() -> None:
    many = tuple(
        make_request(
            number=number,
            reason="r" * 3000,
            drift="d" * 3000,
            items=make_items(make_target(), make_target(tag="2")),
        )
        for number in range(1, MOST + 1)
    )
    reply = home(
        facts(
            standing=Standing(many, 5, asked=many, done=many),
            registries=(registry(),) * 30,
            largest=Weights((Weight("main", "x" * 255, 10**15),) * 8, NOON),
        )
    )
    view = home_view(reply, now=NOON)
    assert "More than fits" not in all_text(view)
    assert make_change().action.value in all_text(view)
