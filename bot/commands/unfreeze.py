"""`unfreeze`: lifts the freeze; what was approved meanwhile is carried out."""

from __future__ import annotations

from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Paragraph, Person, Reply, Text, When, line, record
from bot.chat.usage import Usage
from bot.services import Services


def parse(_arguments: Arguments) -> None:
    """It takes nothing."""


async def run(services: Services, call: Call, _wanted: None) -> Reply:
    """Lift the freeze, and tell the approvals channel."""
    lifted = await services.workflow.freezing.unfreeze(actor=call.actor, team=call.team)
    await courier.sweep(services)
    said = "The freeze is lifted."
    return Reply(
        summary=f"{said} What was approved goes on.",
        parts=(
            Paragraph(
                line(
                    Text(said, bold=True),
                    " It was set by ",
                    Person(lifted.actor),
                    " ",
                    When(lifted.at, ago=True),
                    f": {lifted.reason}",
                )
            ),
        ),
        data=(record(frozen=False),),
    )


COMMAND = Command(
    name="unfreeze",
    usage=Usage(examples=("unfreeze",)),
    parse=parse,
    run=run,
)
