"""Items that are manifests: what goes with them, what keeps them, what is kept of them.

The command's `execute` is the registry's own deletion by digest, so that these tests
are about the worker alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.approvals.request import ItemState, Request, State
from bot.catalog.health import store as healths
from bot.catalog.health.known import Known
from bot.change import Action, Effects, Target
from bot.chat.command import Step, StepResult
from bot.db.engine import Database
from bot.errors import RefusedError
from bot.plans.remove import execute
from bot.plans.undo import reverse
from bot.registry.client import Ability, RegistryReader, RegistryWriter, Support
from bot.registry.digest import Digest
from bot.registry.errors import DeletionDisabled, TargetMoved
from tests.factories import ALICE, CHANNEL, TEAM, make_change, make_target
from tests.workshop import Workshop, delete_tag, stock, whole

REPOSITORY = "team/app"


async def remove(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    if step.target.tag:
        return await delete_tag(reader, writer, step)
    assert step.bystanders is not None
    digest = step.manifest.digest
    if others := await step.bystanders.of(digest):
        raise TargetMoved(f"{', '.join(others)} hang on it")
    return StepResult("deleted", await writer.delete_manifest(REPOSITORY, digest))


@pytest.fixture
async def workshop(sqlite: Database) -> Workshop:
    workshop = Workshop(sqlite, executes={Action.DELETE: remove})
    workshop.reverses = {Action.DELETE: reverse}
    workshop.restart()
    stock(workshop.registry)
    return workshop


def both(workshop: Workshop) -> tuple[Target, ...]:
    """The manifest of 1.2, then the two tags on it."""
    digest = str(workshop.registry.digest(REPOSITORY, "1.2"))
    return tuple(
        make_target(REPOSITORY, tag, digest=digest) for tag in ("", "1.2", "stable")
    )


async def approved(workshop: Workshop, *targets: Target, **effects: object) -> Request:
    change = make_change(*targets, effects=Effects(**effects))  # type: ignore[arg-type]  # named by the dataclass
    request = await workshop.workflow.submit(
        change, actor=ALICE, team=TEAM, channel=CHANNEL
    )
    return await workshop.approve(request)


async def carried_out(workshop: Workshop, request: Request) -> Request:
    await workshop.worker.execute(request.number)
    return await whole(workshop, request)


async def test_manifest_goes_with_its_tags_by_one_deletion(workshop: Workshop) -> None:
    request = await approved(workshop, *both(workshop))
    done = await carried_out(workshop, request)
    assert (done.state, done.outcome) == (State.DONE, "3 done")
    assert [item.outcome for item in done.items] == [
        "deleted (202 Accepted)",
        "deleted (with its manifest)",
        "deleted (with its manifest)",
    ]
    assert workshop.registry.tags(REPOSITORY) == ("1.3",)
    assert len(workshop.registry.faults.seen("DELETE")) == 1
    assert (await workshop.actions()).count("delete.executed") == 3


async def test_tag_pushed_onto_the_manifest_since_saves_it_and_its_tags(
    workshop: Workshop,
) -> None:
    request = await approved(workshop, *both(workshop))
    digest = workshop.registry.digest(REPOSITORY, "1.2")
    assert digest is not None
    workshop.registry.tag(REPOSITORY, "mine", digest)
    done = await carried_out(workshop, request)
    assert done.state is State.VOIDED
    assert set(workshop.registry.tags(REPOSITORY)) == {"1.2", "stable", "1.3", "mine"}
    assert "mine" in done.items[0].outcome
    assert done.items[1].outcome.startswith("stays, since its manifest does")


async def test_tag_that_moved_away_is_left_alone_and_the_rest_goes(
    workshop: Workshop,
) -> None:
    request = await approved(workshop, *both(workshop))
    moved = workshop.registry.push(REPOSITORY, "stable", content="pushed since")
    done = await carried_out(workshop, request)
    assert [item.state for item in done.items] == [
        ItemState.DONE,
        ItemState.DONE,
        ItemState.VOIDED,
    ]
    assert workshop.registry.digest(REPOSITORY, "stable") == moved
    assert set(workshop.registry.tags(REPOSITORY)) == {"stable", "1.3"}


async def test_tag_that_was_gone_before_is_not_said_to_be_deleted(
    workshop: Workshop,
) -> None:
    request = await approved(workshop, *both(workshop))
    workshop.registry.remove(REPOSITORY, "stable")
    done = await carried_out(workshop, request)
    assert done.items[2].outcome == "already gone"
    kept = await workshop.workflow.kept(done)
    assert set(kept) == {1, 2}, "what was not there cannot be put back"


async def test_tags_are_removed_alone_where_manifests_cannot_be(
    workshop: Workshop,
) -> None:
    async def only_tags(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        if not step.target.tag:
            raise DeletionDisabled("no deletion by digest here")
        return await delete_tag(reader, writer, step)

    workshop.executes[Action.DELETE] = only_tags
    request = await approved(workshop, *both(workshop))
    done = await carried_out(workshop, request)
    assert [item.state for item in done.items] == [
        ItemState.FAILED,
        ItemState.DONE,
        ItemState.DONE,
    ]
    assert workshop.registry.tags(REPOSITORY) == ("1.3",)


async def test_tag_protected_since_saves_its_manifest(workshop: Workshop) -> None:
    request = await approved(workshop, *both(workshop))
    workshop.restart(protect={"tags": ["stable"]})
    done = await carried_out(workshop, request)
    assert "protected" in done.items[0].outcome
    assert "protected" in done.items[2].outcome
    assert "stable" in workshop.registry.tags(REPOSITORY)


@pytest.mark.parametrize("deleted", [False, True])
async def test_killed_between_deletion_and_record_goes_on(
    workshop: Workshop, deleted: bool
) -> None:
    request = await approved(workshop, *both(workshop))

    async def dies(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        if deleted:
            await remove(reader, writer, step)
        raise KeyboardInterrupt

    workshop.executes[Action.DELETE] = dies
    with pytest.raises(KeyboardInterrupt):
        await workshop.worker.execute(request.number)
    workshop.executes[Action.DELETE] = remove
    workshop.restart()
    done = await carried_out(workshop, request)
    assert done.state is State.DONE
    assert workshop.registry.tags(REPOSITORY) == ("1.3",)
    assert (await workshop.actions()).count("delete.executed") == 3
    assert set(await workshop.workflow.kept(done)) == {1, 2, 3}


async def test_what_went_with_a_manifest_comes_back(workshop: Workshop) -> None:
    targets = both(workshop)
    request = await carried_out(workshop, await approved(workshop, *targets))
    undo = await workshop.workflow.submit(
        make_change(
            *reversed(targets),
            action=Action.UNDO,
            undoes=request.number,
        ),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    back = await carried_out(workshop, undo)
    assert back.state is State.DONE, back.outcome
    for tag in ("1.2", "stable"):
        now = workshop.registry.digest(REPOSITORY, tag)
        assert now == Digest.parse(targets[0].digest)


async def test_repository_entry_stays_while_it_has_tags(workshop: Workshop) -> None:
    request = await approved(workshop, make_target(REPOSITORY, "", digest=""))
    done = await carried_out(workshop, request)
    assert (done.state, done.outcome) == (
        State.VOIDED,
        "team/app has tags again, so it stays",
    )


async def test_v2_repository_has_no_entry_to_remove(workshop: Workshop) -> None:
    for tag in ("1.2", "stable", "1.3"):
        workshop.registry.remove(REPOSITORY, tag)
    request = await approved(workshop, make_target(REPOSITORY, "", digest=""))
    assert (await carried_out(workshop, request)).outcome == "already gone"


async def test_undo_of_a_kind_without_reverse_fails_and_says_so(
    workshop: Workshop,
) -> None:
    targets = both(workshop)
    request = await carried_out(workshop, await approved(workshop, *targets))
    workshop.reverses = {}
    workshop.restart()
    undo = await workshop.workflow.submit(
        make_change(targets[0], action=Action.UNDO, undoes=request.number),
        actor=ALICE,
        team=TEAM,
        channel=CHANNEL,
    )
    assert "cannot carry out undo delete" in (await carried_out(workshop, undo)).outcome


async def test_second_undo_is_refused_while_the_first_is_under_way(
    workshop: Workshop,
) -> None:
    targets = both(workshop)
    request = await carried_out(workshop, await approved(workshop, *targets))
    change = make_change(targets[0], action=Action.UNDO, undoes=request.number)
    await workshop.workflow.submit(change, actor=ALICE, team=TEAM, channel=CHANNEL)
    with pytest.raises(Exception, match="is undoing") as caught:
        await workshop.workflow.submit(change, actor=ALICE, team=TEAM, channel=CHANNEL)
    assert not isinstance(caught.value, RefusedError)


async def abilities(workshop: Workshop) -> Mapping[Ability, Known]:
    async with workshop.database.read() as tx:
        known = await healths.load(tx, "main")
    assert known is not None
    return known.abilities


@pytest.mark.parametrize(
    ("native", "support"), [(True, Support.YES), (False, Support.NO)]
)
async def test_what_a_deletion_has_shown_of_a_registry_is_remembered(
    workshop: Workshop, native: bool, support: Support
) -> None:
    workshop.executes[Action.DELETE] = execute
    workshop.registry.become(tag_deletion=native)
    request = await approved(workshop, both(workshop)[1])
    assert (await carried_out(workshop, request)).state is State.DONE
    assert (await abilities(workshop))[Ability.DELETES_TAGS].support is support


async def test_refused_deletion_is_remembered(workshop: Workshop) -> None:
    workshop.executes[Action.DELETE] = execute
    workshop.registry.become(delete_enabled=False)
    request = await approved(workshop, both(workshop)[1])
    assert (await carried_out(workshop, request)).state is State.FAILED
    assert (await abilities(workshop))[Ability.DELETES].support is Support.NO
