"""Every kind of change in words: on its card, in the answer, in lists."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.approvals.freeze import Freeze
from bot.approvals.request import ItemState, Request, State, Terms
from bot.change import Action, Effects, Space, Target
from bot.chat import answers
from bot.chat.card import MAX_TARGETS, card, end_notice
from bot.chat.changes import counted, space_in_words, what
from bot.chat.reply import Press
from tests.chat.test_card import buttons, read, shown
from tests.factories import (
    BOB,
    DIGEST,
    NOON,
    OTHER_DIGEST,
    make_items,
    make_request,
    make_target,
)

GIB = 1024**3

STABLE = Target(
    "main",
    "team/app",
    "stable",
    DIGEST,
    replaces=OTHER_DIGEST,
    source_registry="main",
    source_repository="team/app",
)
NEXT = replace(STABLE, tag="next", replaces="")
QUIET = Terms("nothing is taken away", 0, (), False)


def request_for(action: Action, *targets: Target, **values: object) -> Request:
    return make_request(action=action, items=make_items(*targets), **values)


@pytest.mark.parametrize(
    ("request_", "short", "sentence"),
    [
        (
            request_for(Action.DELETE, make_target()),
            "delete team/app:1.2",
            "delete team/app:1.2 on docker.example.com",
        ),
        (
            request_for(Action.PRUNE, make_target(tag=""), make_target(tag="1")),
            "prune 1 tag and 1 manifest of team/app",
            "prune 1 tag and 1 manifest of team/app on docker.example.com",
        ),
        (
            request_for(Action.PRUNE, make_target("a", "1"), make_target("b", "1")),
            "prune 2 tags of 2 repositories",
            "prune 2 tags of 2 repositories on docker.example.com",
        ),
        (
            request_for(Action.RETAG, STABLE),
            "retag to team/app:stable",
            f"move the tag team/app:stable to sha256:{'a' * 12} on docker.example.com",
        ),
        (
            request_for(Action.RETAG, NEXT),
            "retag to team/app:next",
            f"put the tag team/app:next on sha256:{'a' * 12} on docker.example.com",
        ),
        (
            request_for(Action.COPY, replace(NEXT, repository="prod/app")),
            "copy to prod/app:next",
            f"copy team/app@sha256:{'a' * 12} to prod/app:next on docker.example.com",
        ),
        (
            request_for(Action.UNDO, make_target(), undoes=3),
            "undo C3",
            "undo C3: put back team/app:1.2 on docker.example.com",
        ),
        (
            request_for(Action.UNDO, make_target(), make_target(tag=""), undoes=3),
            "undo C3",
            "undo C3: put back 1 tag and 1 manifest of team/app on docker.example.com",
        ),
    ],
)
def test_each_kind_of_change_says_what_it_does(
    request_: Request, short: str, sentence: str
) -> None:
    assert what(request_) == short
    found = shown(card(request_, NOON))
    assert found[0] == f"C17: {short}"
    assert f"asks to {sentence}." in found[1]
    assert sentence in shown(end_notice(replace(request_, state=State.DONE)))[0]


def test_moved_tag_shows_what_it_names_so_far() -> None:
    request = request_for(Action.RETAG, STABLE)
    assert f"Names so far: {OTHER_DIGEST}" in shown(card(request, NOON))
    assert any(OTHER_DIGEST in said for said in shown(answers.submitted(request)))


def test_what_is_put_says_nothing_of_storage() -> None:
    request = request_for(Action.RETAG, STABLE)
    assert "frees no storage" not in str(shown(card(request, NOON)))
    assert "frees no storage" in str(shown(card(make_request(), NOON)))


def test_a_v1_registry_has_no_garbage_collection_to_wait_for() -> None:
    entry = make_target(tag="", digest="")
    items = make_items(make_target(digest=f"v1:{'a' * 64}"), entry)
    said = shown(card(make_request(items=items), NOON))
    assert "frees no storage" not in str(said)
    assert "* team/app (repository)" in said
    alone = shown(card(make_request(items=make_items(entry)), NOON))
    assert "frees no storage" not in str(alone)


def test_nobody_has_approved_what_needs_no_approval() -> None:
    asked = make_request(state=State.APPROVED)
    free = replace(asked, terms=QUIET)
    freeze = Freeze(BOB, "release weekend", NOON)
    assert "Approved, about to be done." in str(shown(card(asked, NOON)))
    assert "Approved, held up by" in str(shown(card(asked, NOON, "", freeze)))
    assert "pproved" not in str(shown(card(free, NOON)))
    assert "Held up by the freeze." in str(shown(card(free, NOON, "", freeze)))


def test_repository_and_manifests_are_counted() -> None:
    entry = make_items(make_target(tag="", digest=""))
    assert counted(entry) == "all (0 tags)"
    tagged = make_items(make_target(), make_target(tag="", digest=""))
    assert counted(tagged) == "all (1 tag)"
    assert what(make_request(items=entry)) == "delete team/app"


@pytest.mark.parametrize(
    ("space", "said"),
    [
        (Space(total=2 * GIB), "2.1 GB of 2.1 GB"),
        (
            Space(total=2 * GIB, shared=GIB, at_most=True, unread=3),
            "at most 1.1 GB of 2.1 GB; 1.1 GB are used elsewhere too; "
            "3 repositories of the registry not read yet",
        ),
    ],
)
def test_space_says_what_is_freed_and_what_is_not_known(
    space: Space, said: str
) -> None:
    assert space_in_words(space) == said


def test_card_names_what_breaks_and_what_is_freed() -> None:
    effects = Effects(broken=("multi",), space=Space(total=1000))
    found = shown(card(make_request(effects=effects), NOON))
    assert "Breaks the indexes: multi" in found
    assert "Frees: 1 kB of 1 kB" in found


def test_reasons_of_a_plan_stand_beside_its_targets() -> None:
    old = replace(make_target(tag="1"), why="older than 30d")
    request = request_for(Action.PRUNE, old, make_target(tag="2"))
    assert f"* 1 sha256:{'a' * 12}: older than 30d" in shown(card(request, NOON))


def test_targets_of_several_repositories_carry_their_names() -> None:
    request = request_for(Action.PRUNE, make_target("a", "1"), make_target("b", ""))
    found = shown(card(request, NOON))
    assert f"* a:1 sha256:{'a' * 12}" in found
    assert f"* b sha256:{'a' * 12} (manifest)" in found
    assert "Repositories: a, b" in found


def test_long_card_has_a_button_that_lists_everything() -> None:
    targets = [make_target(tag=str(at)) for at in range(MAX_TARGETS + 1)]
    (show,) = [
        button
        for button in buttons(card(make_request(items=make_items(*targets)), NOON))
        if button.press is Press.SHOW
    ]
    assert (show.label, show.value) == ("Show all", "requests C17")


@pytest.mark.parametrize(
    ("state", "item", "target", "offered"),
    [
        (State.DONE, ItemState.DONE, make_target(), True),
        (State.FAILED, ItemState.DONE, make_target(), True),
        (State.FAILED, ItemState.FAILED, make_target(), False),
        (State.RUNNING, ItemState.DONE, make_target(), False),
        (State.DONE, ItemState.DONE, NEXT, False),
        (State.DONE, ItemState.DONE, STABLE, True),
    ],
)
def test_undo_is_offered_where_something_was_taken_away(
    state: State, item: ItemState, target: Target, offered: bool
) -> None:
    action = Action.RETAG if target.source_registry else Action.DELETE
    (only,) = make_items(target)
    request = make_request(
        action=action, state=state, items=(replace(only, state=item),)
    )
    presses = {button.press: button.value for button in buttons(card(request, NOON))}
    assert (presses.get(Press.UNDO) == "undo C17") is offered
    undone = card(replace(request, undone_by=18), NOON)
    assert Press.UNDO not in {button.press for button in buttons(undone)}
    if offered:
        assert "Put back by C18." in shown(undone)


def test_progress_stands_beside_the_state() -> None:
    running = make_request(state=State.RUNNING)
    assert (
        "Being done: 12 of 57 done." in shown(card(running, NOON, "12 of 57 done"))[1]
    )


def test_answer_to_what_needs_no_approval_waits_for_nobody() -> None:
    request = request_for(Action.RETAG, NEXT, terms=QUIET, state=State.APPROVED)
    reply = answers.submitted(request)
    assert "needs no approval and is being done" in reply.summary
    assert "Waits for" not in str(shown(reply))


def test_answer_to_a_broken_glass_waits_for_nobody() -> None:
    request = request_for(
        Action.DELETE, make_target(), terms=QUIET, state=State.APPROVED, glass=True
    )
    said = str(shown(answers.submitted(request)))
    assert "breaks the glass and is being done" in said
    assert "Waits for" not in said
    assert "Expires" not in said


@pytest.mark.parametrize("state", [State.DONE, State.FAILED])
def test_answer_to_what_is_over_says_how_it_ended(state: State) -> None:
    request = request_for(
        Action.RETAG, NEXT, terms=QUIET, state=state, outcome="put (201 Created)"
    )
    reply = answers.ended(request)
    assert reply.ok is (state is State.DONE)
    assert "put (201 Created)" in reply.summary
    assert read(reply.parts[0].content).startswith(f"C17: {state.value}: put")  # type: ignore[union-attr]  # a Paragraph


def test_answer_to_what_is_over_leaves_out_what_was_going_to_be() -> None:
    effects = Effects(notes=("The name is free: no tag is moved.",))
    request = request_for(Action.RETAG, NEXT, terms=QUIET, effects=effects)
    assert "no tag is moved" in str(shown(answers.submitted(request)))
    assert "no tag is moved" not in str(
        shown(answers.ended(replace(request, state=State.DONE)))
    )


def test_answer_to_an_undo_says_what_it_left_alone() -> None:
    effects = Effects(notes=("1 used again since and left alone.",))
    request = request_for(Action.UNDO, STABLE, terms=QUIET, effects=effects, undoes=3)
    assert "left alone" in str(shown(answers.ended(replace(request, state=State.DONE))))


@pytest.mark.parametrize(
    ("action", "label"),
    [
        (Action.DELETE, "Stays, on the same digest: 1.2"),
        (Action.RETAG, "Stays, on the old digest: 1.2"),
        (Action.COPY, "Stays, on the old digest: 1.2"),
    ],
)
def test_tags_that_stay_are_said_to_stay_where(action: Action, label: str) -> None:
    request = request_for(action, STABLE, effects=Effects(kept_tags=("1.2",)))
    assert label in shown(card(request, NOON))
    assert label in shown(answers.submitted(request))


def test_answer_names_the_repository_of_many_targets() -> None:
    targets = (make_target(tag=""), make_target(tag="1"))
    answer = shown(answers.submitted(request_for(Action.DELETE, *targets)))
    assert "Removes: 1 tag and 1 manifest of team/app on docker.example.com" in answer


def test_reviewers_of_a_change_that_needs_none_are_not_named() -> None:
    request = request_for(Action.RETAG, NEXT, terms=QUIET, state=State.APPROVED)
    assert BOB not in str(shown(card(request, NOON)))
    assert not buttons(card(request, NOON))


def test_tags_are_read_before_manifests() -> None:
    request = request_for(Action.DELETE, make_target(tag=""), make_target(tag="1"))
    rows = [row for row in shown(card(request, NOON)) if row.startswith("*")]
    assert rows == [
        f"* 1 sha256:{'a' * 12}",
        f"* sha256:{'a' * 12} (manifest)",
    ]
