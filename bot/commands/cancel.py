"""`cancel ID`: withdraws one's own request."""

from __future__ import annotations

from bot.approvals.request import parse_change_id
from bot.chat import courier
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Code, Paragraph, Reply, Text, line, record
from bot.chat.text import shorten
from bot.chat.usage import Usage
from bot.errors import UsageError
from bot.services import Services


def parse(arguments: Arguments) -> int:
    """The request's number."""
    number = parse_change_id(arguments.positional())
    if number is None:
        raise UsageError(
            f"“{shorten(arguments.positional(), 40)}” is not the ID of a request",
            hint="An ID looks like C17; requests lists what waits.",
        )
    return number


async def run(services: Services, call: Call, number: int) -> Reply:
    """Withdraw it, and let its card say so."""
    try:
        request = await services.workflow.cancel(number, actor=call.actor)
    finally:
        # Also when refused: it may have expired just now, and its card must not go on
        # offering a decision.
        await courier.deliver(services, number)
    return Reply(
        summary=f"{request.id} is withdrawn; nothing was deleted.",
        parts=(
            Paragraph(
                line(
                    Text(request.id, bold=True),
                    " is withdrawn: ",
                    Code(str(request.target)),
                    " stays as it is.",
                )
            ),
        ),
        data=(record(id=request.id, state=request.state.value),),
    )


COMMAND = Command(
    name="cancel",
    summary="Withdraws a request of your own that still waits.",
    usage=Usage(positionals=("ID",), required=1, examples=("cancel C17",)),
    parse=parse,
    run=run,
)
