"""The main job over HTTP: the program as processes, docker-registry 2.8.2, skopeo.

Slack is our own fake, strict where Slack is; `test_local_slack_story.py` tells a story
like these through a real Slack client.
"""

from __future__ import annotations

import asyncio
import csv
import json
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx
import pytest

from tests.live.gate import Gate, Passing
from tests.live.local_slack import until
from tests.live.main_job import (
    ALICE,
    BOB,
    CAROL,
    REPO,
    World,
    checkpoint_on,
)
from tests.slack import sending
from tests.slack.fake_slack import Fault, all_text, buttons_of

BOTH = ("linux/amd64", "linux/arm64")
SLACK_WAITS = 3.0
"""Seconds for an acknowledgement; the benchmark holds a tenth of that."""


def two_tags(world: World, platforms: tuple[str, ...] = BOTH[:1]) -> str:
    """Tags a and b on one digest, and c on another; returns the one."""
    digest = world.registry.push(REPO, "a", platforms=platforms)
    world.registry.tag(REPO, "b", "a")
    world.registry.push(REPO, "c")
    return digest


# -- searching


async def test_search_answers_before_during_and_after_the_first_walk(
    tmp_path: Path,
) -> None:
    async with World.running(tmp_path, serve=False) as world:
        world.registry.push("team/payments", "1.0")
        # One page of the catalog is 1,000 names: these fill it, the last is behind.
        world.registry.invent([f"bulk/r{number:04}" for number in range(999)])
        world.registry.push("zoo/payment-gateway", "1.0")
        first = world.gate.hold(lambda r: r.path.startswith("/v2/_catalog"))
        await world.start()

        await first.arrived()
        nothing = await world.ask(ALICE, "search ayment")
        assert "No repository matches “ayment”" in nothing
        assert "is still running: 0 repositories so far" in nothing

        second = world.gate.hold(lambda r: "_catalog" in r.path and "last=" in r.path)
        first.release()
        await second.arrived()
        some = await world.ask(ALICE, "search ayment")
        assert "team/payments" in some
        assert "zoo/payment-gateway" not in some
        assert "is still running: 1,000 repositories so far" in some

        second.release()
        await world.walked()
        found = await world.ask(ALICE, "search ayment")
        assert "2 repositories match “ayment”" in found
        assert "team/payments" in found
        assert "zoo/payment-gateway" in found
        assert "as of" in found
        glob = await world.ask(ALICE, "search zoo/*")
        assert "zoo/payment-gateway" in glob
        assert "team/payments" not in glob


# -- deleting


async def test_approved_deletion_takes_one_tag_and_is_on_record(tmp_path: Path) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        other = world.registry.digest(REPO, "c")
        before = await world.skopeo("b")

        card = await world.requested(f"{REPO}:a")
        assert world.told(ALICE) == []
        await world.press(BOB, card, "Approve")
        done = await world.card("C1", "Done.", "audit #")

        assert world.registry.tags(REPO) == ["b", "c"]
        assert world.registry.digest(REPO, "a") == ""
        assert await world.skopeo("a") is None
        assert world.pulls("b", digest)
        assert world.pulls("c", other)
        assert await world.skopeo("b") == before
        # Nor was b away in between: what was deleted is what had been put on a.
        (mark,) = world.gate.answered("PUT", 201)
        assert mark.path.endswith("/manifests/a")
        (deletion,) = world.gate.answered("DELETE", 202)
        assert deletion.path.endswith(f"/manifests/{mark.body_digest}")

        assert set(buttons_of(done)) == {"Undo"}
        assert f"Approved by {BOB}" in all_text(done)
        assert len(world.cards()) == 1
        await until(lambda: world.told(ALICE))
        (notice,) = world.told(ALICE)
        assert "C1" in notice
        assert "done" in notice

        record = world.record()
        assert [(row["action"], row["actor"]) for row in record] == [
            ("delete.requested", ALICE),
            ("delete.approved", BOB),
            ("delete.executed", ALICE),
        ]
        executed = record[-1]
        assert (executed["repository"], executed["tag"]) == (REPO, "a")
        assert executed["digest"] == digest
        assert json.loads(executed["approvers"]) == [BOB]
        assert executed["reason"] == "cleanup"
        sequence, shown = checkpoint_on(done).split(":")
        assert str(executed["seq"]) == sequence
        assert executed["hash"].startswith(shown)


