"""What `retag` and `copy` have in common: a tag is put on a manifest, or back.

A name that is free is simply taken. One that names something else already is a change
of what people pull under it: what it names now is read, shown, and travels with the
request (`Target.replaces`), so that nothing else is ever replaced.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.command import Step, StepResult
from bot.chat.phrase import phrase
from bot.chat.place import Place, unknown_repository, unknown_tag
from bot.chat.reply import Code, Note, Paragraph, Reply, record
from bot.chat.text import short_digest
from bot.errors import NotFoundError, UsageError
from bot.registry.client import RegistryReader, RegistryWriter, TagDetail
from bot.registry.digest import Digest, is_digest_like
from bot.registry.errors import ManifestUnknown, RepositoryUnknown
from bot.registry.naming import put_tag
from bot.services import Services
from bot.wording import Wording, say

MAX_SIBLINGS = 5000
"""Tags that are asked for their digest, to tell which stay on the same one."""

LAST_TAG = Wording("tagging-last-tag")
FREE = Wording("tagging-free")


@dataclass(frozen=True)
class Name:
    """What a tag names before it is put.

    Attributes:
        now: the digest; None where the tag is free.
        siblings: other tags on it, which keep it.
        note: what reviewers should know of that.
    """

    now: Digest | None
    siblings: tuple[str, ...] = ()
    note: Wording = FREE


async def read_source(services: Services, place: Place) -> TagDetail:
    """What a reference names, by its digest or else by its tag.

    Raises:
        UsageError: it names a repository alone.
        NotFoundError: it is not there.
    """
    reference = place.reference
    if reference.digest is None and reference.tag is None:
        raise UsageError(
            Wording("tagging-which-tag", repository=place.repository),
            hint=Wording("tagging-which-tag.hint", repository=place.repository),
        )
    named = str(reference.digest or reference.tag)
    try:
        return await place.reader.tag_detail(place.repository, named)
    except (ManifestUnknown, RepositoryUnknown):
        try:
            tags = await place.reader.tags(place.repository)
        except RepositoryUnknown:
            raise await unknown_repository(services, place) from None
    if reference.digest is None:
        raise unknown_tag(place, named, tags) from None
    raise NotFoundError(
        Wording(
            "manifest-unknown",
            repository=place.repository,
            digest=short_digest(named),
        ),
        hint=Wording("manifest-unknown.hint", repository=place.repository),
    )


def check_tag(tag: str) -> None:
    """May people put this tag?

    Raises:
        UsageError: it is a name tools use for themselves.
    """
    if is_digest_like(tag):
        raise UsageError(
            Wording("tagging-digest-like"), hint=Wording("tagging-digest-like.hint")
        )


async def read_name(
    reader: RegistryReader, repository: str, tag: str, wanted: Digest
) -> Name:
    """What a tag names now, and who else does, unless that is what is wanted."""
    now = await reader.resolve(repository, tag)
    if now is None or now == wanted:
        return Name(now)
    try:
        tags = await reader.tags(repository)
    except RepositoryUnknown:
        tags = ()
    if len(tags) > MAX_SIBLINGS:
        return Name(now, note=Wording("tagging-stays"))
    found = await reader.tags_of_digest(repository, now, among=tags)
    siblings = tuple(each for each in found if each != tag)
    return Name(
        now,
        siblings,
        Wording("tagging-siblings-stay") if siblings else LAST_TAG,
    )


def nothing_to_do(place: Place, reference: str, digest: Digest) -> Reply:
    """The answer where a tag names what it is to name, or a manifest is there."""
    what = place.full(reference)
    # A digest is there, or not; a tag may be on another one.
    key = "tagging-there" if ":" in reference else "tagging-on"
    on = {} if ":" in reference else {"digest": short_digest(str(digest))}
    return Reply(
        summary=say(key, what=what, **on),
        parts=(
            Paragraph(phrase(key, what=Code(what), **on)),
            Note(phrase("tagging-nothing-changed")),
        ),
        data=(
            record(
                registry=place.reader.name,
                repository=place.repository,
                reference=reference,
                digest=str(digest),
                changed=False,
            ),
        ),
    )


async def put(reader: RegistryReader, writer: RegistryWriter, step: Step) -> bool:
    """Put the step's tag on its manifest; False where it is on it already.

    Raises:
        TargetMoved: the tag names something reviewers were not shown.
    """
    target = step.target
    return await put_tag(
        reader,
        writer,
        target.repository,
        target.tag,
        step.manifest,
        replaces=(target.replaces,),
    )


async def put_back(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Put a tag that was moved back on what it named before.

    The step's manifest is what it named before; of the target's two digests, the other
    one is what it may name now.

    Raises:
        TargetMoved: it was moved again since; nothing was changed.
    """
    target = step.target
    moved = await put_tag(
        reader,
        writer,
        target.repository,
        target.tag,
        step.manifest,
        replaces=(target.digest, target.replaces),
    )
    if not moved:
        return StepResult("already back", "read back")
    return StepResult(f"back on {step.manifest.digest}", "stored and read back")
