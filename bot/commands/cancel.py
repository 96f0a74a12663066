"""`cancel ID`: withdraws one's own request."""

from __future__ import annotations

from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.changes import in_words
from bot.chat.command import Call, Command
from bot.chat.reply import Paragraph, Reply, Text, line, record
from bot.chat.usage import Usage
from bot.services import Services


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
        summary=f"{request.id} is withdrawn; nothing was changed.",
        parts=(
            Paragraph(
                line(
                    Text(request.id, bold=True),
                    " (to ",
                    *in_words(request),
                    ") is withdrawn; nothing was changed.",
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