async def test_record_and_commands_without_slack(tmp_path: Path) -> None:
    """`check`, `run`, `audit export` and `audit verify`, beside the running bot."""
    async with World.running(tmp_path) as world:
        two_tags(world)
        card = await world.requested(f"{REPO}:a")
        await world.press(BOB, card, "Approve")
        checkpoint = checkpoint_on(await world.card("Done.", "audit #"))

        await world.walked()
        wrong = checkpoint[:-1] + ("0" if checkpoint[-1] != "0" else "1")
        file = tmp_path / "record.csv"
        calls = {
            "check": 0,
            "run search app --json": 0,
            "run tags no/such --json": 1,
            f"run delete {REPO}:b": 2,
            f"audit verify --checkpoint {checkpoint}": 0,
            f"audit verify --checkpoint {wrong}": 1,
            "audit verify --checkpoint 3": 2,
            "audit export": 0,
            f"audit export --format csv --output {file}": 0,
            "audit list --json": 0,
        }
        ended = await asyncio.gather(*(world.run(*call.split()) for call in calls))
        said = dict(zip(calls, (output for _, output in ended), strict=True))
        assert {call: code for call, (code, _) in zip(calls, ended, strict=True)} == (
            calls
        ), said

        assert "delete by digest: ✓ yes" in said["check"]
        assert "bot token accepted" in said["check"]
        (row,) = map(json.loads, said["run search app --json"].splitlines())
        assert (row["registry"], row["repository"]) == ("default", REPO)
        assert world.registry.tags(REPO) == ["b", "c"]

        unbroken = said[f"audit verify --checkpoint {checkpoint}"]
        assert f"audit #{checkpoint.split(':')[0]}" in unbroken
        exported = said["audit export"].splitlines()
        assert len(exported) == 3
        assert exported == said["audit list --json"].splitlines()
        with file.open(encoding="utf-8", newline="") as opened:
            rows = list(csv.DictReader(opened))
        assert [row["hash"] for row in rows] == [
            json.loads(line)["hash"] for line in exported
        ]


async def test_only_somebody_elses_press_counts_and_only_once(tmp_path: Path) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        card = await world.requested(f"{REPO}:a")

        own = await world.answer(await world.press(ALICE, card, "Approve"))
        assert "You asked for C1 yourself" in own
        outsider = await world.answer(await world.press(CAROL, card, "Approve"))
        assert "You are not an approver of C1" in outsider
        assert "Waits for approval" in all_text(await world.card("C1"))
        assert world.pulls("a", digest)
        refused = [row for row in world.record() if "refused" in row["action"]]
        assert [(row["action"], row["actor"]) for row in refused] == [
            ("delete.refused", ALICE),
            ("delete.refused", CAROL),
        ]

        # Two presses at once: either may come first, the other is told who was.
        both = [await world.press(BOB, card, "Approve") for _ in range(2)]
        late = await world.answer(*both)
        assert "C1 was already approved" in late
        assert BOB in late
        await world.card("Done.", "audit #")
        assert world.pulls("b", digest)
        wanted = ["approved", "executed", "refused", "refused", "requested"]
        assert world.actions() == wanted
        assert len(world.gate.answered("DELETE", 202)) == 1


async def test_tag_that_moved_before_the_approval_is_not_deleted(
    tmp_path: Path,
) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        card = await world.requested(f"{REPO}:a")
        moved = world.registry.push(REPO, "a", content="pushed in between")
        await world.press(BOB, card, "Approve")

        words = all_text(await world.card("C1", "Not done.", "audit #"))
        assert f"{REPO}:a" in words
        assert f"has moved to {moved}" in words
        assert world.pulls("a", moved)
        assert world.pulls("b", digest)
        assert not [r for r in world.gate.requests if r.method == "PUT"]
        # Questions about what the registry can do are DELETEs of what cannot exist.
        assert not world.gate.answered("DELETE", 202)
        assert world.actions() == ["approved", "requested", "voided"]
        await until(lambda: world.told(ALICE))


