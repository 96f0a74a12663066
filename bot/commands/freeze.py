"""`freeze REASON`: no change is carried out until it is lifted with `unfreeze`."""

from __future__ import annotations

from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Note, Paragraph, Reply, Text, line, record
from bot.chat.usage import Usage
from bot.services import Services


def parse(arguments: Arguments) -> str:
    """The reason; it needs no quotes."""
    return " ".join(arguments.positionals)


async def run(services: Services, call: Call, reason: str) -> Reply:
    """Freeze, and tell the approvals channel."""
    frozen = await services.workflow.freezing.freeze(
        actor=call.actor, team=call.team, reason=reason
    )
    await courier.sweep(services)
    said = "Changes are frozen."
    return Reply(
        summary=f"{said} Nothing is carried out until you or another approver lifts "
        "it with unfreeze.",
        parts=(
            Paragraph(line(Text(said, bold=True), f" Reason: {frozen.reason}")),
            Note(
                line(
                    "What is being done stops behind the item it is at; what was "
                    "approved goes on when an approver lifts this with unfreeze."
                )
            ),
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
