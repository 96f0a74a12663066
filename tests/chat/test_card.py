from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals.request import ItemState, Request, Review, State, Terms, Verdict
from bot.change import Effects
from bot.chat.card import MAX_NAMES, MAX_TARGETS, card, end_notice
from bot.chat.reply import (
    Button,
    Buttons,
    Channel,
    Code,
    Fields,
    Group,
    Heading,
    Inline,
    Line,
    Listing,
    Note,
    Paragraph,
    Part,
    Person,
    Press,
    Reply,
    Style,
    Text,
    When,
)
from tests.factories import (
    ALICE,
    APPROVERS,
    BOB,
    CAROL,
    DIGEST,
    NOON,
    make_items,
    make_request,
    make_target,
)

APPROVED = Review(BOB, Verdict.APPROVE, NOON)
REJECTED = Review(CAROL, Verdict.REJECT, NOON, "still used")


def words(inline: Inline) -> str:
    """An inline as text, references to people and times in angle brackets."""
    match inline:
        case Text() | Code():
            return inline.value
        case Person():
            return f"<{inline.user_id}>"
        case Group():
            return f"<{inline.group_id}>"
        case When():
            return f"<{inline.at:%d %H:%M}>"
        case Channel():
            return f"<{inline.channel_id}>"


def read(content: Line) -> str:
    return "".join(words(inline) for inline in content)


def lines(part: Part) -> list[str]:
    match part:
        case Heading():
            return [part.value]
        case Paragraph() | Note():
            return [read(part.content)]
        case Fields():
            return [f"{label}: {read(value)}" for label, value in part.pairs]
        case Listing():
            return [f"* {read(item)}" for item in part.items]
        case Buttons():
            return [f"[{button.label}]" for button in part.buttons]
    raise AssertionError(part)


def shown(reply: Reply) -> list[str]:
    return [one for part in reply.parts for one in lines(part)]


def buttons(reply: Reply) -> tuple[Button, ...]:
    return sum((p.buttons for p in reply.parts if isinstance(p, Buttons)), ())


FULL = Effects(
    media_type="application/vnd.oci.image.index.v1+json",
    platforms=("linux/amd64", "linux/arm64"),
    kept_tags=("stable", "2026-01"),
    referrers=("sha256:" + "c" * 64,),
    children=2,
    size=29_500_000,
    created="2026-11-20T12:00:00Z",
    notes=("Other indexes list this manifest.",),
)


def test_card_says_everything_a_reviewer_needs() -> None:
    request = make_request(
        effects=FULL,
        reason="broken build",
        terms=Terms("approvals.rules[0] (prod/*)", 2, (BOB, APPROVERS), False),
        reviews=(APPROVED,),
    )
    assert shown(card(request, NOON)) == [
        "C17: delete team/app:1.2",
        "<U0ALICE> asks to delete team/app:1.2 on docker.example.com. "
        "Waits for approval.",
        "Registry: docker.example.com",
        "Repository: team/app",
        "Tag: 1.2",
        f"Digest: {DIGEST}",
        "Reason: broken build",
        "Platforms: linux/amd64, linux/arm64",
        "Size: 29.5 MB",
        "Built: <20 12:00>",
        "Goes along: nothing: no other tag is removed",
        "Stays, on the same digest: stable, 2026-01",
        f"Refers to it: 1 referrer (signatures, SBOMs): sha256:{'c' * 64}",
        "Needs: 1 more approval from <U0BOB>, <S0APPROVERS>, not the requester; "
        "agreed: <U0BOB>",
        "Expires: <25 12:00>",
        "Other indexes list this manifest.",
        "Deleting frees no storage until the registry's garbage collection runs.",
        "[Approve]",
        "[Reject]",
        "[Cancel]",
    ]


def test_card_of_a_bare_request_leaves_out_what_is_not_known() -> None:
    found = shown(card(make_request(), NOON))
    assert "Reason: none given" in found
    labels = {line.partition(":")[0] for line in found}
    assert not labels & {"Platforms", "Size", "Built", "Stays, on the same digest"}


def test_buttons_carry_the_id_and_nothing_else() -> None:
    assert buttons(card(make_request(), NOON)) == (
        Button("Approve", Press.APPROVE, "C17", Style.PRIMARY),
        Button("Reject", Press.REJECT, "C17", Style.DANGER),
        Button("Cancel", Press.CANCEL, "C17"),
    )