async def test_tag_that_moves_while_it_is_being_deleted_stays(tmp_path: Path) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        card = await world.requested(f"{REPO}:a")
        hold = world.gate.hold(lambda r: r.method == "DELETE")
        await world.press(BOB, card, "Approve")
        await hold.arrived()
        moved = world.registry.push(REPO, "a", content="pushed in between")
        hold.release()

        await world.card("C1", "Not done.", "audit #")
        assert world.pulls("a", moved)
        assert world.pulls("b", digest)
        assert not [r for r in world.gate.requests if r.method == "PUT"]
        assert world.actions() == ["approved", "requested", "voided"]


async def test_where_deletion_is_off_the_tag_survives_and_the_card_says_why(
    tmp_path: Path,
) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        for number, mode in enumerate(("delete", "readonly"), start=1):
            world.registry.become(
                delete=mode == "readonly", readonly=mode == "readonly"
            )
            card = await world.requested(f"{REPO}:a")
            await world.press(BOB, card, "Approve")

            words = all_text(await world.card(f"C{number}", "Failed.", "audit #"))
            assert "the registry does not allow deletion, or is read-only" in words
            assert "REGISTRY_STORAGE_DELETE_ENABLED" in words
            assert buttons_of(await world.card("Failed.")) == {}
        assert world.registry.tags(REPO) == ["a", "b", "c"]
        assert world.pulls("a", digest)
        assert world.pulls("b", digest)
        assert not [r for r in world.gate.requests if r.method == "PUT"]
        assert world.actions() == sorted(2 * ["approved", "failed", "requested"])


async def test_sibling_of_a_deleted_index_pulls_with_every_platform(
    tmp_path: Path,
) -> None:
    async with World.running(tmp_path) as world:
        for repository, docker in (("team/oci", False), ("team/docker", True)):
            digest = world.registry.push(repository, "a", platforms=BOTH, docker=docker)
            world.registry.tag(repository, "b", "a")
            before = await world.skopeo("b", repository)
            card = await world.requested(f"{repository}:a")
            assert all(platform in all_text(card) for platform in BOTH)
            await world.press(BOB, card, "Approve")
            await world.card(f"delete {repository}:a", "Done.", "audit #")

            assert world.registry.tags(repository) == ["b"]
            assert world.pulls("b", digest, repository)
            pulled = await world.skopeo("b", repository)
            assert pulled == before
            assert pulled is not None
            listed = json.loads(pulled["manifest.json"])["manifests"]
            platforms = [child["platform"] for child in listed]
            assert [f"{p['os']}/{p['architecture']}" for p in platforms] == list(BOTH)
            for child in listed:
                name = child["digest"].removeprefix("sha256:")
                assert f"{name}.manifest.json" in pulled


# -- kill -9


@dataclass(frozen=True)
class Moment:
    """A request at which the bot is killed.

    Attributes:
        matches: which one, given what passed the gate before it.
        answered: the server has answered it, and the bot has not heard.
        at_slack: it is one to Slack and not to the registry.
        tag: what the tag names then.
    """

    matches: Callable[[Gate, Passing], bool]
    answered: bool = False
    at_slack: bool = False
    tag: Literal["image", "placeholder", "nothing"] = "image"


def first_look(_: Gate, request: Passing) -> bool:
    return request.path.endswith(f"/{REPO}/manifests/a")


def deletion_by_name(_: Gate, request: Passing) -> bool:
    return request.method == "DELETE" and request.path.endswith("/manifests/a")


def placeholder_put(_: Gate, request: Passing) -> bool:
    return request.method == "PUT" and request.path.endswith("/manifests/a")


def placeholder_deletion(gate: Gate, request: Passing) -> bool:
    marks = [put.body_digest for put in gate.answered("PUT", 201)]
    return request.method == "DELETE" and request.path.endswith(tuple(marks))


