"""The modal of Filter…: what it carries, and within which limits."""

from __future__ import annotations

import pytest

from bot.slack.filtering import filter_modal, unpacked
from bot.slack.incoming import Malformed, Origin, Pressed, submitted
from bot.slack.limits import violations
from tests.slack.schema import problems
from tests.slack.sending import submission

URL = "https://hooks.slack.com/actions/T1/1/x"


def pressed(value: str, url: str = URL) -> Pressed:
    return Pressed(Origin("U1", "T1", "C1", url, "1.2"), None, "filter", value, True)


@pytest.mark.parametrize(
    "value", ["tags app --match 1.*", 'search ""', "tags " + "x" * 1990]
)
def test_modal_brings_back_what_it_was_opened_for(value: str) -> None:
    view = filter_modal(pressed(value))
    assert violations(view) == ()
    assert problems("modal", dict(view)) == []
    found = unpacked(submitted(submission(dict(view), user="U2", reason="x")))
    assert (found.value, found.ephemeral) == (value, True)
    assert found.origin.channel == "C1"
    assert found.origin.response_url == URL
    assert found.origin.actor == "U2", "whoever sends it off"


def test_url_that_finds_no_room_is_left_out() -> None:
    view = filter_modal(pressed("tags " + "x" * 1990, URL + "y" * 1100))
    assert violations(view) == ()
    found = unpacked(submitted(submission(dict(view), user="U2", reason="x")))
    assert found.origin.response_url == ""


def test_url_shows_in_no_log() -> None:
    view = filter_modal(pressed("tags app"))
    sent = submitted(submission(dict(view), user="U2", reason="x"))
    assert URL not in repr(unpacked(sent))


@pytest.mark.parametrize("metadata", ["", "[]", "17", '["a", 1, "b", true]', "{"])
def test_what_is_not_ours_is_refused(metadata: str) -> None:
    view = {**filter_modal(pressed("tags app")), "private_metadata": metadata}
    with pytest.raises(Malformed):
        unpacked(submitted(submission(view, user="U2", reason="x")))
