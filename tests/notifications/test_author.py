from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.notifications.author import SKEW, SOMEBODY, Author, Deed, author
from bot.notifications.envelope import Kind, Notification
from bot.registry.agent import Signature, read_signature, signing, user_agent
from bot.registry.placeholder import image_placeholder, placeholder
from tests.factories import DIGEST, NOON

NONCE = "a1" * 16
FALLBACK = f"sha256-{'c' * 64}"


def signature() -> Signature:
    with signing(17, 3, NONCE):
        found = read_signature(user_agent(writes=True))
    assert found is not None
    return found


def deed(**values: Any) -> Deed:
    made = Deed("C17", "main", "team/app", "1.2", NONCE, until=None)
    return replace(made, **values)


def told(kind: Kind = Kind.DELETED, tag: str = "", digest: str = "") -> Notification:
    return Notification("e1", kind, "team/app", tag=tag, digest=digest)


def who(notification: Notification, item: Deed | None, **values: Any) -> Author:
    given: dict[str, Any] = {"registry": "main", "at": NOON, "mark": signature()}
    given |= values
    return author(notification, given["registry"], given["at"], given["mark"], item)


TAG_GONE = told(tag="1.2")


def test_target_of_a_change_was_our_deed() -> None:
    assert who(TAG_GONE, deed(listed=True)) == Author("C17")
    assert who(told(Kind.PUSHED, "1.2", DIGEST), deed(listed=True)) == Author("C17")


@pytest.mark.parametrize(
    ("item", "values"),
    [
        (None, {}),
        (deed(listed=True), {"mark": None}),
        (deed(listed=True, nonce="b2" * 16), {}),
        (deed(listed=True, repository="team/other"), {}),
        (deed(listed=True, registry="spare"), {}),
        (deed(listed=True), {"registry": "spare"}),
        (deed(listed=True, until=NOON), {"at": NOON + SKEW + timedelta(seconds=1)}),
    ],
)
def test_signature_counts_for_its_item_and_its_time_alone(
    item: Deed | None, values: dict[str, Any]
) -> None:
    assert who(TAG_GONE, item, **values) == SOMEBODY


def test_clocks_may_differ_a_little() -> None:
    late = NOON + SKEW
    assert who(TAG_GONE, deed(listed=True, until=NOON), at=late) == Author("C17")


@pytest.mark.parametrize(
    "notification",
    [
        told(tag="1.3"),
        told(digest=DIGEST),
        told(),
        told(Kind.PUSHED, "1.3", DIGEST),
    ],
)
def test_copied_signature_hides_nothing_but_what_was_approved(
    notification: Notification,
) -> None:
    assert who(notification, deed()) == SOMEBODY


@pytest.mark.parametrize("make", [placeholder, image_placeholder])
@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("tag", ["1.2", ""])
def test_placeholder_is_nobodys_news(make: Any, kind: Kind, tag: str) -> None:
    digest = str(make("team/app", "1.2", NONCE).digest)
    found = who(told(kind, tag, digest), deed(listed=bool(tag)))
    assert found == Author("C17", hidden=True)


def test_item_without_a_tag_has_no_placeholder() -> None:
    digest = str(placeholder("team/app", "1.2", NONCE).digest)
    assert who(told(digest=digest), deed(tag="")) == SOMEBODY


@pytest.mark.parametrize("kind", list(Kind))
def test_lists_of_referrers_are_nobodys_news(kind: Kind) -> None:
    found = who(told(kind, FALLBACK, DIGEST), deed())
    assert found == Author("C17", hidden=True)
    # Their placeholder has a nonce of its own; that it was pushed hidden is known.
    assert who(told(digest=DIGEST), deed(prepared=True)) == found


def test_children_of_an_index_are_pushed_by_the_change() -> None:
    assert who(told(Kind.PUSHED, digest=DIGEST), deed()) == Author("C17")