def card_says_done(_: Gate, request: Passing) -> bool:
    return request.path.endswith("/chat.update") and b"audit #" in request.body


MOMENTS = {
    "before_the_first_request": Moment(first_look),
    "before_deletion_by_name": Moment(deletion_by_name),
    "before_the_placeholder": Moment(placeholder_put),
    "placeholder_put_and_not_known": Moment(
        placeholder_put, answered=True, tag="placeholder"
    ),
    "before_the_deletion": Moment(placeholder_deletion, tag="placeholder"),
    "deleted_and_not_known": Moment(placeholder_deletion, answered=True, tag="nothing"),
    "before_the_card_says_so": Moment(card_says_done, at_slack=True, tag="nothing"),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
async def test_killed_it_goes_on_and_deletes_once(
    tmp_path: Path, moment: Moment
) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        other = world.registry.digest(REPO, "c")
        card = await world.requested(f"{REPO}:a")
        gate = world.slack_gate if moment.at_slack else world.gate
        hold = gate.hold(
            lambda request: moment.matches(gate, request), answered=moment.answered
        )
        await world.press(BOB, card, "Approve")
        await hold.arrived()
        await world.kill()
        hold.drop()
        marks = [put.body_digest for put in world.gate.answered("PUT", 201)]
        named = {digest: "image", "": "nothing", **dict.fromkeys(marks, "placeholder")}
        assert named[world.registry.digest(REPO, "a")] == moment.tag
        assert world.pulls("b", digest)

        await world.start()
        done = await world.card("C1", "Done.", "audit #")
        await until(lambda: world.told(ALICE))

        assert world.registry.tags(REPO) == ["b", "c"]
        assert world.pulls("b", digest)
        assert world.pulls("c", other)
        (deletion,) = world.gate.answered("DELETE", 202)
        (mark,) = world.gate.answered("PUT", 201)
        assert deletion.path.endswith(f"/manifests/{mark.body_digest}")
        assert world.actions() == ["approved", "executed", "requested"]
        code, output = await world.run(
            "audit", "verify", "--checkpoint", checkpoint_on(done)
        )
        assert code == 0, output
        assert len(world.cards()) == 1
        assert len(world.told(ALICE)) == 1


# -- a registry that does not play along


async def test_wrong_password_is_said_and_nothing_is_asked_for(tmp_path: Path) -> None:
    async with World.running(tmp_path, password="not-the-right-one") as world:
        two_tags(world)
        for text in (f"tags {REPO}", f"inspect {REPO}:a", f"delete {REPO}:a"):
            words = await world.ask(ALICE, text)
            assert "password" in words, words
        await until(lambda: "catalog.walk_broke_off" in world.log)
        searched = await world.ask(ALICE, "search app")
        assert "could not be read to its end" in searched
        assert "credentials" in searched
        code, output = await world.run("check")
        assert code == 1, output
        assert "NO   registry default" in output
        assert world.cards() == []
        assert world.record() == []
        assert world.registry.tags(REPO) == ["a", "b", "c"]


async def test_registry_that_is_down_is_said_and_approved_work_waits_for_it(
    tmp_path: Path,
) -> None:
    async with World.running(tmp_path, gated=False) as world:
        digest = two_tags(world)
        card = await world.requested(f"{REPO}:a")
        world.registry.stop()
        await world.press(BOB, card, "Approve")
        words, (code, output) = await asyncio.gather(
            world.ask(ALICE, f"delete {REPO}:b"), world.run("check")
        )
        assert "The registry default cannot be reached" in words
        assert "Check that it runs" in words
        assert code == 1, output
        assert "cannot be reached" in output
        assert f"Approved by {BOB}" in all_text(await world.card("C1"))
        await until(lambda: "registry_silent" in world.log)
        world.registry.start()
        await world.card("C1", "Done.", "audit #")
        assert world.registry.tags(REPO) == ["b", "c"]
        assert world.pulls("b", digest)
        assert world.actions() == ["approved", "executed", "requested"]


async def test_slow_registry_delays_neither_acks_nor_other_answers(
    tmp_path: Path,
) -> None:
    async with World.running(tmp_path) as world:
        two_tags(world)
        hold = world.gate.hold(lambda r: "/tags/list" in r.path)
        began = time.monotonic()
        slow = await world.command(ALICE, f"tags {REPO}")
        acked = time.monotonic() - began
        await hold.arrived()
        began = time.monotonic()
        asked = await world.command(BOB, f"delete {REPO}:a")
        assert max(acked, time.monotonic() - began) < SLACK_WAITS

        assert "search" in await world.ask(CAROL, "help")
        assert not hold.through
        await until(lambda: "Still working" in "".join(world.said(slow)))
        await until(lambda: time.monotonic() - began > 5)
        hold.release()
        assert "3 tags" in await world.answer(slow)
        assert "C1 waits for" in await world.answer(asked)


# -- secrets


async def test_nothing_secret_is_written_or_said(tmp_path: Path) -> None:
    """At its most talkative and with everything going wrong that can.

    That nothing is found is asserted at the end of every world; here, that the search
    would find it.
    """
    async with World.running(tmp_path, serve=False) as world:
        two_tags(world)
        await world.start("--log-level", "debug")
        body = sending.form(
            sending.slash("help", user=ALICE, response_url=world.slack.response_url())
        )
        forged = sending.signed(body, secret="another secret")
        answer = await world.http.post("/slack/events", content=body, headers=forged)
        assert (answer.status_code, answer.text) == (401, "")
        assert (await world.send(b"payload=%7Bbroken")).status_code == 400
        empty = sending.interaction({"type": "block_actions", "actions": []})
        assert (await world.send(empty)).status_code == 400

        world.slack.fail("response_url", Fault(404, "expired_url"))
        await world.command(ALICE, f"tags {REPO}")
        await until(lambda: world.slack.ephemerals)
        world.slack.fail("users.info", Fault(drop=True), Fault(200, "not JSON"))
        await world.ask(CAROL, "search app")
        await world.ask(BOB, f"inspect {REPO}:a")
        card = await world.requested(f"{REPO}:a")
        world.registry.become(users={"ci": "changed"})
        await world.press(BOB, card, "Approve")
        failed = await world.card("C1", "Failed.", "audit #")
        assert "password" in all_text(failed)
        await world.ask(ALICE, "audit")
        await world.ask(ALICE, "status")
        calls = (("check",), ("run", "status"), ("audit", "export"))
        await asyncio.gather(*(world.run(*call) for call in calls))
        assert (await world.http.get("/metrics")).status_code == 200
        assert world.secrets_found() == {}
        # The log names calls and changes, and hardly repositories.
        assert b"C1" in world.written()["log"]
        for place in ("output", "messages", "bot.db-wal"):
            assert REPO.encode() in world.written()[place], place
        assert await world.terminate() == 0
        assert REPO.encode() in world.written()["bot.db"]


# -- starting and stopping


async def test_sigterm_lets_the_deletion_finish(tmp_path: Path) -> None:
    async with World.running(tmp_path) as world:
        digest = two_tags(world)
        card = await world.requested(f"{REPO}:a")
        hold = world.gate.hold(lambda r: placeholder_deletion(world.gate, r))
        await world.press(BOB, card, "Approve")
        await hold.arrived()
        assert world.process is not None
        world.process.send_signal(signal.SIGTERM)

        async def closed() -> bool:
            try:
                await world.http.get("/healthz")
            except httpx.TransportError:
                return True
            return False

        await until(closed)
        assert world.process.returncode is None
        hold.release()
        assert await world.terminate() == 0
        assert world.registry.tags(REPO) == ["b", "c"]
        assert world.pulls("b", digest)
        await world.card("C1", "Done.", "audit #")
        assert world.actions() == ["approved", "executed", "requested"]


async def test_second_serve_on_a_database_refuses(tmp_path: Path) -> None:
    async with World.running(tmp_path) as world:
        assert world.process is not None
        code, output = await world.run("serve", "--port", "0")
        assert code == 2, output
        assert f"Another registry-bot (process {world.process.pid})" in output
        assert (await world.http.get("/readyz")).status_code == 200
