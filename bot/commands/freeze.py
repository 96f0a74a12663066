"""`freeze REASON`: no change is carried out until it is lifted with `unfreeze`."""

from __future__ import annotations

from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.phrase import bold, phrase
from bot.chat.reply import Note, Paragraph, Reply, record
from bot.chat.usage import Usage
from bot.services import Services
from bot.wording import say


def parse(arguments: Arguments) -> str:
    """The reason; it needs no quotes."""
    return " ".join(arguments.positionals)


async def run(services: Services, call: Call, reason: str) -> Reply:
    """Freeze, and tell the approvals channel."""
    frozen = await services.workflow.freezing.freeze(
        actor=call.actor, team=call.team, reason=reason
    )
    await courier.sweep(services)
    return Reply(
        summary=say("freeze-set-summary"),
        parts=(
            Paragraph(
                phrase(
                    "freeze-set-reason",
                    frozen=bold("freeze-set"),
                    reason=frozen.reason,
                )
            ),
            Note(phrase("freeze-set-note")),
        ),
        data=(record(frozen=True, reason=frozen.reason, at=frozen.at.isoformat()),),
    )


COMMAND = Command(
    name="freeze",
    usage=Usage(
        positionals=("REASON…",),
        required=1,
        examples=("freeze release week, nothing goes before Monday",),
    ),
    parse=parse,
    run=run,
)
