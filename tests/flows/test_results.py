"""What people do with an answer: rows, order, filter, share, file."""

from __future__ import annotations

import csv
import io
from typing import Any

from tests.flows.world import ALICE, BOB, GUEST, World, until
from tests.slack.fake_slack import Fault, all_text, buttons_of, menus_of, refused
from tests.slack.sending import interaction, press, submission

FULL = "docker.example.com/team/app"


async def filters(
    world: World, user: str, message: dict[str, Any], typed: str, **over: Any
) -> str:
    """Somebody presses Filter…, types and sends it off; where the answer is."""
    name = await world.presses(user, "Filter…", message, **over)
    body = submission(world.slack.views[-1], user=user, reason=typed)
    answer = await world.send(interaction(body))
    assert (answer.status_code, answer.text) == (200, "")
    await world.doors.work.idle()
    return name


async def test_row_is_inspected_from_its_menu(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    name = await world.chooses(ALICE, menus_of(answer)["1.4.2"], "Inspect")
    assert f"{FULL}:1.4.2" in world.told(name)
    assert "Media type" in world.told(name)
    assert world.answer(name)["replace_original"] is False


async def test_pull_command_stands_in_a_block_to_copy(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    name = await world.chooses(ALICE, menus_of(answer)["1.4.2"], "Copy pull command")
    (pull, _, exact) = world.answer(name)["blocks"]
    (block,) = pull["elements"]
    assert block["type"] == "rich_text_preformatted"
    assert block["elements"][0]["text"] == f"docker pull {FULL}:1.4.2"
    assert f"docker pull {FULL}@sha256:" in str(exact)


async def test_delete_opens_the_form_that_shows_what_goes(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    await world.chooses(ALICE, menus_of(answer)["1.4.2"], "Delete…")
    view = str(world.slack.views[-1])
    assert "1.4.2" in view
    assert await world.record() == [], "nothing is asked for yet"


async def test_repository_leads_to_its_tags_and_usage(world: World) -> None:
    answer = await world.says(ALICE, "search team/app")
    row = menus_of(answer)["team/app"]
    assert "1.4.2" in world.told(await world.chooses(ALICE, row, "Tags"))
    assert "Manifests" in world.told(await world.chooses(ALICE, row, "Usage"))
    assert "docker push" in world.told(await world.chooses(ALICE, row, "How to push"))


async def test_menu_acts_for_whoever_chooses(world: World) -> None:
    """A guest is refused, whoever was answered with the list."""
    answer = await world.says(ALICE, "tags team/app")
    name = await world.chooses(GUEST, menus_of(answer)["1.4.2"], "Inspect")
    assert "Media type" not in world.told(name)
    assert "guest" in world.told(name)


async def test_list_is_sorted_in_its_place(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    select = menus_of(answer)["select"]
    assert select["initial_option"]["text"]["text"] == "Newest first"
    name = await world.chooses(ALICE, select, "By name", ephemeral=True)
    sorted_ = world.answer(name)
    assert sorted_["replace_original"] is True
    rows = [name for name in menus_of(sorted_) if name != "select"]
    assert rows == sorted(rows)
    now = menus_of(sorted_)["select"]["initial_option"]["text"]["text"]
    assert now == "By name"


async def test_list_is_filtered_in_its_place(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app --sort name")
    name = await filters(world, ALICE, answer, "1.4.*", ephemeral=True)
    found = world.answer(name)
    assert found["replace_original"] is True
    rows = [row for row in menus_of(found) if row != "select"]
    assert rows
    assert all(row.startswith("1.4.") for row in rows)
    (element,) = (block["element"] for block in world.slack.views[-1]["blocks"])
    assert "initial_value" not in element
    again = await filters(world, ALICE, found, "", ephemeral=True)
    view = world.slack.views[-1]
    assert view["blocks"][0]["element"]["initial_value"] == "1.4.*"
    rows = [row for row in menus_of(world.answer(again)) if row != "select"]
    assert not all(row.startswith("1.4.") for row in rows)


async def test_nothing_found_can_be_filtered_again(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app --match nothing*")
    name = await filters(world, ALICE, answer, "1.4.2")
    assert "1.4.2" in menus_of(world.answer(name))


async def test_search_and_usage_and_record_are_filtered(world: World) -> None:
    for command, typed, there in (
        ("search", "team/*", "team/app"),
        ("usage --now", "team/*", "team/app"),
    ):
        answer = await world.says(ALICE, command)
        name = await filters(world, ALICE, answer, typed)
        rows = [row for row in menus_of(world.answer(name)) if row != "select"]
        assert there in rows
        assert all(row.startswith("team/") for row in rows)
    await world.says(ALICE, "delete team/app:1.4.2")
    record = await world.says(ALICE, "audit")
    name = await filters(world, ALICE, record, "nobody/*")
    assert "no such entry" in world.told(name)
    name = await filters(world, ALICE, world.answer(name), "team/*")
    assert "C1" in world.told(name)


async def test_filter_that_is_no_text_is_told_in_the_modal(world: World) -> None:
    """A command that fits a button and not a command line, with the filter."""
    answer = await world.says(ALICE, "tags team/app")
    await world.presses(ALICE, "Filter…", answer)
    view = world.slack.views[-1]
    view["private_metadata"] = view["private_metadata"].replace("team/app", "x" * 8100)
    body = submission(view, user=ALICE, reason="1.*")
    response = await world.send(interaction(body))
    assert response.json()["response_action"] == "errors"


async def test_window_that_does_not_open_is_told(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    world.slack.fail("views.open", refused("expired_trigger_id"))
    name = await world.presses(ALICE, "Filter…", answer)
    assert "could not be opened" in world.told(name)


async def test_modal_that_is_not_ours_is_refused(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    await world.presses(ALICE, "Filter…", answer)
    for metadata in ("", "[]", '["tags", 1, "", true]', "{"):
        view = {**world.slack.views[-1], "private_metadata": metadata}
        body = submission(view, user=ALICE, reason="1.*")
        assert (await world.send(interaction(body))).status_code == 400


# -- share


async def test_answer_is_shared_as_the_pressers(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app --sort name")
    name = await world.presses(BOB, "Share", answer, channel="C0GENERAL")
    shared = world.answer(name)
    assert shared["response_type"] == "in_channel"
    assert shared["replace_original"] is False
    assert "1.4.2" in all_text(shared)
    assert f"{BOB} shares /registry tags team/app --sort name" in all_text(shared)


async def test_nothing_can_be_pressed_on_what_is_shared(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    name = await world.presses(ALICE, "Share", answer)
    shared = world.answer(name)
    assert buttons_of(shared) == {}
    assert menus_of(shared) == {}


async def test_share_goes_to_the_channel_where_the_url_is_spent(world: World) -> None:
    answer = await world.says(ALICE, "search team")
    world.slack.fail("response_url", Fault(404, "used_url"))
    await world.presses(ALICE, "Share", answer, channel="C0GENERAL")
    await until(lambda: any(c == "C0GENERAL" for c, _ in world.slack.messages))
    assert "team/app" in all_text(world.slack.message_in("C0GENERAL"))


async def test_only_what_the_presser_may_see_is_shared(world: World) -> None:
    answer = await world.says(ALICE, "tags team/app")
    name = await world.presses(GUEST, "Share", answer)
    assert world.answer(name)["response_type"] == "ephemeral"
    assert "1.4.2" not in world.told(name)


async def test_share_runs_nothing_that_changes(world: World) -> None:
    """Whatever a button carried: asking, deciding and watching are no reading."""
    answer = await world.says(ALICE, "tags team/app")
    button = buttons_of(answer)["Share"]
    for number, text in enumerate(
        ("delete team/app:1.4.2", "freeze now", "watch team/app", "undo C1", "nope")
    ):
        body = press(
            {**button, "value": text},
            user=ALICE,
            response_url=world.slack.response_url(f"forged{number}"),
        )
        await world.send(interaction(body))
        await world.doors.work.idle()
        forged = world.answer(f"forged{number}")
        assert forged["response_type"] == "ephemeral"
    assert await world.record() == []


# -- files


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode())))


async def test_long_list_comes_whole_as_a_file(world: World) -> None:
    for number in range(40):
        world.registry.push("big/app", f"1.{number}", content="same")
    answer = await world.says(ALICE, "tags big/app --sort semver")
    assert len(menus_of(answer)) == 16
    name = await world.presses(ALICE, "As a file", answer)
    assert "40 lines" in world.told(name)
    ((channel, filename, body),) = world.slack.files
    assert channel == f"D{ALICE}"
    assert filename.startswith("tags-big-app-sort-semver-")
    assert filename.endswith(".csv")
    rows = rows_of(body)
    assert [row["tag"] for row in rows] == [f"1.{n}" for n in reversed(range(40))]
    assert rows[0]["digest"].startswith("sha256:")


async def test_every_list_has_a_file(world: World) -> None:
    await world.says(ALICE, "usage --now")
    await world.says(BOB, "delete team/app:1.4.2")
    for command, column in (
        ("search", "repository"),
        ("usage", "own"),
        ("usage team/app", "own"),
        ("audit", "action"),
    ):
        answer = await world.says(ALICE, command)
        await world.presses(ALICE, "As a file", answer)
        _, filename, body = world.slack.files[-1]
        assert filename.endswith(".csv"), command
        assert rows_of(body)[0][column], command


async def test_image_comes_whole_as_text(world: World) -> None:
    answer = await world.says(ALICE, "inspect team/app:1.4.2")
    await world.presses(ALICE, "As a file", answer)
    ((_, filename, body),) = world.slack.files
    assert filename.endswith(".txt")
    text = body.decode()
    assert f"docker pull {FULL}:1.4.2" in text
    assert "History, newest step first:" in text
    assert "more" not in text


async def test_file_is_for_the_presser_alone(world: World) -> None:
    answer = await world.says(ALICE, "search team")
    name = await world.presses(BOB, "As a file", answer)
    assert [channel for channel, _, _ in world.slack.files] == [f"D{BOB}"]
    assert world.answer(name)["response_type"] == "ephemeral"
    await world.presses(GUEST, "As a file", answer)
    assert len(world.slack.files) == 1


async def test_plan_of_a_prune_comes_whole_with_what_stays_and_why(
    world: World,
) -> None:
    answer = await world.says(ALICE, "prune team/app --keep 2 --dry-run")
    await world.presses(ALICE, "As a file", answer)
    ((_, _, body),) = world.slack.files
    rows = rows_of(body)
    assert {row["goes"] for row in rows} == {"true", "false"}
    assert all(row["why"] for row in rows)
    assert await world.record() == []


# -- pictures


async def test_chart_comes_to_whoever_asked_with_its_figures_in_words(
    world: World,
) -> None:
    await world.says(ALICE, "usage --now")
    answer = await world.says(ALICE, "usage team/*")
    name = await world.presses(ALICE, "As a chart", answer)
    assert "team/app" in world.told(name)
    assert "direct message" in world.told(name)
    ((channel, filename, body),) = world.slack.files
    assert channel == f"D{ALICE}"
    assert filename.endswith(".png")
    assert body.startswith(b"\x89PNG")
    (asked,) = world.slack.named("files.getUploadURLExternal")
    assert "docker.example.com, team/*" in asked["alt_txt"]
    assert "team/app:" in asked["alt_txt"]


async def test_shared_chart_goes_to_the_channel(world: World) -> None:
    answer = await world.says(ALICE, "usage --now --chart")
    await world.presses(ALICE, "Share", answer, channel="C0GENERAL")
    assert [channel for channel, _, _ in world.slack.files] == [
        f"D{ALICE}",
        "C0GENERAL",
    ]


async def test_chart_a_channel_does_not_take_is_told_to_who_shares(
    world: World,
) -> None:
    answer = await world.says(ALICE, "usage --now --chart")
    world.slack.fail("files.completeUploadExternal", refused("not_in_channel"))
    name = await world.presses(ALICE, "Share", answer, channel="C0GENERAL")
    assert world.answer(name)["response_type"] == "ephemeral"
    assert "Invite the bot to the channel" in world.told(name)


async def test_chart_of_one_repository_is_refused(world: World) -> None:
    answer = await world.says(ALICE, "usage team/app --chart")
    assert "usage --chart" in all_text(answer)
    assert world.slack.files == []


async def test_nothing_read_is_no_chart(world: World) -> None:
    answer = await world.says(ALICE, "usage zzz* --chart")
    assert "nothing to draw" in all_text(answer)
    assert world.slack.files == []
