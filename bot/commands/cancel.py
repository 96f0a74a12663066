"""`cancel ID`: withdraws one's own request."""

from __future__ import annotations

from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.changes import in_words
from bot.chat.command import Call, Command
from bot.chat.phrase import phrase
from bot.chat.reply import Paragraph, Reply, Text, record
from bot.chat.usage import Usage
from bot.services import Services
from bot.wording import say


def parse(arguments: Arguments) -> int:
    """The request's number."""
    return arguments.change()


async def run(services: Services, call: Call, number: int) -> Reply:
    """Withdraw it, and let its card say so."""
    try:
        request = await services.workflow.cancel(number, actor=call.actor)
    finally:
        # Also when refused: it may have expired just now, and its card must not go on
        # offering a decision.
        await courier.deliver(services, number)
    return Reply(
        summary=say("decided-withdrawn-summary", id=request.id),
        parts=(
            Paragraph(
                phrase(
                    "decided-withdrawn",
                    id=Text(request.id, bold=True),
                    what=in_words(request),
                )
            ),
        ),
        data=(record(id=request.id, state=request.state.value),),
    )


COMMAND = Command(
    name="cancel",
    usage=Usage(positionals=("ID",), required=1, examples=("cancel C17",)),
    parse=parse,
    run=run,
)
