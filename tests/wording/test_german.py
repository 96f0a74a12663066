"""A person whose Slack is German, a channel that is not, and a record that never is."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat import courier
from bot.config import CatalogSettings
from bot.registry.answer import Answer
from bot.registry.failure import failure
from bot.wording import Wording, speaking
from tests.flows.world import ALICE, BOB, GUEST, World, running, until
from tests.slack.fake_slack import FakeSlack, all_text, buttons_of

GRETA = "U0GRETA"
ASK = "delete team/app:1.4.2 --reason Altlast"


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """Greta reads German, all others English; nothing may break Slack's limits."""
    fake = FakeSlack()
    fake.add(ALICE, BOB)
    fake.add(GRETA, locale="de-DE")
    fake.add(GUEST, is_restricted=True, locale="de-AT")
    fake.groups["S0APPR"] = []
    await fake.start()
    yield fake
    await fake.stop()
    assert fake.violations == []


@pytest.fixture
async def world(tmp_path: Path, slack: FakeSlack) -> AsyncIterator[World]:
    # What is read in the background moves the bytes on a card.
    still = {"catalog": CatalogSettings(contents=0)}
    approvers = (ALICE, BOB, GRETA, GUEST)
    async with running(tmp_path, slack, over=still, approvers=approvers) as made:
        yield made


async def direct(world: World, user: str) -> str:
    """The newest direct message to somebody, as soon as there is one."""
    await until(lambda: (f"D{user}",) in {key[:1] for key in world.slack.messages})
    return all_text(world.slack.message_in(f"D{user}"))


async def test_one_request_is_told_to_each_in_their_language(world: World) -> None:
    answer = all_text(await world.says(GRETA, ASK))
    for words in ("C1 wartet auf 1 Genehmigung", "Entfernt", "Läuft ab", "Wartet auf"):
        assert words in answer
    assert "waits" not in answer

    assert world.card_says("asks to delete team/app:1.4.2 on docker.example.com")
    assert world.card_says("Stays, on the same digest")
    assert set(buttons_of(world.card)) == {"Approve", "Reject", "Cancel"}

    card = world.card
    own = world.told(await world.presses(GRETA, "Approve", card))
    assert "C1 ist ein eigener Antrag" in own
    await world.presses(BOB, "Approve", card)
    await until(lambda: world.card_says("Done."))
    late = world.told(await world.presses(GRETA, "Approve", card))
    assert f"C1 wurde schon genehmigt von {BOB}" in late

    told = await direct(world, GRETA)
    assert "Antrag C1 (team/app:1.4.2 auf docker.example.com löschen)" in told
    assert "erledigt" in told
    assert "Ergebnis: deleted" in told, "what the record holds is quoted"

    record = await world.record()
    outcomes = {entry.action: entry.outcome for entry in record}
    assert outcomes["delete.refused"] == (
        "approve: You asked for C1 yourself, so somebody else has to decide"
    )
    assert outcomes["delete.executed"].startswith("deleted")


async def test_channel_reads_its_language_and_people_theirs(
    tmp_path: Path, slack: FakeSlack
) -> None:
    async with running(tmp_path, slack, language="de") as world:
        slack.add(ALICE, locale="en-GB")
        answer = all_text(await world.says(ALICE, ASK))
        assert "C1 waits for 1 approval" in answer
        assert world.card_says("beantragt: team/app:1.4.2 auf docker.example.com lö")
        assert world.card_says("Wartet auf Genehmigung.")
        assert set(buttons_of(world.card)) == {
            "Genehmigen",
            "Ablehnen",
            "Zurückziehen",
        }
        await world.presses(BOB, "Genehmigen", world.card)
        await until(lambda: world.card_says("Erledigt."))
        assert world.card_says(f"Genehmigt von {BOB}")
        assert "Your request C1" in await direct(world, ALICE)
        await world.says(ALICE, "undo C1")
        await until(lambda: world.card_says("Zurückgeholt durch C2"))


REFUSED = [
    ("approve C99", "Es gibt keinen Antrag C99. requests listet, was wartet."),
    ("undo soon", "Das ist nicht die ID einer Änderung"),
    ("freeze", "REASON"),
    ("unfreeze", "Nichts ist angehalten."),
    ("unwatch team/x", "Dieser Kanal beobachtet team/x nicht. Er beobachtet nichts."),
]


@pytest.mark.parametrize(("typed", "words"), REFUSED)
async def test_errors_are_german(world: World, typed: str, words: str) -> None:
    answer = await world.says(GRETA, typed)
    assert words in answer["text"]


async def test_a_guest_is_refused_in_german_and_recorded_in_english(
    world: World,
) -> None:
    await world.says(ALICE, ASK)
    name = await world.presses(GUEST, "Approve", world.card)
    assert "Keine Entscheidung über C1 möglich: Gastkonto" in world.told(name)
    (refused,) = [
        entry for entry in await world.record() if entry.action == "delete.refused"
    ]
    assert refused.outcome == "approve: You cannot decide on C1: you are a guest"
    assert "Dieser Befehl ist hier nicht erlaubt: Gastkonto" in all_text(
        await world.says(GUEST, "requests")
    )