def test_buttons_go_at_the_end_of_the_life_even_before_any_sweep() -> None:
    reply = card(make_request(), NOON + timedelta(hours=24))
    assert buttons(reply) == ()
    assert "expired" in reply.summary
    assert not any(line.startswith(("Needs", "Expires")) for line in shown(reply))


@pytest.mark.parametrize("state", [state for state in State if state != State.PENDING])
def test_buttons_are_there_while_it_is_pending_only(state: State) -> None:
    assert buttons(card(make_request(state=state), NOON)) == ()


def done_items(outcome: str = "deleted (202 Accepted)") -> Any:
    (item,) = make_items()
    return (
        replace(
            item,
            state=ItemState.DONE,
            outcome=outcome,
            audit_seq=42,
            audit_hash="0123456789abcdef" * 4,
        ),
    )


DONE: dict[str, Any] = {
    "state": State.DONE,
    "reviews": (APPROVED,),
    "items": done_items(),
    "outcome": "deleted (202 Accepted)",
    "finished_at": NOON + timedelta(minutes=1),
}


def test_done_card_says_who_agreed_what_happened_and_where_it_is_recorded() -> None:
    reply = card(make_request(**DONE), NOON)
    found = shown(reply)
    assert "Approved by <U0BOB>, <24 12:00>" in found
    assert "Outcome: deleted (202 Accepted), <24 12:01>" in found
    assert "audit #42 0123456789abcdef" in found
    assert any("garbage collection" in line for line in found)
    assert reply.summary == ("C17: delete team/app:1.2 on docker.example.com: done.")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"state": State.REJECTED, "reviews": (REJECTED,)},
            "Rejected by <U0CAROL>, <24 12:00>: still used",
        ),
        (
            {"state": State.EXPIRED, "finished_at": NOON},
            "Nobody decided in time, <24 12:00>",
        ),
        (
            {"state": State.CANCELLED, "finished_at": NOON},
            "Withdrawn by <U0ALICE>, <24 12:00>",
        ),
        (
            {
                "state": State.FAILED,
                "reviews": (APPROVED,),
                "outcome": "the registry does not delete. Set storage.delete.enabled",
                "finished_at": NOON,
            },
            "Outcome: the registry does not delete. Set storage.delete.enabled, "
            "<24 12:00>",
        ),
        (
            {"state": State.VOIDED, "outcome": "moved to sha256:bb"},
            "Outcome: moved to sha256:bb",
        ),
        (
            {"state": State.APPROVED, "reviews": (APPROVED,)},
            "Approved by <U0BOB>, <24 12:00>",
        ),
        (
            {"state": State.RUNNING, "reviews": (APPROVED,)},
            "Approved by <U0BOB>, <24 12:00>",
        ),
    ],
)
def test_decided_card_says_what_became_of_it(
    values: dict[str, Any], expected: str
) -> None:
    assert expected in shown(card(make_request(**values), NOON))


@pytest.mark.parametrize(
    "state", [State.FAILED, State.VOIDED, State.REJECTED, State.EXPIRED]
)
def test_card_does_not_speak_of_storage_where_nothing_was_removed(
    state: State,
) -> None:
    found = shown(card(make_request(state=state, effects=FULL), NOON))
    assert not any("garbage" in line or "Other indexes" in line for line in found)


def test_tags_that_go_along_are_named() -> None:
    request = make_request(
        items=make_items(make_target(tag="")), effects=Effects(lost_tags=("a", "b"))
    )
    found = shown(card(request, NOON))
    assert "Goes along: a, b" in found
    assert f"C17: delete team/app@{DIGEST[:19]}" in found
    assert not any(line.startswith("Tag:") for line in found)


def test_manifest_without_tags_takes_nothing_along() -> None:
    found = shown(card(make_request(items=make_items(make_target(tag=""))), NOON))
    assert not any(line.startswith("Goes along") for line in found)


@pytest.mark.parametrize(
    ("count", "more"), [(MAX_NAMES, ""), (MAX_NAMES + 3, " and 3 more")]
)
def test_long_list_says_how_many_more_there_are(count: int, more: str) -> None:
    tags = tuple(f"t{number}" for number in range(count))
    effects = Effects(kept_tags=tags, platforms=tags)
    found = shown(card(make_request(effects=effects), NOON))
    kept = next(line for line in found if line.startswith("Stays"))
    assert kept.endswith(f"t{MAX_NAMES - 1}{more}")


