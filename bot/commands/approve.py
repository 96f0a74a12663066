"""`approve ID`: agrees to a request by typing, under the same rules as the button."""

from __future__ import annotations

from bot.approvals.request import State, Verdict
from bot.chat import courier
from bot.chat.answers import decided
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Reply
from bot.chat.usage import Usage
from bot.services import Services
from bot.wording import say


def parse(arguments: Arguments) -> int:
    """The request's number."""
    return arguments.change()


async def run(services: Services, call: Call, number: int) -> Reply:
    """Agree, and let the card say so."""
    try:
        request = await services.workflow.decide(
            number, actor=call.actor, team=call.team, verdict=Verdict.APPROVE
        )
    finally:
        # Also when refused: somebody else may have decided in the meantime, and the
        # card must not go on offering it.
        await courier.deliver(services, number)
    if request.state is State.PENDING:
        return decided(request, say("decided-needs-more", count=request.missing))
    return decided(request, say("decided-approved"))


COMMAND = Command(
    name="approve",
    usage=Usage(positionals=("ID",), required=1, examples=("approve C17",)),
    parse=parse,
    run=run,
)
