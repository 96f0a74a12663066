"""`prune REPO|GLOB`: old tags and what only they need, planned first, then approved.

`plan` reads every repository that is meant and decides tag by tag (`plans.prune`). The
answer is that plan, with a reason for each tag; `--dry-run` stops there. Otherwise the
very list that was shown becomes the change: every tag and every manifest that goes is a
target of its own. A tag that moves before it is removed is left alone, and so is a
manifest that something else hangs on by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import globs
from bot.catalog.query import Query
from bot.change import Action, Change, Effects
from bot.chat import freshness, toolbar
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Planned
from bot.chat.form import REASON, Field, Form, Kind, Values, switch
from bot.chat.form import option as as_option
from bot.chat.paging import Page
from bot.chat.phrase import phrase
from bot.chat.place import (
    Place,
    locate_repository,
    locate_several,
    unknown_repository,
)
from bot.chat.reply import Note, Paragraph, Part, Reply, line
from bot.chat.text import shorten
from bot.chat.usage import BREAK_GLASS, Option, Usage
from bot.errors import NotFoundError, RefusedError, UsageError
from bot.plans.prune import view
from bot.plans.prune.plan import Plan
from bot.plans.prune.reading import look
from bot.plans.prune.rules import Rules, days
from bot.plans.remove import execute
from bot.plans.undo import reverse
from bot.registry.client import RegistryReader
from bot.registry.errors import RepositoryUnknown
from bot.services import Services
from bot.wording import Wording, say

PAGE_SIZE = 20

MAX_REPOSITORIES = 200
"""Of one prune."""

MAX_ITEMS = 5000
"""Tags and manifests of one prune; reviewers have to be able to read them."""

MAX_KEEP = 1_000_000

MAX_GLOBS = 20
"""Of one option."""

MAX_GLOB = 255
"""Characters."""

_MAGIC = frozenset("*?[")


@dataclass(frozen=True)
class Prune:
    """What was asked for."""

    typed: str
    registry: str
    rules: Rules
    dry_run: bool
    kept: bool
    page: int
    reason: str

    @property
    def is_glob(self) -> bool:
        """Is it about every repository like this."""
        return bool(_MAGIC & set(self.typed))

    @property
    def command(self) -> tuple[str, ...]:
        """How the plan alone is asked for, without `--page`."""
        rules = self.rules
        options = {
            "--keep": "" if rules.keep is None else str(rules.keep),
            "--older-than": days(rules.older_than) if rules.older_than else "",
            "--match": ",".join(rules.match),
            "--except": ",".join(rules.excepted),
            "--registry": self.registry,
        }
        words = ["prune", self.typed]
        for option, value in options.items():
            words += [option, value] if value else []
        switches = {"--untagged": rules.untagged, "--kept": self.kept}
        words += [switch for switch, on in switches.items() if on]
        return (*words, "--dry-run")


def parse(arguments: Arguments) -> Prune:
    """Typed arguments.

    Raises:
        UsageError: also where nothing says what goes.
    """
    keep = arguments.number("keep", 0, high=MAX_KEEP)
    wanted = Prune(
        typed=arguments.positional(),
        registry=arguments.value("registry"),
        rules=Rules(
            keep=keep or None,
            older_than=arguments.duration("older-than"),
            match=_globs(arguments, "match"),
            excepted=_globs(arguments, "except"),
            untagged=arguments.given("untagged"),
        ),
        dry_run=arguments.given("dry-run") or arguments.given("kept"),
        kept=arguments.given("kept"),
        page=arguments.page(),
        reason=arguments.value("reason"),
    )
    if not wanted.rules.about_tags and not wanted.rules.untagged:
        name = shorten(wanted.typed, 80)
        raise UsageError(
            Wording("prune-what-goes", name=name),
            hint=Wording("prune-what-goes.hint", name=name),
            about="keep",
        )
    if arguments.given("page") and not wanted.dry_run:
        raise UsageError(Wording("prune-page-alone"))
    return wanted


async def plan(services: Services, call: Call, wanted: Prune) -> Planned | Reply:
    """Read what is meant, and decide what goes."""
    if wanted.is_glob:
        reader, names = await _several(services, wanted)
        found = await look(services, reader, names, wanted.rules)
    else:
        place = locate_repository(services, wanted.typed, wanted.registry)
        reader = place.reader
        found = await _one(services, place, wanted.rules)
    about = await _about_the_catalog(services, reader) if wanted.is_glob else ()
    if wanted.dry_run:
        shown = _shown(found, wanted, reader, about)
        tools = toolbar.keeping(call, wanted.command)
        return replace(shown, parts=(*shown.parts, *tools))
    if not found.targets:
        return _shown(found, wanted, reader, about)
    if len(found.targets) > MAX_ITEMS:
        raise RefusedError(
            Wording("prune-too-much", count=len(found.targets), most=MAX_ITEMS),
            hint=Wording("prune-too-much.hint"),
        )
    rows = view.going(found)
    return Planned(
        change=Change(
            action=Action.PRUNE,
            targets=found.targets,
            effects=_effects(found),
            host=reader.host,
            reason=wanted.reason,
        ),
        parts=(
            Paragraph(line(view.summary(found))),
            view.table(found, rows[:PAGE_SIZE], say("prune-goes-because")),
            *_more(len(rows)),
            *view.stays(found),
            *view.left_out(found),
            *(Note(line(note)) for note in (*view.notes(found), *about)),
        ),
        data=tuple(view.records(found, reader.name)),
    )


async def _one(services: Services, place: Place, rules: Rules) -> Plan:
    try:
        return await look(services, place.reader, [place.repository], rules)
    except RepositoryUnknown:
        raise await unknown_repository(services, place) from None


async def _several(
    services: Services, wanted: Prune
) -> tuple[RegistryReader, Sequence[str]]:
    """The repositories of the catalog that a glob means.

    Raises:
        UsageError: two different registries are named, or it is no glob.
        NotFoundError: none, or a registry that is not configured.
        RefusedError: too many.
    """
    place = locate_several(services, wanted.typed, wanted.registry)
    reader, glob = place.reader, place.pattern
    found = await services.catalog.search(
        Query.parse(glob), registry=reader.name, limit=MAX_REPOSITORIES, offset=0
    )
    if not found.total:
        raise NotFoundError(
            Wording("prune-no-match", host=reader.host, glob=shorten(glob, 80)),
            hint=" ".join(await _about_the_catalog(services, reader)),
        )
    if found.total > MAX_REPOSITORIES:
        raise RefusedError(
            Wording(
                "prune-many-repositories",
                count=found.total,
                glob=shorten(glob, 80),
                most=MAX_REPOSITORIES,
            ),
            hint=Wording("prune-many-repositories.hint"),
        )
    return reader, [row.repository for row in found.rows]


async def _about_the_catalog(
    services: Services, reader: RegistryReader
) -> tuple[str, ...]:
    """A glob means what the catalog knows: how old that is."""
    now = services.clock.now()
    return tuple(
        freshness.sentence(known, now)
        for known in await services.catalog.freshness()
        if known.registry == reader.name
    )


def _effects(found: Plan) -> Effects:
    """What the reviewers are shown beside the list.

    Nothing is `broken`: what an index that stays lists is not in the plan, and may not
    be removed should one come to list it.
    """
    stays = sorted(
        str(digest)
        for each in found.repositories
        for digest in each.removal.left_behind
    )
    return Effects(
        referrers=tuple(stays),
        manifests=found.manifests,
        space=found.space,
        notes=tuple(
            filter(None, (view.counted(found), *view.notes(found), *view.absent(found)))
        ),
    )


def _shown(
    found: Plan, wanted: Prune, reader: RegistryReader, about: Sequence[str]
) -> Reply:
    """The plan alone."""
    rows = view.staying(found) if wanted.kept else view.going(found)
    page = Page(wanted.page, PAGE_SIZE, len(rows))
    page.check()
    goes = bool(found.targets)
    summary = view.summary(found) if goes else view.nothing(found)
    why = say("prune-stays-because" if wanted.kept else "prune-goes-because")
    parts: list[Part] = [Paragraph(line(summary))]
    if goes or wanted.kept:
        parts += view.paged(found, rows, page, wanted.command, why)
    if not wanted.kept:
        parts += view.stays(found)
    parts += (*view.space(found), *view.left_out(found))
    notes = (*view.notes(found), *about)
    if goes:
        notes = (*notes, say("prune-plan-alone"))
    return Reply(
        summary=summary,
        parts=(*parts, *(Note(line(note)) for note in notes)),
        data=tuple(view.records(found, reader.name)),
    )


def _more(rows: int) -> tuple[Part, ...]:
    if rows <= PAGE_SIZE:
        return ()
    return (Note(phrase("prune-more", count=rows - PAGE_SIZE)),)


def _globs(arguments: Arguments, name: str) -> tuple[str, ...]:
    """Globs with commas between them, which no tag contains.

    Raises:
        UsageError: too many, or one that makes no sense.
    """
    if not arguments.given(name):
        return ()
    found = tuple(part.strip() for part in arguments.value(name).split(","))
    if not all(found) or len(found) > MAX_GLOBS:
        raise UsageError(
            Wording("prune-globs", option=name, most=MAX_GLOBS),
            hint=Wording("prune-globs.hint", option=name),
            about=name,
        )
    for glob in found:
        try:
            globs.regex(glob)
        except ValueError as error:
            said = f"--{name}: {shorten(str(error), 200)}"
            raise UsageError(said, about=name) from None
        if len(glob) > MAX_GLOB:
            raise UsageError(Wording("prune-long-glob", most=MAX_GLOB), about=name)
    return found


_MOST_OF_GLOBS = 200
"""Characters of them in a form; more can be typed."""


def words(values: Values) -> tuple[str, ...]:
    """What the form stands for."""
    return (
        values["repository"],
        *as_option(values, "keep"),
        *as_option(values, "older-than"),
        *as_option(values, "match"),
        *as_option(values, "except"),
        *switch(values, "untagged"),
        *as_option(values, "reason"),
    )


def _optional(name: str, key: str, most: int) -> Field:
    return Field(name, Kind.TEXT, key, required=False, most=most)


FORM = Form(
    key="form-prune",
    fields=(
        Field("repository", Kind.REPOSITORY, "form-repositories", glob=True),
        _optional("keep", "form-keep", 10),
        _optional("older-than", "form-older-than", 20),
        _optional("match", "form-match", _MOST_OF_GLOBS),
        _optional("except", "form-except", _MOST_OF_GLOBS),
        Field("untagged", Kind.SWITCH, "form-untagged", required=False),
        REASON,
    ),
    words=words,
)

COMMAND = Command(
    name="prune",
    usage=Usage(
        positionals=("REPO|GLOB",),
        required=1,
        options=(
            Option("keep", "N", "option-keep"),
            Option("older-than", "AGE", "option-older-than"),
            Option("match", "GLOB", "option-match-several"),
            Option("except", "GLOB", "option-except"),
            Option("untagged", "", "option-untagged"),
            Option("dry-run", "", "option-dry-run"),
            Option("kept", "", "option-kept"),
            Option("page", "N", "option-plan-page"),
            Option("reason", "TEXT", "option-reason"),
            BREAK_GLASS,
            Option("registry", "NAME", "option-in-registry"),
        ),
        examples=(
            "prune team/app --keep 10 --dry-run",
            "prune team/app --match pr-* --older-than 30d",
            "prune team/* --older-than 12w --keep 5 --except latest,v*",
            "prune team/app --untagged",
        ),
    ),
    parse=parse,
    plan=plan,
    execute=execute,
    reverse=reverse,
    form=FORM,
)
