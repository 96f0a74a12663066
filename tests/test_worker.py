from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.approvals.request import ItemState, State, Verdict
from bot.change import Action, Effects
from bot.chat.command import Step, StepResult
from bot.db.engine import Database
from bot.demo.images import build_image, build_index, layer
from bot.errors import ConfigurationError, UnavailableError
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.manifest import parse_manifest
from bot.registry.v2 import V2Registry
from bot.worker import keeping
from tests.factories import ALICE, BOB, TEAM, make_change, make_target
from tests.workshop import Crash, Workshop, stock, until, whole


@pytest.fixture
async def workshop(database: Database) -> Workshop:
    workshop = Workshop(database)
    stock(workshop.registry)
    return workshop


@pytest.mark.parametrize("native", [False, True])
async def test_approved_tag_goes_and_its_sibling_stays(
    workshop: Workshop, native: bool
) -> None:
    workshop.registry.become(tag_deletion=native)
    request = await workshop.approved("1.2")
    await workshop.worker.execute(request.number)
    assert set(workshop.registry.tags("team/app")) == {"stable", "1.3"}
    done = await whole(workshop, request)
    assert done.state is State.DONE
    assert done.outcome == "deleted (202 Accepted)"
    entry = (await workshop.record())[-1]
    assert (entry.action, entry.actor, entry.approvers) == (
        "delete.executed",
        ALICE,
        (BOB,),
    )
    assert entry.outcome == "deleted (202 Accepted)"
    (told,) = workshop.messenger.told
    assert told[0] == ALICE
    assert f"audit #{entry.seq} {entry.hash[:12]}" in repr(workshop.messenger.posts[-1])
    counted = workshop.services.metrics.changes.labels("delete", "done")
    assert counted._value.get() == 1


