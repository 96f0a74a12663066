"""`push REPO`: the exact docker login, tag and push lines for this registry."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.place import locate
from bot.chat.reply import Code, Note, Paragraph, Preformatted, Reply, line, record
from bot.chat.usage import Option, Usage
from bot.errors import UsageError
from bot.services import Services


@dataclass(frozen=True)
class Push:
    """What was asked for."""

    reference: str
    registry: str


def parse(arguments: Arguments) -> Push:
    """Typed arguments."""
    return Push(arguments.positional(), arguments.value("registry"))


async def run(services: Services, _call: Call, wanted: Push) -> Reply:
    """Write the lines; nothing is asked of the registry."""
    place = locate(services, wanted.reference, wanted.registry)
    if place.reference.digest is not None:
        raise UsageError(
            "An image is pushed under a tag; its digest follows from its content",
            hint=f"Write {place.repository}:TAG.",
        )
    tag = place.reference.tag or "latest"
    local = f"{place.repository.rpartition('/')[2]}:{tag}"
    remote = place.full(tag)
    lines = (
        f"docker login {place.reader.host}",
        f"docker tag {local} {remote}",
        f"docker push {remote}",
    )
    summary = f"How to push to {remote}:"
    return Reply(
        summary=f"{summary} {'; '.join(lines)}",
        parts=(
            Paragraph(line("How to push to ", Code(remote), ":")),
            Preformatted("\n".join(lines)),
            Note(line("Put the name of your own image in place of ", Code(local), ".")),
        ),
        data=(
            record(
                registry=place.reader.name,
                reference=remote,
                commands=list(lines),
            ),
        ),
    )


COMMAND = Command(
    name="push",
    usage=Usage(
        positionals=("REPO[:TAG]",),
        required=1,
        options=(Option("registry", "NAME", "option-to-registry"),),
        examples=("push team/app:1.4.2",),
    ),
    parse=parse,
    run=run,
    reads=True,
)
