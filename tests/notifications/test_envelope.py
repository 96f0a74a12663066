from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notifications.envelope import (
    MAX_AGENT,
    MAX_BODY,
    MAX_EVENTS,
    MAX_ID,
    Envelope,
    EnvelopeError,
    Kind,
    Notification,
    open_envelope,
)
from bot.registry import mediatypes
from tests.factories import DIGEST
from tests.notifications.events import REPO, deleted, envelope, pushed


def opened(*events: object) -> Envelope:
    return open_envelope(envelope(*events))


def only(event: object) -> Notification:
    (found,) = opened(event).notifications
    return found


def with_target(event: dict[str, Any], **values: object) -> dict[str, Any]:
    return {**event, "target": {**event["target"], **values}}


def test_push_is_read_as_the_registry_tells_it() -> None:
    event = pushed("1.2")
    assert only(event) == Notification(
        event=event["id"],
        kind=Kind.PUSHED,
        repository=REPO,
        tag="1.2",
        digest=DIGEST,
        actor="ci",
        request="b2c3d4e5-0000-4000-8000-000000000001",
        address="192.0.2.7:40412",
        agent="docker/24.0",
        # Go writes nanoseconds.
        at=datetime(2026, 11, 24, 11, 59, 58, 123456, tzinfo=UTC),
    )


def test_deletions_are_told_by_tag_by_digest_or_for_a_whole_repository() -> None:
    found = opened(deleted(digest=DIGEST), deleted("1.2"), deleted()).notifications
    assert [(each.kind, each.tag, each.digest) for each in found] == [
        (Kind.DELETED, "", DIGEST),
        (Kind.DELETED, "1.2", ""),
        (Kind.DELETED, "", ""),
    ]


@pytest.mark.parametrize("media_type", sorted(mediatypes.MANIFESTS))
def test_every_kind_of_manifest_counts(media_type: str) -> None:
    event = with_target(pushed(""), mediaType=f"{media_type}; charset=utf-8")
    assert only(event).digest == DIGEST


@pytest.mark.parametrize(
    "event",
    [
        with_target(pushed(""), mediaType="application/octet-stream"),
        with_target(pushed(""), mediaType=None),
        with_target(deleted(digest=DIGEST), mediaType="application/octet-stream"),
        pushed(action="pull"),
        pushed(action="mount"),
        pushed(action=None),
        "no event at all",
        None,
        [],
    ],
)
def test_blobs_pulls_and_mounts_are_nobodys_business(event: object) -> None:
    found = opened(event, pushed("1.3"))
    assert [each.tag for each in found.notifications] == ["1.3"]
    assert (found.others, found.odd) == (1, 0)


@pytest.mark.parametrize(
    "values",
    [
        {"repository": "Team/App"},
        {"repository": "../etc"},
        {"repository": "team/app\n*forged*"},
        {"repository": None},
        {"repository": 7},
        {"tag": "a b"},
        {"tag": ["1.2"]},
        {"tag": "x" * 129},
        {"digest": "sha256:short"},
        {"digest": None},
        {"digest": {}},
        {"digest": "a" * 64},
    ],
)
def test_what_breaks_a_grammar_is_left_out_and_harms_no_other(
    values: dict[str, object],
) -> None:
    found = opened(with_target(pushed(), **values), pushed("1.3"))
    assert [each.tag for each in found.notifications] == ["1.3"]
    assert (found.others, found.odd) == (0, 1)


def test_everything_else_may_be_missing() -> None:
    event = {
        "action": "push",
        "target": {"repository": REPO, "tag": "1.2", "digest": DIGEST},
    }
    found = only(event)
    assert (found.actor, found.request, found.address, found.agent) == ("", "", "", "")
    assert found.at is None


@pytest.mark.parametrize(
    "changes",
    [
        {"actor": "ci", "request": [], "timestamp": 7},
        {"actor": {"name": 7}, "request": {"useragent": {}}, "timestamp": "yesterday"},
        {"actor": None, "request": None, "timestamp": "0001-01-01T00:00:00+23:59"},
    ],
)
def test_everything_else_may_be_of_another_type(changes: dict[str, object]) -> None:
    found = only(pushed(**changes))
    assert (found.tag, found.actor, found.agent, found.at) == ("1.2", "", "", None)


def test_time_without_a_zone_is_utc() -> None:
    found = only(pushed(timestamp="2026-11-24T11:00:00"))
    assert found.at == datetime(2026, 11, 24, 11, tzinfo=UTC)
    there = only(pushed(timestamp="2026-11-24T11:00:00+02:00"))
    assert there.at == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_foreign_words_are_cut_and_stay_on_one_line() -> None:
    found = only(pushed(agent="x\n\0y\ud800" + "z" * 1000, actor={"name": "a\tb"}))
    assert found.agent.startswith("x  y\N{REPLACEMENT CHARACTER}zzz")
    assert len(found.agent) == MAX_AGENT
    assert found.actor == "a b"


@pytest.mark.parametrize("given", [None, 7, "", "a\nb", "x" * (MAX_ID + 1)])
def test_what_has_no_id_is_known_by_its_content(given: object) -> None:
    event = pushed(id=given)
    found, again = only(event), only(event)
    assert found.event == again.event
    assert found.event.startswith("sha256:")
    assert only(pushed("1.3", id=given)).event != found.event


def test_some_registries_post_the_inside_alone() -> None:
    event = pushed()
    (found,) = open_envelope(json.dumps(event).encode()).notifications
    assert found.event == event["id"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no JSON"),
        (b"\xff", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"9" * 10_000, "no JSON"),
        (b"[]", "no list"),
        (b"{}", "no list"),
        (b'{"events": {}}', "no list"),
        (b'{"events": ' + b"[" * 100_000, "no JSON"),
        (b" " * (MAX_BODY + 1), "larger than"),
        (envelope(*[{}] * (MAX_EVENTS + 1)), "more than"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else "",
)
def test_what_is_no_envelope_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(EnvelopeError, match=why):
        open_envelope(body)


def test_empty_envelope_is_one() -> None:
    assert opened() == Envelope(())


def test_deep_content_is_odd_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the parser takes may still be too deep for `json.dumps`, which makes the id.
    def too_deep(*_: object, **__: object) -> str:
        raise RecursionError

    body = envelope(pushed(id=None), pushed("1.3"))
    monkeypatch.setattr("bot.notifications.envelope.json.dumps", too_deep)
    found = open_envelope(body)
    assert ([each.tag for each in found.notifications], found.odd) == (["1.3"], 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["events", "action", "target", "tag", "digest", "id", "actor", "name"]
            ),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_whatever_comes_is_sorted_and_never_a_crash(events: list[object]) -> None:
    body = json.dumps({"events": events}).encode()
    found = open_envelope(body)
    assert len(found.notifications) + found.others + found.odd == len(events)
    assert open_envelope(body) == found


@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_an_envelope_or_refused(body: bytes) -> None:
    with contextlib.suppress(EnvelopeError):
        open_envelope(body)