async def test_execute_learns_which_tags_were_to_stay(workshop: Workshop) -> None:
    steps: list[Step] = []

    async def execute(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        steps.append(step)
        return StepResult("deleted", "")

    workshop.executes[Action.DELETE] = execute
    digest = str(workshop.registry.digest("team/app", "1.2"))
    change = make_change(make_target("team/app", "1.2", digest=digest), host="h")
    request = await workshop.workflow.submit(
        replace(change, effects=Effects(kept_tags=("stable",))),
        actor=ALICE,
        team=TEAM,
        channel="C0HERE",
    )
    await workshop.approve(request)
    await workshop.worker.execute(request.number)
    (step,) = steps
    assert (str(step.manifest.digest), step.kept) == (digest, ("stable",))


async def test_what_is_not_approved_is_not_touched(workshop: Workshop) -> None:
    pending = await workshop.ask("1.2")
    await workshop.worker.execute(pending.number)
    await workshop.workflow.decide(
        pending.number, actor=BOB, team=TEAM, verdict=Verdict.REJECT, reason="no"
    )
    await workshop.worker.execute(pending.number)
    await workshop.worker.execute(99)
    assert set(workshop.registry.tags("team/app")) == {"1.2", "stable", "1.3"}
    assert workshop.registry.requests == []


async def test_executing_twice_deletes_once(workshop: Workshop) -> None:
    request = await workshop.approved("1.2")
    await workshop.worker.execute(request.number)
    workshop.registry.push("team/app", "1.2", content="app")
    await workshop.worker.execute(request.number)
    assert "1.2" in workshop.registry.tags("team/app")
    assert (await workshop.actions()).count("delete.executed") == 1


async def test_tag_that_moved_is_not_deleted(workshop: Workshop) -> None:
    request = await workshop.approved("1.2")
    moved = workshop.registry.push("team/app", "1.2", content="pushed meanwhile")
    await workshop.worker.execute(request.number)
    assert workshop.registry.digest("team/app", "1.2") == moved
    voided = await whole(workshop, request)
    assert voided.state is State.VOIDED
    assert str(moved) in voided.outcome
    assert (await workshop.actions())[-1] == "delete.voided"
    assert not workshop.registry.faults.seen("DELETE")
    assert not workshop.registry.faults.seen("PUT")


async def test_tag_that_moves_at_the_last_moment_is_not_deleted(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")

    def push() -> None:
        workshop.registry.push("team/app", "1.2", content="pushed meanwhile")

    workshop.registry.faults.before(push, "HEAD", "manifests/1.2")
    await workshop.worker.execute(request.number)
    assert workshop.registry.digest("team/app", "1.2") is not None
    assert (await whole(workshop, request)).state is State.VOIDED


async def test_tag_that_is_gone_already_counts_as_done(workshop: Workshop) -> None:
    request = await workshop.approved("1.2")
    workshop.registry.remove("team/app", "1.2")
    await workshop.worker.execute(request.number)
    done = await whole(workshop, request)
    assert done.state is State.DONE
    assert done.outcome == "already gone (404 MANIFEST_UNKNOWN)"
    assert (await workshop.actions())[-1] == "delete.executed"


async def test_repository_that_is_gone_already_counts_as_done(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    workshop.registry.forget("team/app")
    await workshop.worker.execute(request.number)
    assert (await whole(workshop, request)).outcome.startswith("already gone")


async def test_tag_protected_since_it_was_approved_is_not_deleted(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    workshop.restart(protect={"tags": ["1.2"]})
    await workshop.worker.execute(request.number)
    assert "1.2" in workshop.registry.tags("team/app")
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "protect.tags: 1.2" in failed.outcome
    assert not workshop.registry.faults.seen("DELETE")


class Unreadable:
    """Credentials that were there yesterday."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def get(self) -> None:
        raise self._error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ConfigurationError("The credential helper is gone", hint="Get it."),
            "is gone",
        ),
        (ZeroDivisionError("of ours"), "internal error (ZeroDivisionError)"),
    ],
)
async def test_what_no_retry_mends_ends_the_change(
    workshop: Workshop, error: Exception, words: str
) -> None:
    request = await workshop.approved("1.2")
    reader = workshop.services.registries.default
    assert isinstance(reader, V2Registry)
    reader.transport._source = Unreadable(error)
    await workshop.worker.execute(request.number)
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert words in failed.outcome
    assert "1.2" in workshop.registry.tags("team/app")
    assert (await workshop.actions())[-1] == "delete.failed"


async def test_deletion_disabled_leaves_the_tag_and_says_why(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    before = workshop.registry.digest("team/app", "1.2")
    workshop.registry.become(delete_enabled=False)
    await workshop.worker.execute(request.number)
    assert workshop.registry.digest("team/app", "1.2") == before
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "405" in failed.outcome
    assert "delet" in failed.outcome
    assert (await workshop.actions())[-1] == "delete.failed"
    assert failed.outcome in repr(workshop.messenger.posts[-1])


async def test_refused_credentials_fail_at_once(workshop: Workshop) -> None:
    request = await workshop.approved("1.2", "1.3")
    workshop.registry.become(username="ci", password=SecretStr("hunter2"))
    await workshop.worker.execute(request.number)
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "401" in failed.items[0].outcome
    assert failed.items[1].outcome.startswith("not tried: ")
    assert len(workshop.registry.requests) <= 2
    assert (await workshop.actions())[-2:] == ["delete.failed", "delete.failed"]


async def test_registry_that_comes_back_in_time_is_waited_for(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    workshop.registry.faults.fail(times=2)
    await workshop.worker.execute(request.number)
    assert (await whole(workshop, request)).state is State.DONE
    assert "1.2" not in workshop.registry.tags("team/app")


async def test_registry_that_stays_away_fails_the_change(workshop: Workshop) -> None:
    request = await workshop.approved("1.2", "1.3")
    workshop.registry.faults.fail(times=None)
    await workshop.worker.execute(request.number)
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "503" in failed.items[0].outcome
    assert "look at the tag" not in failed.items[0].outcome, "nothing was begun"
    assert failed.items[1].outcome.startswith("not tried: ")
    assert len(workshop.registry.requests) == 3, "bounded"


async def test_change_is_running_while_its_registry_is_waited_for(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    workshop.registry.faults.fail(times=1)
    seen: list[State] = []
    delays: list[float] = []

    async def sleep(delay: float) -> None:
        delays.append(delay)
        seen.append((await workshop.workflow.get(request.number)).state)

    worker = workshop.make_worker(retry_delays=(2.0, 8.0), sleep=sleep)
    await worker.execute(request.number)
    assert (seen, delays) == ([State.RUNNING], [2.0])


async def test_registry_that_falls_silent_half_way_says_look(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    workshop.registry.faults.fail("PUT", times=None)
    await workshop.worker.execute(request.number)
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "look at the tag" in failed.outcome


async def test_registry_taken_out_of_the_settings_fails_the_change(
    workshop: Workshop,
) -> None:
    request = await workshop.workflow.submit(
        make_change(make_target(registry="former")),
        actor=ALICE,
        team=TEAM,
        channel="C0",
    )
    await workshop.approve(request)
    await workshop.worker.execute(request.number)
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "No registry of this name" in failed.outcome


async def test_kind_of_change_this_version_does_not_know_fails(
    workshop: Workshop,
) -> None:
    request = await workshop.approved("1.2")
    worker = workshop.make_worker(executes={})
    await worker.execute(request.number)
    assert "cannot carry out delete" in (await whole(workshop, request)).outcome
    assert "1.2" in workshop.registry.tags("team/app")


async def test_defect_of_ours_fails_the_change_and_not_the_worker(
    workshop: Workshop,
) -> None:
    async def broken(
        reader: RegistryReader, writer: RegistryWriter, step: Step
    ) -> StepResult:
        raise KeyError("hunter2")

    request = await workshop.approved("1.2")
    await workshop.make_worker(executes={request.action: broken}).execute(
        request.number
    )
    failed = await whole(workshop, request)
    assert failed.state is State.FAILED
    assert "KeyError" in failed.outcome
    assert "hunter2" not in failed.outcome


async def test_several_targets_end_one_by_one(workshop: Workshop) -> None:
    for tag in ("a", "b", "c"):
        workshop.registry.push("team/app", tag)
    request = await workshop.approved("a", "b", "c")
    workshop.registry.push("team/app", "b", content="moved")
    await workshop.worker.execute(request.number)
    done = await whole(workshop, request)
    assert [item.state for item in done.items] == [
        ItemState.DONE,
        ItemState.VOIDED,
        ItemState.DONE,
    ]
    assert (done.state, done.outcome) == (State.DONE, "2 done, 1 voided")
    assert set(workshop.registry.tags("team/app")) == {"1.2", "stable", "1.3", "b"}


async def test_bytes_are_kept_before_anything_is_removed(workshop: Workshop) -> None:
    digest = workshop.registry.digest("team/app", "1.2")
    body = workshop.registry.manifest("team/app", "1.2")
    request = await workshop.approved("1.2")
    workshop.registry.faults.fail("DELETE", error=Crash(), times=None)
    with pytest.raises(Crash):
        await workshop.worker.execute(request.number)
    (kept,) = await workshop.execution.saved(request, request.items[0])
    assert (kept.digest, kept.body) == (str(digest), body)


async def test_children_of_an_index_are_kept_with_it(workshop: Workshop) -> None:
    platforms = ("linux/amd64", "linux/arm64")
    digest = workshop.registry.push("team/app", "multi", platforms=platforms)
    request = await workshop.approved("multi")
    await workshop.worker.execute(request.number)
    kept = await workshop.execution.saved(request, request.items[0])
    assert kept[0].digest == str(digest)
    assert len(kept) == 3
    for one in kept[1:]:
        assert workshop.registry.manifest("team/app", one.digest) == one.body
    assert (await whole(workshop, request)).state is State.DONE


async def test_index_with_children_that_were_never_pushed_is_deleted(
    workshop: Workshop,
) -> None:
    images = [
        build_image([layer(f"{arch}", 10)], platform=f"linux/{arch}")
        for arch in ("amd64", "arm64")
    ]
    index = build_index(images)
    workshop.registry.store("team/app", images[0])
    workshop.registry.store("team/app", index.manifest, tags=("sparse",))
    request = await workshop.approved("sparse")
    await workshop.worker.execute(request.number)
    assert (await whole(workshop, request)).state is State.DONE
    assert len(await workshop.execution.saved(request, request.items[0])) == 2


async def test_kept_bytes_have_a_limit(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index of a thousand children of four megabytes must not fill the disk."""
    platforms = ("linux/amd64", "linux/arm64")
    digest = workshop.registry.push("team/app", "multi", platforms=platforms)
    body = workshop.registry.manifest("team/app", digest)
    assert body is not None
    monkeypatch.setattr(keeping, "MAX_KEPT", len(body) + 1)
    request = await workshop.approved("multi")
    await workshop.worker.execute(request.number)
    (kept,) = await workshop.execution.saved(request, request.items[0])
    assert kept.body == body
    assert (await whole(workshop, request)).state is State.DONE


async def test_child_that_is_no_manifest_does_not_keep_an_index_from_going(
    workshop: Workshop,
) -> None:
    platforms = ("linux/amd64", "linux/arm64")
    digest = workshop.registry.push("team/app", "multi", platforms=platforms)
    body = workshop.registry.manifest("team/app", digest)
    assert body is not None
    child = parse_manifest(body, "").children[0].digest
    workshop.registry.faults.fail("GET", str(child), times=None, status=400)
    request = await workshop.approved("multi")
    await workshop.worker.execute(request.number)
    assert "multi" not in workshop.registry.tags("team/app")
    assert len(await workshop.execution.saved(request, request.items[0])) == 2


# --- running -----------------------------------------------------------------------


async def test_approval_is_carried_out_without_waiting(workshop: Workshop) -> None:
    async with workshop.working():
        request = await workshop.approved("1.2")
        await until(lambda: "1.2" not in workshop.registry.tags("team/app"))
        await until(lambda: bool(workshop.messenger.told))
    assert (await whole(workshop, request)).state is State.DONE


async def test_unfinished_change_goes_on_at_the_start(workshop: Workshop) -> None:
    request = await workshop.approved("1.2")
    workshop.registry.faults.fail("DELETE", error=Crash(), times=1)
    with pytest.raises(Crash):
        await workshop.worker.execute(request.number)
    workshop.restart()
    async with workshop.working():
        await until(lambda: "1.2" not in workshop.registry.tags("team/app"))
        await until(lambda: bool(workshop.messenger.told))
    assert (await whole(workshop, request)).attempt == 2


async def test_requests_expire_and_are_shown_as_expired(workshop: Workshop) -> None:
    request = await workshop.ask("1.2")
    workshop.clock.move(timedelta(days=2))
    async with workshop.working():
        await until(lambda: bool(workshop.messenger.told))
    assert (await workshop.workflow.get(request.number)).state is State.EXPIRED
    assert len(workshop.messenger.posts) == 1


async def test_periodic_work_outlives_a_database_that_is_away(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    async def away() -> tuple[int, ...]:
        nonlocal calls
        calls += 1
        raise UnavailableError("The database does not answer")

    monkeypatch.setattr(workshop.workflow, "expire_due", away)
    async with workshop.working():
        await until(lambda: calls >= 3)


async def test_slack_down_while_a_change_runs_delays_the_news_only(
    workshop: Workshop,
) -> None:
    workshop.messenger.down = True
    async with workshop.working():
        request = await workshop.approved("1.2")
        await until(lambda: "1.2" not in workshop.registry.tags("team/app"))
        workshop.messenger.down = False
        await until(lambda: bool(workshop.messenger.told))
    assert len(workshop.messenger.posts) == 1
    assert (await whole(workshop, request)).delivered
