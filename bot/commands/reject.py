"""`reject ID REASON`: refuses a request by typing, under the rules of the button."""

from __future__ import annotations

from dataclasses import dataclass

from bot.approvals.request import Verdict
from bot.chat import courier
from bot.chat.answers import decided
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Reply
from bot.chat.usage import Usage
from bot.services import Services
from bot.wording import say


@dataclass(frozen=True)
class Reject:
    """What was asked for."""

    number: int
    reason: str


def parse(arguments: Arguments) -> Reject:
    """Typed arguments; the reason needs no quotes."""
    return Reject(arguments.change(), " ".join(arguments.positionals[1:]))


async def run(services: Services, call: Call, wanted: Reject) -> Reply:
    """Refuse it, and let the card say why."""
    try:
        request = await services.workflow.decide(
            wanted.number,
            actor=call.actor,
            team=call.team,
            verdict=Verdict.REJECT,
            reason=wanted.reason,
        )
    finally:
        # Also when refused: somebody else may have decided in the meantime, and the
        # card must not go on offering it.
        await courier.deliver(services, wanted.number)
    return decided(request, say("decided-rejected"))


COMMAND = Command(
    name="reject",
    usage=Usage(
        positionals=("ID", "REASON…"),
        required=2,
        examples=("reject C17 still in use by the nightly build",),
    ),
    parse=parse,
    run=run,
)
