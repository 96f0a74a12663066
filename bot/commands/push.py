"""`push REPO`: the exact docker login, tag and push lines for this registry."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.phrase import phrase
from bot.chat.place import locate
from bot.chat.reply import Code, Note, Paragraph, Preformatted, Reply, record
from bot.chat.usage import Option, Usage
from bot.errors import UsageError
from bot.services import Services
from bot.wording import Wording, say


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
            Wording("push-digest"),
            hint=Wording("push-digest.hint", repository=place.repository),
        )
    tag = place.reference.tag or "latest"
    local = f"{place.repository.rpartition('/')[2]}:{tag}"
    remote = place.full(tag)
    lines = (
        f"docker login {place.reader.host}",
        f"docker tag {local} {remote}",
        f"docker push {remote}",
    )
    return Reply(
        summary=say("push-summary", image=remote, lines="; ".join(lines)),
        parts=(
            Paragraph(phrase("push-to", image=Code(remote))),
            Preformatted("\n".join(lines)),
            Note(phrase("push-own", local=Code(local))),
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
