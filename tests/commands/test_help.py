from __future__ import annotations

import pytest

from bot.approvals.standing import Standing
from bot.chat.guide import Reader, overview
from bot.commands import COMMANDS
from bot.db.engine import Database
from bot.wording import LANGUAGES, speaking
from tests.factories import ALICE, APPROVERS, BOB, CAROL, make_settings
from tests.world import World, words, world

SETTINGS = make_settings(
    approvals={"channel": "C0", "approvers": [APPROVERS], "break_glass": [CAROL]},
)


async def test_help_says_what_this_person_may_do(sqlite: Database) -> None:
    async with world(sqlite, settings=SETTINGS) as bot:
        bot.people.groups[APPROVERS] = frozenset({BOB})
        alice = words(await bot.ask("help", actor=ALICE))
        bob = words(await bot.ask("help", actor=BOB))
        carol = words(await bot.ask("help", actor=CAROL))
    assert "you are not among the approvers" in alice
    assert "requests shows what waits" in bob
    assert "--break-glass" not in alice + bob
    assert "--break-glass with a reason" in carol


async def test_help_does_not_fail_with_slack(sqlite: Database) -> None:
    """Who approves cannot be found out, and everything else is said all the same."""
    async with world(sqlite, settings=SETTINGS) as bot:
        standing = await bot.services.workflow.standings.of(ALICE, "T0HOME")
        assert standing == Standing(approves=False, breaks_glass=False)
        bot.people.down = True
        standing = await bot.services.workflow.standings.of(ALICE, "T0HOME")
        assert standing == Standing(approves=None, breaks_glass=None)


async def test_examples_come_from_the_registry_itself(bot: World) -> None:
    bot.sample.push("shop/cart", "2.0")
    bot.sample.push("shop/cart", "2.1")
    await bot.walk()
    shown = words(await bot.ask("help"))
    best = "/registry tags shop/cart"
    assert best in shown
    assert "/registry inspect shop/cart:2.1" in shown
    for line in ("tags shop/cart", "inspect shop/cart:2.1"):
        assert (await bot.ask(line)).ok
    assert "/registry delete shop/cart:2.0" in words(await bot.ask("help delete"))


async def test_without_a_catalog_the_examples_are_the_usual_ones(bot: World) -> None:
    assert "/registry tags team/app" in words(await bot.ask("help"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("may", [True, False, None])
def test_every_standing_has_words(language: str, may: bool | None) -> None:
    with speaking(language):
        reader = Reader(Standing(may, may), ("one.example", "two.example"))
        shown = words(overview(COMMANDS, "/registry", reader))
    assert "one.example" in shown
    assert "two.example" in shown
