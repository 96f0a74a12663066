"""Everything the bot says, made from golden data: one story, and cards of every kind.

The registries are the sample ones and the clock stands still, so that a scene changes
only when what we say does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

from bot.approvals.freeze import Freeze
from bot.approvals.notices import Kind as NoticeKind
from bot.approvals.notices import Notice
from bot.approvals.overview import Standing
from bot.approvals.request import Request, Review, State, Terms, Verdict
from bot.catalog.entry import Freshness
from bot.catalog.space import Weight, Weights
from bot.change import Action, Effects, Space
from bot.chat import answers, card, home, news, notices, spotting
from bot.chat.reply import Reply
from bot.db.engine import Database
from bot.demo.population import populate
from bot.errors import UnavailableError, UsageError
from bot.notifications.envelope import Kind
from bot.notifications.watching import News
from bot.registry.reference import parse_reference
from bot.slack.blocks import plain
from bot.slack.home import home_view
from bot.wording import Wording, Words
from tests.factories import (
    BOB,
    CAROL,
    DIGEST,
    NOON,
    make_items,
    make_request,
    make_settings,
    make_target,
)
from tests.golden import changing, old, reading, shown
from tests.golden.scene import LATER, Empty, Scene, message
from tests.golden.views import views
from tests.world import World, world

OTHER = f"sha256:{'b' * 64}"

ASKED: tuple[tuple[str, str], ...] = (
    ("help", "help"),
    ("help-delete", "help delete"),
    ("help-prune", "prune --help"),
    ("unknown", "serach app"),
    ("search", "search team"),
    ("search-all", "search --limit 5"),
    ("search-page-2", "search --limit 5 --page 2"),
    ("search-nothing", "search zzzzzz"),
    ("search-misspelt", "search paymnets"),
    ("tags", "tags team/app"),
    ("tags-page", "tags team/app --limit 3 --page 2"),
    ("tags-match-nothing", "tags team/app --match zz*"),
    ("tags-unknown", "tags team/ap"),
    ("inspect", "inspect team/app:1.4.2"),
    ("inspect-signed", "inspect prod/payments:2.8.1"),
    ("inspect-unknown", "inspect team/app:1.4.3"),
    ("status", "status"),
    ("push", "push team/app:2.0"),
    ("usage", "usage --now"),
    ("usage-glob", "usage team/*"),
    ("usage-one", "usage team/app"),
    ("requests-none", "requests"),
    ("delete-bare", "delete team/app"),
    ("delete-digest-unknown", f"delete team/app@{DIGEST}"),
    ("delete-option-unknown", "delete team/app:1.4.2 --reson x"),
    ("retag-bare", "retag team/app:1.4.2"),
    ("copy-same", "copy team/app:1.4.2 team/app:1.4.2"),
    ("prune-dry", "prune team/app --keep 2 --dry-run"),
    ("prune-kept", "prune team/app --keep 2 --kept --dry-run"),
    ("prune-nothing", "prune team/app --keep 99"),
    ("undo-unknown", "undo C99"),
    ("approve-unknown", "approve C99"),
    ("cancel-nonsense", "cancel everything"),
    ("unfreeze-nothing", "unfreeze"),
    ("audit-first", "audit"),
    ("audit-verify-first", "audit verify"),
    ("watch-none", "watch"),
)
"""Asked by Alice before anything happened."""

CHANGES: tuple[tuple[str, str], ...] = (
    ("delete", "delete team/app:1.3.9 --reason 'superseded by 1.4'"),
    (
        "delete-repository",
        "delete team/sandbox --repository --reason 'unused'",
    ),
    ("retag", "retag team/app:1.4.2 stable"),
    ("retag-moves", "retag team/app:1.4.1 latest"),
    ("copy", "copy team/app:1.4.2 archive/app:1.4.2"),
    ("prune", "prune team/web --keep 2 --reason 'free some space'"),
)
"""Asked by Alice; what waits for approval goes on waiting."""


async def scenes(database: Database) -> AsyncIterator[Scene]:
    """All of them, in the language that is spoken."""
    empty = Empty(database)
    settings = make_settings(
        approvals={"approvers": [BOB, "S0OPS"], "channel": "C0APPROVE"},
        protect={"tags": ["protected-*"]},
    )
    async with world(database, settings) as bot:
        populate(bot.sample, bot.clock)
        await bot.walk()
        bot.clock.move(timedelta(minutes=5))
        async for scene in _asked(bot):
            yield scene
    for scene in _cards():
        yield scene
    for scene in _others():
        yield scene
    for name, view in views():
        yield Scene(name, "modal", view)
    for name, reply in _homes():
        yield Scene(f"home-{name}", "home", dict(home_view(reply, now=LATER)))
    for more in (changing, old, reading, shown):
        async for scene in more.scenes_of(empty):
            yield scene


async def _asked(bot: World) -> AsyncIterator[Scene]:
    for name, text in ASKED:
        yield message(f"ask-{name}", await bot.ask(text))
    for name, text in CHANGES:
        outcome = await bot.say(text)
        yield message(f"change-{name}", outcome.reply)
        if outcome.submitted is not None:
            request = await bot.services.workflow.get(outcome.submitted)
            yield message(f"change-{name}-card", card.card(request, bot.clock.now()))
    yield message("ask-requests", await bot.ask("requests"))
    yield message("ask-requests-one", await bot.ask("requests C1"))
    yield message("ask-approve-own", await bot.ask("approve C1"))
    yield message("ask-reject", await bot.ask("reject C2 still needed", actor=BOB))
    yield message("ask-cancel", await bot.ask("cancel C5"))
    yield message("ask-approve", await bot.ask("approve C1", actor=BOB))
    done = await bot.carried_out(1)
    yield message("done-card", card.card(done, bot.clock.now()))
    yield message("done-notice", card.end_notice(done))
    yield message("ask-undo", await bot.ask("undo C1 --reason oops"))
    yield message("ask-audit", await bot.ask("audit"))
    yield message("ask-audit-verify", await bot.ask("audit verify"))
    yield message("ask-watch", await bot.ask("watch team/*"))
    yield message("ask-watching", await bot.ask("watch"))
    yield message("ask-unwatch", await bot.ask("unwatch team/*"))
    yield message("ask-freeze", await bot.ask("freeze release weekend", actor=BOB))
    yield message("ask-unfreeze", await bot.ask("unfreeze", actor=BOB))
    bot.sample.faults.fail(times=None, status=503)
    yield message("ask-tags-registry-down", await bot.ask("tags team/app"))
    yield message("ask-status-registry-down", await bot.ask("status"))


APPROVED = Review(BOB, Verdict.APPROVE, LATER)
REJECTED = Review(CAROL, Verdict.REJECT, LATER, "still used by staging")
EFFECTS = Effects(
    media_type="application/vnd.oci.image.index.v1+json",
    platforms=("linux/amd64", "linux/arm64"),
    kept_tags=("1", "latest"),
    size=123_456_789,
    created="2026-06-01T10:00:00+00:00",
    manifests=1,
    space=Space(total=123_456_789, shared=78_456_789, at_most=True),
)


ENDS = {
    State.FAILED: "the registry answers 405 (UNSUPPORTED). Deletion is switched off "
    "there (storage.delete.enabled)",
    State.VOIDED: "left alone: it moved since it was approved",
    State.DONE: "deleted (202 Accepted)",
}
"""As the record has it, which is English."""


def requests() -> Iterator[tuple[str, Request, Freeze | None, Words]]:
    """A request in every state, and in every way that looks different."""
    base = make_request(reason="superseded by 1.3", effects=EFFECTS)
    yield "pending", base, None, ""
    yield (
        "pending-two",
        replace(base, terms=Terms("rule", 2, (BOB, "S0OPS"), False)),
        None,
        "",
    )
    yield (
        "pending-one-of-two",
        replace(base, terms=Terms("rule", 2, (BOB, CAROL), True), reviews=(APPROVED,)),
        None,
        "",
    )
    yield "expired-unswept", replace(base, expires_at=NOON), None, ""
    moved = Wording("drift-moved", what="team/app:1.2", digest=OTHER)
    yield "frozen", base, Freeze(BOB, "release weekend", NOON), ""
    yield (
        "drifted",
        replace(base, drift=moved),
        None,
        "",
    )
    gone = Wording("drift-gone", what="team/app:1.2")
    yield "drifted-away", replace(base, drift=gone), None, ""
    for state in (State.APPROVED, State.RUNNING):
        yield state.value, replace(base, state=state, reviews=(APPROVED,)), None, ""
    running = replace(base, state=State.RUNNING, reviews=(APPROVED,))
    progress = Wording("progress-items", done=12, total=57)
    yield "running-progress", running, None, progress
    for state, outcome in ENDS.items():
        end = {"state": state, "outcome": outcome, "finished_at": LATER}
        yield state.value, replace(base, reviews=(APPROVED,), **end), None, ""
    rejected = replace(
        base, state=State.REJECTED, reviews=(REJECTED,), finished_at=LATER
    )
    yield "rejected", rejected, None, ""
    for state in (State.EXPIRED, State.CANCELLED):
        yield state.value, replace(base, state=state, finished_at=LATER), None, ""
    yield "undone", replace(base, undone_by=18, reviews=(APPROVED,), **end), None, ""
    many = tuple(make_target(tag=f"1.{n}") for n in range(30))
    yield "many", replace(base, action=Action.PRUNE, items=make_items(*many)), None, ""
    manifest = make_target(tag="", digest=DIGEST)
    effects = Effects(lost_tags=("1.2", "1"), broken=("multi",), referrers=(OTHER,))
    yield (
        "manifest",
        replace(base, items=make_items(manifest), effects=effects),
        None,
        "",
    )
    yield "no-reason", replace(base, reason=""), None, ""
    forging = replace(
        base, reason="fine\n*Approved* by <@U0BOB> \u202egnihton \u200b`x`"
    )
    yield "forging-reason", forging, None, ""


def _cards() -> Iterator[Scene]:
    for name, request, frozen, doing in requests():
        yield message(f"card-{name}", card.card(request, LATER, doing, frozen))
        if request.state.final:
            yield message(f"notice-{name}", card.end_notice(request))
        elif request.state is State.PENDING:
            yield message(f"answer-{name}", answers.submitted(request))


def _others() -> Iterator[Scene]:
    request = make_request(reason="superseded", effects=EFFECTS)
    for kind in NoticeKind:
        said = "C0SECRET" if kind is NoticeKind.CLOSED else "release weekend"
        notice = Notice(1, kind, 17, BOB, said, NOON)
        yield message(f"announced-{kind.value}", notices.announced(notice, request))
    yield message("answer-unseen", answers.submitted(request, unseen=True))
    told = [
        _news(1, Kind.PUSHED, "team/app", "1.5"),
        _news(2, Kind.DELETED, "team/app", "1.1"),
        _news(3, Kind.DELETED, "team/web", "2", change="C17"),
    ]
    yield message("news-one", news.message(told[:1], several=False))
    yield message("news-three", news.message(told, several=True))
    flood = [_news(n, Kind.PUSHED, f"team/s{n % 4}", f"{n}") for n in range(40)]
    yield message("news-flood", news.message(flood, several=False))
    yield message("broken", answers.broken("0123abcd"))
    usage = UsageError(
        Wording("typed-no-number", option="--keep", low=1, high=1000, typed="ten"),
        hint=Wording("try-again"),
    )
    yield message("failed-usage", answers.failed(usage, "prune", "/registry"))
    down = UnavailableError(Wording("slack-silent"), hint=Wording("try-again"))
    yield message("failed", answers.failed(down, "", ""))
    bare = plain(answers.failed(down, "", ""))
    yield Scene("plain", "message", {"text": bare.text, "blocks": list(bare.blocks)})
    for name, reply in _found():
        yield message(f"find-images-{name}", reply)


def _homes() -> Iterator[tuple[str, Reply]]:
    by_name = {name: request for name, request, _, _ in requests()}
    done = by_name["done"]
    known = home.KnownRegistry(
        "main", "docker.example.com", Freshness("main", 1204, NOON, NOON), None
    )
    busy = Wording("registry-busy-answers", words="503 Service Unavailable")
    ill = home.KnownRegistry(
        "spare",
        "other.example.com:5000",
        Freshness("spare", 3, NOON, NOON - timedelta(days=2), busy),
        None,
    )
    heaviest = Weights(
        (
            Weight("main", "ml/inference", 48_200_000_000),
            Weight("main", "team/app", 29_500_000),
            Weight("spare", "data/notebook", 900),
        ),
        NOON,
    )
    facts = home.Facts(
        person=BOB,
        slash="/registry",
        now=LATER,
        standing=Standing(),
        frozen=None,
        registries=(known,),
        largest=Weights((), NOON),
    )
    yield "empty", home.home(facts)
    yield "counting", home.home(replace(facts, largest=None, registries=(ill,) * 20))
    yield "unresolved", home.home(replace(facts, standing=Standing(unresolved=True)))
    waiting = (by_name["pending"], by_name["drifted"], by_name["many"])
    asked = (by_name["pending"], done, by_name["rejected"])
    yield (
        "full",
        home.home(
            replace(
                facts,
                standing=Standing(waiting, 4, asked=asked, done=(done,)),
                frozen=Freeze(CAROL, "release weekend", NOON),
                registries=(known, ill),
                largest=heaviest,
            )
        ),
    )
    guest = Wording("use-not-allowed.why", why=Wording("member-guest"))
    yield "closed", home.closed(str(guest), str(Wording("use-not-allowed.hint")))


def _found() -> Iterator[tuple[str, Reply]]:
    hosts = ("docker.example.com",)
    names = ["docker.example.com/team/app:1.4.2", f"team/app@{DIGEST}", "team/web"]
    images = tuple(parse_reference(name, hosts=hosts) for name in names)
    yield "none", spotting.offered((), hosts, "/registry")
    yield "one", spotting.offered(images[:1], hosts, "/registry")
    yield "some", spotting.offered(images, hosts, "/registry")
    yield "many", spotting.offered(images * 5, hosts, "/registry")


def _news(at: int, kind: Kind, repository: str, tag: str, change: str = "") -> News:
    return News(at, kind, "main", repository, tag, DIGEST, "ci", change, NOON)
