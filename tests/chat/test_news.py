from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.chat.news import MAX_LINES, MAX_NAME, MAX_REPOSITORIES, message
from bot.chat.reply import Reply
from bot.demo.terminal import draw
from bot.notifications.envelope import Kind
from bot.notifications.watching import News
from bot.slack.blocks import to_blocks
from bot.slack.limits import violations
from tests.factories import DIGEST, NOON

PUSH = News(
    number=1,
    kind=Kind.PUSHED,
    registry="main",
    repository="team/app",
    tag="1.2",
    digest=DIGEST,
    actor="ci",
    change="",
    at=NOON,
)
GONE = replace(PUSH, kind=Kind.DELETED, digest="")


def said(*news: News, several: bool = False) -> str:
    """What a terminal shows of it."""
    return " ".join(drawn(message(news, several=several)).split())


def drawn(reply: Reply) -> str:
    out = Console(file=io.StringIO(), width=400)
    out.print(draw(reply, now=NOON))
    assert isinstance(out.file, io.StringIO)
    return out.file.getvalue()


def many(count: int, **values: Any) -> list[News]:
    return [replace(PUSH, tag=f"t{number}", **values) for number in range(count)]


def test_push_says_what_who_and_which_digest() -> None:
    assert said(PUSH).startswith(
        "team/app:1.2 was pushed by ci and names sha256:aaaaaaaaaaaa now, "
    )
    assert message([PUSH], several=False).summary == "1 push in team/app."


def test_foreign_deletion_is_called_that_first() -> None:
    assert said(GONE).startswith("Deleted outside registry-bot: team/app:1.2 by ci, ")
    assert message([GONE], several=False).summary == (
        "1 deletion outside registry-bot in team/app."
    )


def test_deed_of_a_change_names_it_and_no_account() -> None:
    assert said(replace(GONE, change="C17")).startswith(
        "team/app:1.2 was deleted by C17, "
    )
    assert said(replace(PUSH, change="C17")).startswith(
        "team/app:1.2 was pushed by C17 and names"
    )
    assert message([replace(GONE, change="C17")], several=False).summary == (
        "1 deletion in team/app."
    )


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"tag": "", "digest": DIGEST}, "team/app@sha256:aaaaaaaaaaaa"),
        ({"tag": "", "digest": ""}, "team/app"),
    ],
)
def test_manifest_or_whole_repository(values: dict[str, str], name: str) -> None:
    assert said(replace(GONE, **values)).startswith(
        f"Deleted outside registry-bot: {name} by ci, "
    )


def test_account_may_be_unknown_or_long() -> None:
    assert said(replace(GONE, actor="")).startswith(
        "Deleted outside registry-bot: team/app:1.2, "
    )
    long = said(replace(PUSH, actor="x" * 1000))
    assert "x" * (MAX_NAME - 1) in long
    assert "x" * (MAX_NAME + 1) not in long


def test_registry_is_named_where_there_are_several() -> None:
    assert " in main, " in said(PUSH, several=True)
    assert " in main" not in said(PUSH)
    assert "in main: 6 pushes" in said(*many(MAX_LINES + 1), several=True)


def test_few_are_told_one_by_one_and_in_order() -> None:
    text = said(*many(MAX_LINES - 1), GONE)
    places = [text.index(f"team/app:t{number}") for number in range(MAX_LINES - 1)]
    assert places == sorted(places)
    assert places[-1] < text.index("Deleted outside registry-bot: team/app:1.2")


def test_many_are_counted_and_what_went_around_us_is_first() -> None:
    news = [*many(40), *many(2, repository="team/web"), GONE]
    news += [replace(GONE, repository="base/os"), replace(GONE, change="C1")]
    reply = message(news, several=False)
    assert reply.summary == (
        "42 pushes, 1 deletion, 2 deletions outside registry-bot in 3 repositories."
    )
    text = said(*news)
    app = "team/app: 40 pushes, 1 deletion, 1 deletion outside registry-bot"
    order = [text.index(each) for each in (app, "base/os: 1 deletion", "team/web: 2")]
    assert order == sorted(order)
    assert "was pushed" not in text


def test_so_many_repositories_are_counted_by_name() -> None:
    news = [
        replace(PUSH, repository=f"team/{number:02}")
        for number in range(MAX_REPOSITORIES + 1)
    ]
    text = said(*news)
    assert "team/09: 1 push" in text
    assert "team/10" not in text
    assert "And 1 repository more." in text


def test_how_to_end_it_is_always_said() -> None:
    assert "unwatch" in said(PUSH)
    assert "unwatch" in said(*many(100))


NEWS = st.builds(
    News,
    number=st.integers(1, 9),
    kind=st.sampled_from(Kind),
    registry=st.just("main"),
    repository=st.sampled_from(["a", "x" * 255, "team/app"]),
    tag=st.sampled_from(["", "t" * 128, "latest"]),
    digest=st.sampled_from([DIGEST, ""]),
    actor=st.text(max_size=200),
    change=st.sampled_from(["", "C17"]),
    at=st.just(NOON),
)


@given(st.lists(NEWS, min_size=1, max_size=40), st.booleans())
def test_slack_can_draw_it_whatever_the_registry_calls_people(
    news: list[News], several: bool
) -> None:
    made = to_blocks(message(news, several=several), now=NOON)
    assert violations({"text": made.text, "blocks": made.blocks}) == ()


def test_thousand_news_are_a_short_message() -> None:
    news = [replace(PUSH, repository=f"{'x' * 200}/{n}") for n in range(1000)]
    made = to_blocks(message(news, several=True), now=NOON)
    assert violations({"text": made.text, "blocks": made.blocks}) == ()
    assert len(str(made.blocks)) < 10_000
