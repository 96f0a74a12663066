"""`unfreeze`: lifts the freeze; what was approved meanwhile is carried out."""

from __future__ import annotations

from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.phrase import bold, phrase
from bot.chat.reply import Paragraph, Person, Reply, When, record
from bot.chat.usage import Usage
from bot.services import Services
from bot.wording import say


def parse(_arguments: Arguments) -> None:
    """It takes nothing."""


async def run(services: Services, call: Call, _wanted: None) -> Reply:
    """Lift the freeze, and tell the approvals channel."""
    lifted = await services.workflow.freezing.unfreeze(actor=call.actor, team=call.team)
    await courier.sweep(services)
    return Reply(
        summary=say("freeze-lifted-summary"),
        parts=(
            Paragraph(
                phrase(
                    "freeze-lifted-from",
                    lifted=bold("freeze-lifted"),
                    who=Person(lifted.actor),
                    when=When(lifted.at, ago=True),
                    reason=lifted.reason,
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
