"""`delete`: one tag, one manifest with all its tags, or a whole repository.

`plan` reads what the reviewers have to know: what goes along, what stays, what breaks,
how many bytes that is. It never guesses which of the three is meant, and one tag is
never deleted by its digest, which would take every tag on that along. What goes is
decided by `plans.removal`, and carried out by `plans.remove`, for each target alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from bot.change import Action, Change, Effects, Space, Target
from bot.chat import form
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.place import Place, locate, unknown_repository, unknown_tag
from bot.chat.text import short_digest
from bot.chat.usage import BREAK_GLASS, Option, Usage
from bot.errors import NotFoundError, RefusedError, UsageError
from bot.plans.removal import NOT_LISTED, REFERRED, STAYS_IN_CATALOG, Removal
from bot.plans.remove import execute
from bot.plans.undo import reverse
from bot.registry.client import TagDetail
from bot.registry.digest import Digest, is_digest_like
from bot.registry.errors import ManifestUnknown, RepositoryUnknown
from bot.registry.manifest import Descriptor
from bot.registry.outline import Anatomy, Outline
from bot.registry.together import together
from bot.services import Services
from bot.wording import Wording, Words

MAX_SIBLINGS = 5000
"""Tags that are asked for their digest, to tell which stay on the same one."""

MAX_TARGETS = 5000
"""Tags and manifests that one change removes."""

_LAST_TAG = Wording("delete-last-tag")
_TAG_FREES_NOTHING = Wording("delete-frees-nothing")
_WHOLE = Wording("delete-whole")
_V1 = Wording("delete-v1")


@dataclass(frozen=True)
class Delete:
    """What was asked for."""

    reference: str
    registry: str
    whole_repository: bool
    reason: str


def parse(arguments: Arguments) -> Delete:
    """Typed arguments."""
    return Delete(
        reference=arguments.positional(),
        registry=arguments.value("registry"),
        whole_repository=arguments.given("repository"),
        reason=arguments.value("reason"),
    )


async def plan(services: Services, _call: Call, wanted: Delete) -> Change:
    """Read what the deletion would touch."""
    place = locate(services, wanted.reference, wanted.registry)
    _must_be_clear(place, wanted)
    if wanted.whole_repository:
        targets, effects = await _whole_repository(services, place)
    elif place.reference.digest is not None:
        targets, effects = await _manifest(services, place, place.reference.digest)
    else:
        targets, effects = await _one_tag(services, place, place.reference.tag or "")
    return Change(
        action=Action.DELETE,
        targets=targets,
        effects=effects,
        host=place.reader.host,
        reason=wanted.reason,
    )


def _must_be_clear(place: Place, wanted: Delete) -> None:
    """Refuse what could mean two things, or nothing.

    Raises:
        UsageError: it does.
    """
    repository, tag = place.repository, place.reference.tag
    digest = place.reference.digest
    ways = Wording(
        "delete-ways",
        repository=repository,
        tag=tag or "TAG",
        digest=str(digest or "DIGEST"),
    )
    if wanted.whole_repository:
        if tag is not None or digest is not None:
            raise UsageError(Wording("delete-repository-alone"), hint=ways)
    elif tag is not None and digest is not None:
        raise UsageError(
            Wording("delete-tag-and-digest", repository=repository), hint=ways
        )
    elif tag is None and digest is None:
        raise UsageError(Wording("delete-what-of-it", repository=repository), hint=ways)


async def _one_tag(
    services: Services, place: Place, tag: str
) -> tuple[tuple[Target, ...], Effects]:
    """One tag and nothing else, whatever shares its digest."""
    reader, repository = place.reader, place.repository
    try:
        tags = await reader.tags(repository)
    except RepositoryUnknown:
        raise await unknown_repository(services, place) from None
    await services.catalog.remember_tags(reader.name, repository, len(tags))
    try:
        detail = await reader.tag_detail(repository, tag)
    except (ManifestUnknown, RepositoryUnknown):
        raise unknown_tag(place, tag, tags) from None
    digest = detail.manifest.digest
    siblings: tuple[str, ...] | None = None
    if len(tags) <= MAX_SIBLINGS:
        siblings = await reader.tags_of_digest(repository, digest, among=tags)
    referrers = await reader.referrers(repository, digest)
    kept = tuple(name for name in siblings or () if name != tag)
    alone = siblings is not None and not kept and reader.api != "v1"
    effects = _described(
        Effects(
            kept_tags=kept,
            referrers=tuple(str(each.digest) for each in referrers),
            space=await _of_last_tag(services, place, digest) if alone else None,
            notes=tuple(_of_tag(place, siblings, kept, len(tags), referrers)),
        ),
        detail,
    )
    return (Target(reader.name, repository, tag, str(digest)),), effects


def _of_tag(
    place: Place,
    siblings: Sequence[str] | None,
    kept: Sequence[str],
    tags: int,
    referrers: Sequence[Descriptor],
) -> Iterable[Words]:
    if siblings is None:
        yield Wording("delete-many-tags", count=tags)
    if place.reader.api == "v1":
        yield _V1
    elif kept:
        yield _TAG_FREES_NOTHING
    elif siblings is not None:
        yield _LAST_TAG
    if referrers:
        yield REFERRED


async def _of_last_tag(
    services: Services, place: Place, digest: Digest
) -> Space | None:
    """What garbage collection could free, where the catalog knows the repository.

    A guess at the rest would not be worth reading all of the repository.
    """
    contents = services.catalog.contents
    known = await contents.known(place.reader.name, place.repository)
    if digest not in known.manifests:
        return None
    below = Removal(known, manifests=(digest,)).orphans
    return await contents.space(place.reader.name, {place.repository: (digest, *below)})


async def _manifest(
    services: Services, place: Place, digest: Digest
) -> tuple[tuple[Target, ...], Effects]:
    """One manifest, with every tag that names it."""
    reader, repository = place.reader, place.repository
    if digest.is_v1 or (await _read_api(place)) == "v1":
        raise RefusedError(
            Wording("delete-v1-image"),
            hint=Wording("delete-v1-image.hint", repository=repository),
        )
    anatomy = await _read(services, place)
    try:
        detail = await reader.tag_detail(repository, str(digest))
    except (ManifestUnknown, RepositoryUnknown):
        raise NotFoundError(
            Wording(
                "manifest-unknown",
                repository=repository,
                digest=short_digest(str(digest)),
            ),
            hint=Wording("manifest-unknown.hint", repository=repository),
        ) from None
    if detail.manifest.digest != digest:
        raise RefusedError(
            Wording("delete-by-sha256"),
            hint=Wording(
                "delete-by-sha256.hint",
                repository=repository,
                digest=str(detail.manifest.digest),
            ),
        )
    known = digest in anatomy.manifests
    if not known:
        # No tag leads there, so nobody but the person told us of it.
        anatomy = await _with(place, anatomy, Outline.of(detail.manifest))
    removal = Removal(anatomy, manifests=(digest,))
    space = None
    if known:
        space = await services.catalog.contents.space(
            reader.name, {repository: (digest,)}
        )
    effects = removal.effects(space=space)
    return removal.targets(), _described(effects, detail)


async def _read_api(place: Place) -> str:
    """Which API the registry speaks; it knows behind any reading."""
    if not place.reader.api:
        with suppress(RepositoryUnknown):
            await place.reader.tags(place.repository)
    return place.reader.api


async def _with(place: Place, anatomy: Anatomy, outline: Outline) -> Anatomy:
    """The repository with one more manifest, and with what refers to that."""
    referrers = await place.reader.referrers(
        place.repository, outline.digest, among=tuple(anatomy.tags)
    )
    refers = {**anatomy.referrers}
    if referrers:
        refers[outline.digest] = tuple(sorted(each.digest for each in referrers))
    return replace(
        anatomy,
        manifests={**anatomy.manifests, outline.digest: outline},
        referrers=refers,
    )


async def _whole_repository(
    services: Services, place: Place
) -> tuple[tuple[Target, ...], Effects]:
    """Every tag and manifest of a repository; on v1 its tags and itself."""
    reader, repository = place.reader, place.repository
    if await _read_api(place) == "v1":
        return await _v1_repository(services, place)
    anatomy = await _read(services, place)
    going = tuple(anatomy.manifests)
    removal = Removal(anatomy, manifests=going)
    targets = removal.targets()
    if not targets:
        raise NotFoundError(
            Wording("delete-nothing-there", repository=repository),
            hint=Wording("delete-nothing-there.hint"),
        )
    _must_not_be_too_many(repository, targets)
    notes: list[Words] = [NOT_LISTED, STAYS_IN_CATALOG]
    if anatomy.unreadable:
        notes.append(Wording("delete-unreadable", count=len(anatomy.unreadable)))
    else:
        notes.insert(0, _WHOLE)
    space = await services.catalog.contents.space(reader.name, {repository: going})
    return targets, removal.effects(space=space, notes=notes)


async def _v1_repository(
    services: Services, place: Place
) -> tuple[tuple[Target, ...], Effects]:
    reader, repository = place.reader, place.repository
    try:
        tags = await reader.tags(repository)
    except RepositoryUnknown:
        raise await unknown_repository(services, place) from None
    await services.catalog.remember_tags(reader.name, repository, len(tags))
    found = await together([partial(reader.resolve, repository, tag) for tag in tags])
    targets = tuple(
        Target(reader.name, repository, tag, str(at))
        for tag, at in zip(tags, found, strict=True)
        if at is not None
    )
    _must_not_be_too_many(repository, targets)
    entry = Target(reader.name, repository, "", "")
    return (*targets, entry), Effects(notes=(_WHOLE, _V1))


async def _read(services: Services, place: Place) -> Anatomy:
    """All of the repository, as it is now; nothing where it has no tags.

    Raises:
        NotFoundError: the registry does not know it.
    """
    reader, repository = place.reader, place.repository
    try:
        anatomy = await services.catalog.contents.read(reader.name, repository)
    except RepositoryUnknown:
        if place.reference.digest is None:
            raise await unknown_repository(services, place) from None
        # A repository of untagged manifests answers so too.
        return Anatomy(reader.name, repository, tags={}, manifests={})
    tags = sum(not is_digest_like(tag) for tag in anatomy.tags)
    await services.catalog.remember_tags(reader.name, repository, tags)
    return anatomy


def _must_not_be_too_many(repository: str, targets: Sequence[Target]) -> None:
    if len(targets) > MAX_TARGETS:
        raise RefusedError(
            Wording(
                "delete-too-many",
                repository=repository,
                count=len(targets),
                most=MAX_TARGETS,
            ),
            hint=Wording("delete-too-many.hint", repository=repository),
        )


def _described(effects: Effects, detail: TagDetail) -> Effects:
    """The effects, with what the one manifest they are about is."""
    return replace(
        effects,
        media_type=detail.manifest.media_type,
        platforms=detail.platforms,
        children=len(detail.manifest.children),
        size=detail.size,
        created=detail.created.isoformat() if detail.created else "",
    )


def words(values: form.Values) -> tuple[str, ...]:
    """What the form stands for."""
    repository, reason = values["repository"], form.option(values, "reason")
    match values.get("what"):
        case "manifest":
            return (f"{repository}@{values['digest']}", *reason)
        case "repository":
            return (repository, "--repository", *reason)
        case _:
            return (f"{repository}:{values['tag']}", *reason)


FORM = form.Form(
    key="form-delete",
    fields=(
        form.REPOSITORY,
        form.Field(
            "what",
            form.Kind.CHOICE,
            "form-what",
            choices=(
                form.Choice("tag", "form-what-tag"),
                form.Choice("manifest", "form-what-manifest"),
                form.Choice("repository", "form-what-repository"),
            ),
        ),
        replace(form.TAG, only=("what", "tag")),
        replace(form.DIGEST, only=("what", "manifest")),
        form.REASON,
    ),
    words=words,
)

COMMAND = Command(
    name="delete",
    usage=Usage(
        positionals=("REPO:TAG|REPO@DIGEST|REPO",),
        required=1,
        options=(
            Option("reason", "TEXT", "option-reason"),
            BREAK_GLASS,
            Option("registry", "NAME", "option-in-registry"),
            Option("repository", "", "option-whole-repository"),
        ),
        examples=(
            "delete team/app:1.4.1",
            'delete team/app:1.4.1 --reason "broken release"',
            "delete team/app --repository",
        ),
    ),
    parse=parse,
    plan=plan,
    execute=execute,
    reverse=reverse,
    form=FORM,
)