async def test_a_freeze_is_told_in_each_language(world: World) -> None:
    answer = all_text(await world.says(GRETA, "freeze Auslieferung"))
    assert "Änderungen sind angehalten. Grund: Auslieferung" in answer
    assert "has frozen all changes: Auslieferung" in all_text(world.card)
    answer = all_text(await world.says(GRETA, "unfreeze"))
    assert "Das Anhalten ist aufgehoben." in answer


async def test_watching_is_announced_in_the_channels_language(world: World) -> None:
    answer = all_text(await world.says(GRETA, "watch team/*"))
    assert "Dieser Kanal erfährt von Pushes und Löschungen in team/*." in answer
    posted = [all_text(each) for each in world.slack.messages.values()]
    assert any("lets this channel be told about pushes" in each for each in posted)


async def test_what_is_stored_is_told_to_each_in_their_language(world: World) -> None:
    """Notes, reasons of targets and bytes of one request, read by two."""
    answer = all_text(
        await world.says(GRETA, "delete team/app --repository --reason x")
    )
    assert "Keine Registry listet Manifeste ohne Tags" in answer
    assert re.search(r"Gibt frei\D*\d+,\d MB von \d+,\d MB", answer)
    assert world.card_says("No registry lists manifests without tags")
    assert re.search(r"Frees\D*\d+\.\d MB of \d+\.\d MB", all_text(world.card))
    assert re.search(
        r"\(manifest\): (listed by|refers to|without)", all_text(world.card)
    )
    request = await world.app.services.workflow.get(1)
    with speaking("de"):
        shown = " ".join(str(item.target.why) for item in request.items)
    assert re.search(r"aufgeführt von|verweist auf|ohne Tag", shown)


async def test_what_moved_meanwhile_is_on_the_card_in_its_language(
    world: World,
) -> None:
    await world.says(GRETA, ASK)
    attention = world.app.services.workflow.attention
    assert await attention.drifted("default", "team/app", "1.4.2", "") == (1,)
    await courier.deliver(world.app.services, 1)
    assert world.card_says("It has moved since: team/app:1.4.2 is gone by now.")
    request = await world.app.services.workflow.get(1)
    with speaking("de"):
        assert str(request.drift) == "team/app:1.4.2 ist inzwischen weg"


async def test_a_reference_nobody_can_read_is_refused_in_german(world: World) -> None:
    answer = all_text(await world.says(GRETA, "delete TEAM/app:1 --reason x"))
    assert "Repository-Namen sind klein geschrieben.\nMeinten Sie team/app?" in answer


ANSWERS = [
    (404, "NAME_UNKNOWN", "die Registry kennt kein solches Repository"),
    (404, "MANIFEST_UNKNOWN", "kein solches Tag oder Digest"),
    (401, "", "die Registry will wissen, wer fragt"),
    (403, "", "die Registry erlaubt es nicht"),
    (429, "", "die Registry bittet, langsamer zu fragen"),
    (503, "", "die Registry antwortet mit 503 Service Unavailable"),
]


@pytest.mark.parametrize(("status", "code", "words"), ANSWERS)
def test_one_refusal_of_a_registry_is_two_sentences(
    status: int, code: str, words: str
) -> None:
    """The same error, made once: German for a person, English for the log."""
    body = json.dumps({"errors": [{"code": code, "message": "its own words"}]})
    answer = Answer(status, body=body.encode())
    doing = Wording("try-list-tags", repository="team/app")
    error = failure(answer, registry="main", doing=doing)
    assert error.message.startswith("Cannot list the tags of team/app: ")
    with speaking("de"):
        assert error.message.startswith(
            f"Auflisten der Tags von team/app nicht möglich: {words}"
        )
        assert error.english.startswith("Cannot list the tags of team/app: ")
    assert error.detail == "its own words"


ASKED = [
    "delete team/app:1.4.2 --reason x",
    "delete team/app --repository --reason x",
    "retag team/app:1.3.9 1.4.2 --reason x",
    "copy team/app:1.3.9 team/app:1.4.2 --reason x",
    "prune team/app --keep 1 --untagged --reason x",
]


@pytest.mark.parametrize("asked", ASKED)
async def test_a_card_does_not_tell_in_which_language_it_was_asked_for(
    world: World, asked: str
) -> None:
    """What is stored is put into words where it is shown."""
    cards = []
    for user in (ALICE, GRETA):
        await world.says(user, asked)
        shown = all_text(world.card)
        cards.append(re.sub(rf"{ALICE}|{GRETA}|\bC\d+\b", "", shown))
    assert cards[0] == cards[1]
    assert "asks to" in cards[1]
