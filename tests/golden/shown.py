"""What is built of given facts: cards under way, news, Homes, filled forms."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.approvals.freeze import Freeze
from bot.approvals.overview import Standing
from bot.approvals.request import Review, State, Terms, Verdict
from bot.catalog.entry import Freshness
from bot.change import Action, Effects, Space
from bot.chat import card, form, forms, home, news, spotting
from bot.chat.command import Planned
from bot.chat.foresight import foreseen
from bot.chat.suggestions import Suggestions
from bot.commands import COMMANDS
from bot.demo.population import populate
from bot.demo.registry import SampleRegistry
from bot.notifications.envelope import Kind
from bot.notifications.watching import News
from bot.registry.connect import ConnectOptions
from bot.registry.reference import parse_reference
from bot.registry.transport import in_process
from bot.slack.home import home_view
from bot.slack.modals_form import Sheet, form_view
from bot.slack.modals_plan import Sent, plan_view
from bot.wording import Wording, Words, spoken
from tests.factories import (
    ALICE,
    BOB,
    CAROL,
    CHANNEL,
    DIGEST,
    NOON,
    OTHER_DIGEST,
    FrozenClock,
    make_change,
    make_items,
    make_request,
    make_settings,
    make_target,
)
from tests.golden.scene import LATER, Empty, Scene, message
from tests.world import HOST, QUICK, world

COPIED = Wording(
    "progress-copied", done=120_000_000, total=2_100_000_000, layer=3, layers=9
)
DOING: tuple[tuple[str, Words], ...] = (
    ("copied", COPIED),
    (
        "copied-no-layers",
        Wording("progress-copied", done=900, total=4_000, layer=0, layers=0),
    ),
    (
        "several",
        Wording(
            "progress-both",
            items=Wording("progress-items", done=12, total=57),
            doing=COPIED,
        ),
    ),
    (
        "waiting",
        Wording(
            "progress-both",
            items=Wording("progress-items", done=1, total=57),
            doing=Wording("progress-waiting"),
        ),
    ),
)


async def scenes_of(empty: Empty) -> AsyncIterator[Scene]:
    """All of them, in the language that is spoken."""
    for scene in (*_running(), *_news(), *_plans()):
        yield scene
    for name, reply in _homes():
        yield Scene(f"home-{name}", "home", dict(home_view(reply, now=LATER)))
    for text in ("delete", "copy team/app:1.4.2 archive/app"):
        instead = forms.typed_instead(text, COMMANDS, "/registry")
        yield message(f"form-not-opened-{text.split()[0]}", instead)
    hosts = (HOST,)
    images = [parse_reference(f"{HOST}/team/app:1.{n}", hosts=hosts) for n in range(11)]
    more = spotting.offered(tuple(images), hosts, "/registry")
    yield message("find-images-one-more", more)
    async for scene in _one_registry(empty):
        yield scene


def _running() -> Iterator[Scene]:
    """Cards of changes under way, and of what moves or comes back."""
    copied = make_target(source_registry="spare", source_repository="team/app")
    one = make_request(action=Action.COPY, items=make_items(copied), reason="release")
    approved = (Review(BOB, Verdict.APPROVE, LATER, "tested on staging"),)
    base = replace(one, state=State.RUNNING, reviews=approved)
    for name, doing in DOING:
        yield message(f"running-{name}", card.card(base, LATER, doing))
    own = replace(one, terms=Terms("approvals", 2, (ALICE, BOB), True))
    yield message("card-own-counts", card.card(own, LATER))
    moved = make_target(replaces=OTHER_DIGEST)
    space = Space(total=2_000_000, shared=1_500_000, at_most=True, unread=3)
    effects = Effects(
        kept_tags=tuple(f"1.{n}" for n in range(20)),
        referrers=(DIGEST, OTHER_DIGEST),
        space=space,
    )
    given = {"items": make_items(moved), "effects": effects, "action": Action.RETAG}
    yield message("card-moves", card.card(make_request(**given), LATER))
    undo = make_request(action=Action.UNDO, undoes=12, terms=Terms("", 0, (), False))
    undo = replace(undo, state=State.APPROVED)
    yield message("card-undo", card.card(undo, LATER))
    several = (make_target(), make_target(tag="1.3"), make_target("team/web", "2"))
    given = {"items": make_items(*several), "state": State.APPROVED}
    yield message("card-undo-several", card.card(replace(undo, **given), LATER))
    frozen = Freeze(CAROL, "release weekend", NOON)
    glass = replace(one, glass=True, state=State.APPROVED, reason="a key is in it")
    yield message("card-glass-frozen", card.card(glass, LATER, "", frozen))


def _news() -> Iterator[Scene]:
    """One piece of news of each kind, and more than is told one by one."""
    told = (
        (Kind.PUSHED, "1.5", "ci", ""),
        (Kind.PUSHED, "1.5", "", ""),
        (Kind.PUSHED, "stable", "ci", "C17"),
        (Kind.DELETED, "1.1", "", ""),
        (Kind.DELETED, "", "ci", "C18"),
    )
    each = [
        News(at, kind, "main", "team/app", tag, DIGEST, who, change, NOON)
        for at, (kind, tag, who, change) in enumerate(told)
    ]
    yield message("news-each", news.message(each, several=False))
    for single in each[2:]:
        alone = news.message([single], several=True)
        yield message(f"news-alone-{single.number}", alone)
    whole = replace(each[3], tag="", digest="")
    yield message("news-whole", news.message([whole], several=False))
    flood = [
        replace(each[n % 5], number=n, repository=f"team/s{n % 12}") for n in range(60)
    ]
    yield message("news-flood-several", news.message(flood, several=True))
    eleven = [replace(one, repository=f"team/s{one.number % 11}") for one in flood]
    yield message("news-flood-one-more", news.message(eleven, several=False))


def _plans() -> Iterator[Scene]:
    """Plans in a form: done at once, waiting for several, of very many."""
    many = tuple(make_target(tag=f"1.{n}") for n in range(30))
    free = Terms("nothing is taken away", 0, (), False)
    two = Terms("approvals", 2, (BOB, CAROL), False)
    put = {"action": Action.RETAG, "terms": free}
    for name, command, values in (
        ("at-once", "retag", put),
        ("two", "delete", {"terms": two, "items": make_items(*many)}),
    ):
        sheet = COMMANDS[command].form
        assert sheet is not None
        effects = Effects(notes=(Wording("tagging-free"),)) if put is values else None
        given: dict[str, Any] = {**values, **({"effects": effects} if effects else {})}
        plan = foreseen(make_request(**given), Planned(make_change()))
        sent = Sent(CHANNEL, {}, plan.fingerprint)
        view = plan_view(command, sheet.title, plan, sent)
        yield Scene(f"modal-plan-{name}", "modal", dict(view))


def _homes() -> Iterator[tuple[str, Any]]:
    new = home.KnownRegistry("new", "new.example.com", Freshness("new"), None)
    asked = make_request(reason="")
    facts = home.Facts(
        person=BOB,
        slash="/registry",
        now=LATER,
        standing=Standing((asked,), 1, asked=(), done=()),
        frozen=None,
        registries=(new,),
        largest=None,
    )
    yield "new", home.home(facts)
    one_more = replace(facts, registries=(new,) * (home.MAX_REGISTRIES + 1))
    yield "one-more", home.home(one_more)
    who = str(Wording("home-who"))
    yield "who", home.closed(who, str(Wording("home-who.hint")))


async def _one_registry(empty: Empty) -> AsyncIterator[Scene]:
    """A workshop with one registry; what a channel is told, what a form offers."""
    clock, sample = FrozenClock(), SampleRegistry()
    populate(sample, clock)
    options = ConnectOptions(
        url=f"https://{HOST}",
        transport=in_process(sample.app),
        clock=clock,
        limits=QUICK,
        timeout=5,
    )
    settings = make_settings(slack={"language": spoken()})
    async with (
        empty.another() as database,
        world(database, settings, {"main": options}) as bot,
    ):
        await bot.walk()
        bot.clock.move(timedelta(minutes=5))
        for name, text in (
            ("one", "watch team/app"),
            ("glob", "watch prod/*"),
            ("unknown", "watch team/tomorrow"),
            ("already", "watch team/app"),
            ("list", "watch"),
        ):
            before = len(bot.messenger.posts)
            yield message(f"watch-{name}", await bot.ask(text))
            for _, post in bot.messenger.posts[before:]:
                yield message(f"watch-{name}-announced", post)
        yield message("unwatch-other", await bot.ask("unwatch team/*"))
        yield message("unwatch", await bot.ask("unwatch prod/*"))
        yield message("unwatch-announced", bot.messenger.posts[-1][1])
        suggestions = Suggestions(bot.services)
        for name, command, key, typed in (
            ("found", "delete", "repository", "team/ap"),
            ("pattern", "prune", "repository", "team/*"),
            ("new", "copy", "to", "team/tomorrow"),
            ("typed", "delete", "repository", "team/tomorrow"),
        ):
            yield await _chosen(suggestions, name, command, key, typed)


async def _chosen(
    suggestions: Suggestions, name: str, command: str, key: str, typed: str
) -> Scene:
    """A form in which the first thing that is offered was chosen."""
    sheet = COMMANDS[command].form
    assert sheet is not None
    field = next(each for each in sheet.fields if each.name == key)
    chosen = (await suggestions.repositories(typed, field))[0]
    as_repository = replace(field, name="repository", kind=form.Kind.REPOSITORY)
    shown = form.Form(key=sheet.key, fields=(as_repository,), words=sheet.words)
    values = {"repository": chosen.value}
    view = form_view(Sheet(command, shown, CHANNEL, values, shown=chosen))
    return Scene(f"modal-chosen-{name}", "modal", dict(view))
