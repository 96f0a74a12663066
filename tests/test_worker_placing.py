"""Items that put something somewhere: what is kept, what a moved tag does to them."""

from __future__ import annotations

import pytest

from bot.approvals.request import Request, State
from bot.change import Action, Target
from bot.chat.command import Step, StepResult
from bot.db.engine import Database
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.digest import Digest
from tests.factories import ALICE, CHANNEL, TEAM, make_change
from tests.workshop import Workshop, stock, whole

REPOSITORY = "team/app"


async def put(reader: RegistryReader, writer: RegistryWriter, step: Step) -> StepResult:
    assert step.source is not None
    await writer.put_manifest(REPOSITORY, step.target.tag, step.manifest)
    return StepResult("put", "201 Created")


async def put_back(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    await writer.put_manifest(REPOSITORY, step.target.tag, step.manifest)
    return StepResult("put back", "201 Created")


@pytest.fixture
async def workshop(sqlite: Database) -> Workshop:
    workshop = Workshop(sqlite, executes={Action.RETAG: put})
    workshop.reverses = {Action.RETAG: put_back}
    workshop.restart()
    stock(workshop.registry)
    return workshop


def digest(workshop: Workshop, tag: str) -> str:
    found = workshop.registry.digest(REPOSITORY, tag)
    return "" if found is None else str(found)


def moving(workshop: Workshop, tag: str = "stable") -> Target:
    """1.3 is to be called `tag`, too."""
    return Target(
        "main",
        REPOSITORY,
        tag,
        digest(workshop, "1.3"),
        replaces=digest(workshop, tag),
        source_registry="main",
        source_repository=REPOSITORY,
    )


async def asked(workshop: Workshop, target: Target, **values: object) -> Request:
    given: dict[str, object] = {"action": Action.RETAG, **values}
    return await workshop.workflow.submit(
        make_change(target, **given), actor=ALICE, team=TEAM, channel=CHANNEL
    )


async def carried_out(workshop: Workshop, request: Request) -> Request:
    await workshop.worker.execute(request.number)
    return await whole(workshop, request)


async def moved(workshop: Workshop) -> Request:
    request = await asked(workshop, moving(workshop))
    return await carried_out(workshop, await workshop.approve(request))


async def test_tag_is_moved_and_what_it_named_is_kept(workshop: Workshop) -> None:
    before = digest(workshop, "stable")
    done = await moved(workshop)
    assert (done.state, done.outcome) == (State.DONE, "put (201 Created)")
    assert digest(workshop, "stable") == digest(workshop, "1.3")
    kept = await workshop.workflow.kept(done)
    assert [each.digest for each in kept[1]] == [before]
    assert done.undoable


async def test_moved_tag_goes_back_where_it_was(workshop: Workshop) -> None:
    before = digest(workshop, "stable")
    done = await moved(workshop)
    back = Target(
        "main", REPOSITORY, "stable", before, replaces=digest(workshop, "1.3")
    )
    undo = await asked(workshop, back, action=Action.UNDO, undoes=done.number)
    assert (await carried_out(workshop, undo)).state is State.DONE
    assert digest(workshop, "stable") == before
    entry = (await workshop.record())[-1]
    assert (entry.action, entry.change) == ("retag.undone", done.id)


async def test_free_name_is_put_without_anybodys_approval(workshop: Workshop) -> None:
    request = await asked(workshop, moving(workshop, "next"))
    assert request.quiet
    done = await carried_out(workshop, request)
    assert done.state is State.DONE
    assert digest(workshop, "next") == digest(workshop, "1.3")
    assert not done.undoable, "nothing was taken away"


async def test_name_that_is_taken_meanwhile_is_left_alone(workshop: Workshop) -> None:
    request = await asked(workshop, moving(workshop, "next"))
    workshop.registry.push(REPOSITORY, "next", content="somebody's")
    theirs = digest(workshop, "next")
    done = await carried_out(workshop, request)
    assert done.state is State.VOIDED
    assert digest(workshop, "next") == theirs


async def test_tag_that_moved_since_it_was_approved_is_left_alone(
    workshop: Workshop,
) -> None:
    request = await workshop.approve(await asked(workshop, moving(workshop)))
    workshop.registry.push(REPOSITORY, "stable", content="somebody's")
    theirs = digest(workshop, "stable")
    assert (await carried_out(workshop, request)).state is State.VOIDED
    assert digest(workshop, "stable") == theirs
    assert not workshop.registry.faults.seen("PUT")


async def test_tag_that_moves_while_it_is_read_is_left_alone(
    workshop: Workshop,
) -> None:
    request = await workshop.approve(await asked(workshop, moving(workshop)))

    def push() -> None:
        workshop.registry.push(REPOSITORY, "stable", content="somebody's")

    workshop.registry.faults.before(push, "GET", "manifests/stable")
    done = await carried_out(workshop, request)
    assert done.state is State.VOIDED
    assert not workshop.registry.faults.seen("PUT")


async def test_source_that_is_gone_fails_and_changes_nothing(
    workshop: Workshop,
) -> None:
    request = await workshop.approve(await asked(workshop, moving(workshop)))
    before = digest(workshop, "stable")
    workshop.registry.remove(REPOSITORY, digest(workshop, "1.3"))
    done = await carried_out(workshop, request)
    assert done.state is State.FAILED
    assert "no longer there" in done.outcome
    assert digest(workshop, "stable") == before


async def test_repeated_after_a_kill_it_is_done_once_more_without_harm(
    workshop: Workshop,
) -> None:
    before = digest(workshop, "stable")
    request = await workshop.approve(await asked(workshop, moving(workshop)))

    async def dies(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        await put(reader, writer, step)
        raise KeyboardInterrupt

    workshop.executes[Action.RETAG] = dies
    with pytest.raises(KeyboardInterrupt):
        await workshop.worker.execute(request.number)
    workshop.executes[Action.RETAG] = put
    workshop.restart()
    done = await carried_out(workshop, request)
    assert done.state is State.DONE
    kept = await workshop.workflow.kept(done)
    assert [each.digest for each in kept[1]] == [before], "what it named before"


async def test_undo_of_what_was_not_kept_fails(workshop: Workshop) -> None:
    done = await moved(workshop)
    stranger = Target("main", REPOSITORY, "1.2", digest(workshop, "1.2"))
    workshop.registry.remove(REPOSITORY, "1.2")
    undo = await asked(workshop, stranger, action=Action.UNDO, undoes=done.number)
    failed = await carried_out(workshop, undo)
    assert (failed.state, failed.outcome) == (
        State.FAILED,
        "nothing was kept of it to put back",
    )


async def test_undo_of_a_tag_that_is_back_counts_as_done(workshop: Workshop) -> None:
    before = digest(workshop, "stable")
    done = await moved(workshop)
    workshop.registry.tag(REPOSITORY, "stable", Digest.parse(before))
    back = Target("main", REPOSITORY, "stable", before)
    undo = await asked(workshop, back, action=Action.UNDO, undoes=done.number)
    assert (await carried_out(workshop, undo)).outcome == "already there"
