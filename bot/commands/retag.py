"""`retag REPO:TAG NEW`: a second name for the same manifest, in the same repository.

A free name is taken without asking anybody. A tag that names something else already is
moved only with approval, and only from what it named when that was asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.change import Action, Change, Effects, Target
from bot.chat import tagging
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command, Step, StepResult
from bot.chat.form import REASON, REPOSITORY, TAG, Field, Form, Kind, Values
from bot.chat.form import option as as_option
from bot.chat.place import Place, locate
from bot.chat.reply import Reply
from bot.chat.usage import BREAK_GLASS, Option, Usage
from bot.errors import UsageError, about
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.reference import parse_tag
from bot.services import Services
from bot.wording import Wording


@dataclass(frozen=True)
class Retag:
    """What was asked for."""

    reference: str
    new: str
    registry: str
    reason: str


def parse(arguments: Arguments) -> Retag:
    """Typed arguments."""
    return Retag(
        reference=arguments.positional(),
        new=arguments.positional(1),
        registry=arguments.value("registry"),
        reason=arguments.value("reason"),
    )


async def plan(services: Services, _call: Call, wanted: Retag) -> Change | Reply:
    """Read what the new name names now, and what it is to name."""
    place = locate(services, wanted.reference, wanted.registry)
    with about("new"):
        tag = _new_tag(services, place, wanted)
        tagging.check_tag(tag)
    detail = await tagging.read_source(services, place)
    manifest = detail.manifest
    reader, repository = place.reader, place.repository
    name = await tagging.read_name(reader, repository, tag, manifest.digest)
    if name.now == manifest.digest:
        return tagging.nothing_to_do(place, tag, manifest.digest)
    return Change(
        action=Action.RETAG,
        targets=(
            Target(
                registry=reader.name,
                repository=repository,
                tag=tag,
                digest=str(manifest.digest),
                replaces=str(name.now or ""),
                source_registry=reader.name,
                source_repository=repository,
            ),
        ),
        effects=Effects(
            media_type=manifest.media_type,
            platforms=detail.platforms,
            kept_tags=name.siblings,
            children=len(manifest.children),
            size=detail.size,
            created=detail.created.isoformat() if detail.created else "",
            notes=(name.note,),
        ),
        host=reader.host,
        reason=wanted.reason,
    )


async def execute(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Put the tag, if it is still free or names what was to be replaced.

    Raises:
        TargetMoved: it names something else by now; nothing was changed.
    """
    if await tagging.put(reader, writer, step):
        return StepResult(f"on {step.manifest.digest}", "stored and read back")
    return StepResult("already there", "read back")


def _new_tag(services: Services, place: Place, wanted: Retag) -> str:
    """The new name: a tag alone, or with its repository in front.

    Raises:
        UsageError: it is none, or in another repository.
    """
    if not {"/", ":", "@"} & set(wanted.new):
        return parse_tag(wanted.new)
    new = locate(services, wanted.new)
    if new.reference.host is None:
        new = locate(services, wanted.new, place.reader.name)
    if new.reference.tag is None or new.reference.digest is not None:
        raise UsageError(
            Wording("retag-no-tag"),
            hint=Wording("retag-no-tag.hint", reference=wanted.reference),
        )
    if (new.reader.name, new.repository) != (place.reader.name, place.repository):
        raise UsageError(
            Wording("retag-elsewhere"),
            hint=Wording(
                "retag-elsewhere.hint", reference=wanted.reference, new=wanted.new
            ),
        )
    return new.reference.tag


def words(values: Values) -> tuple[str, ...]:
    """What the form stands for."""
    reference = f"{values['repository']}:{values['tag']}"
    return (reference, values["new"], *as_option(values, "reason"))


FORM = Form(
    key="form-retag",
    fields=(REPOSITORY, TAG, Field("new", Kind.TEXT, "form-new"), REASON),
    words=words,
)

COMMAND = Command(
    name="retag",
    usage=Usage(
        positionals=("REPO:TAG", "NEW"),
        required=2,
        options=(
            Option("reason", "TEXT", "option-reason"),
            BREAK_GLASS,
            Option("registry", "NAME", "option-in-registry"),
        ),
        examples=(
            "retag team/app:1.4.2 stable",
            'retag team/app:1.4.1 latest --reason "1.4.2 is broken"',
        ),
    ),
    parse=parse,
    plan=plan,
    execute=execute,
    reverse=tagging.put_back,
    form=FORM,
)