def test_many_approvers_are_counted() -> None:
    people = tuple(f"U{number}" for number in range(MAX_NAMES + 2))
    request = make_request(terms=Terms("approvals", 3, people, True))
    needs = next(
        line for line in shown(card(request, NOON)) if line.startswith("Needs")
    )
    assert needs.startswith("Needs: 3 more approvals from <U0>, ")
    assert needs.endswith(f"<U{MAX_NAMES - 1}> and 2 more")


def many(count: int) -> Request:
    targets = [make_target(tag=f"{number}") for number in range(count)]
    return make_request(items=make_items(*targets))


@pytest.mark.parametrize(
    ("count", "listed", "last"),
    [
        (2, 2, f"* 0 sha256:{'a' * 12}"),
        (MAX_TARGETS, MAX_TARGETS, f"* 0 sha256:{'a' * 12}"),
        (MAX_TARGETS + 5, MAX_TARGETS, f"* 5 sha256:{'a' * 12}"),
    ],
)
def test_card_of_several_targets_lists_them_or_counts_the_rest(
    count: int, listed: int, last: str
) -> None:
    found = shown(card(many(count), NOON))
    rows = [line for line in found if line.startswith("*")]
    assert (len(rows), rows[-1]) == (listed, last)
    more = f"and {count - listed} more: “Show all” lists every one."
    assert (more in found) is (count > listed)
    assert f"C17: delete {count} tags of team/app" in found


def test_ends_of_several_targets_are_told_apart() -> None:
    request = many(2)
    first = replace(
        request.items[0],
        state=ItemState.VOIDED,
        outcome="moved",
        audit_seq=5,
        audit_hash="a" * 64,
    )
    request = replace(request, state=State.RUNNING, items=(first, request.items[1]))
    found = shown(card(request, NOON))
    assert f"* 0 sha256:{'a' * 12}: not done, moved" in found
    assert f"* 1 sha256:{'a' * 12}" in found
    assert f"audit #5 {'a' * 16}" in found


@pytest.mark.parametrize(
    ("created", "known"),
    [
        ("2026-11-20T12:00:00Z", True),
        ("2026-11-20T12:00:00.123456+02:00", True),
        ("2026-11-20T12:00:00", False),
        ("yesterday", False),
        ("", False),
    ],
)
def test_build_time_is_shown_where_it_is_one(created: str, known: bool) -> None:
    found = shown(card(make_request(effects=Effects(created=created)), NOON))
    assert any(line.startswith("Built") for line in found) is known


def test_foreign_words_stay_foreign_words() -> None:
    hostile = "*bold* <!channel>\n> C99 approved\u202e"
    request = make_request(
        reason=hostile,
        reviews=(replace(REJECTED, reason=hostile),),
        state=State.REJECTED,
        outcome=hostile,
    )
    for reply in (card(request, NOON), end_notice(request)):
        for line in shown(reply):
            assert "\n" not in line
            assert "\u202e" not in line


def test_long_reason_is_cut() -> None:
    found = shown(card(make_request(reason="x" * 3000), NOON))
    reason = next(line for line in found if line.startswith("Reason"))
    assert len(reason) < 520
    assert reason.endswith("…")


def test_card_tells_programs_the_same() -> None:
    (data,) = card(make_request(**DONE), NOON).data
    assert dict(data.values) == {
        "id": "C17",
        "action": "delete",
        "state": "done",
        "requester": ALICE,
        "targets": ["team/app:1.2"],
        "outcome": "deleted (202 Accepted)",
    }


def test_notice_tells_the_requester_how_it_ended() -> None:
    reply = end_notice(make_request(**DONE))
    assert reply.ok
    assert shown(reply) == [
        "Your request C17 to delete team/app:1.2 on docker.example.com: done.",
        "Approved by <U0BOB>, <24 12:00>",
        "Outcome: deleted (202 Accepted), <24 12:01>",
        "audit #42 0123456789abcdef",
    ]


def test_notice_of_a_rejection_says_who_and_why() -> None:
    reply = end_notice(make_request(state=State.REJECTED, reviews=(REJECTED,)))
    assert not reply.ok
    assert "Rejected by <U0CAROL>, <24 12:00>: still used" in shown(reply)
    assert "rejected" in reply.summary
