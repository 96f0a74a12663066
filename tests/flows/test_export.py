"""The record as a file in Slack."""

from __future__ import annotations

import csv
import io
import json

from tests.flows.world import ALICE, BOB, CAROL, World
from tests.slack.fake_slack import refused


async def recorded(world: World) -> None:
    await world.says(ALICE, "delete team/app:1.4.2 --reason cleanup")
    await world.says(CAROL, "delete team/app:1.4.1 --reason =HYPERLINK()")


async def test_whole_record_comes_as_a_file_to_who_asked_alone(world: World) -> None:
    await recorded(world)
    answer = await world.says(BOB, "audit --export jsonl")
    ((channel, name, body),) = world.slack.files
    assert channel == f"D{BOB}"
    assert name.startswith("record-")
    assert name.endswith(".jsonl")
    entries = [json.loads(line) for line in body.decode().splitlines()]
    assert [entry["hash"] for entry in entries] == [
        entry.hash for entry in await world.record()
    ]
    assert "verified without the bot" in json.dumps(answer)


async def test_filters_hold_for_the_file_too(world: World) -> None:
    await recorded(world)
    await world.says(BOB, f"audit --actor {CAROL} --export csv")
    ((_, name, body),) = world.slack.files
    assert name.endswith(".csv")
    rows = list(csv.reader(io.StringIO(body.decode())))
    assert rows[0][:3] == ["seq", "at", "actor"]
    assert [row[2] for row in rows[1:]] == [CAROL]
    assert rows[1][rows[0].index("reason")] == "'=HYPERLINK()", "no formula"


async def test_file_slack_does_not_take_is_told(world: World) -> None:
    await recorded(world)
    world.slack.fail("files.getUploadURLExternal", refused("missing_scope"))
    answer = await world.says(BOB, "audit --export csv")
    assert "could not be sent" in json.dumps(answer)
    assert world.slack.files == []


async def test_form_that_is_none_is_refused(world: World) -> None:
    answer = await world.says(BOB, "audit --export pdf")
    assert "csv" in json.dumps(answer)
    assert world.slack.files == []
