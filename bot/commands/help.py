"""`help [COMMAND]`: what there is, and how each is typed."""

from __future__ import annotations

from bot.chat import guide
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Reply
from bot.chat.usage import Usage
from bot.services import Services


def parse(arguments: Arguments) -> str:
    """The command asked about, empty for all."""
    return arguments.positional().lower()


async def run(services: Services, _call: Call, wanted: str) -> Reply:
    """Explain one command, or list all."""
    # The package finds this file while it is being imported, so it can be asked for
    # its commands only now.
    from bot.commands import COMMANDS

    slash = services.settings.slack.command
    if not wanted:
        return guide.overview(COMMANDS, slash)
    if wanted not in COMMANDS:
        return guide.unknown(wanted, COMMANDS, slash)
    return guide.of(COMMANDS[wanted], slash)


COMMAND = Command(
    name="help",
    usage=Usage(positionals=("COMMAND",), examples=("help", "help delete")),
    parse=parse,
    run=run,
    reads=True,
)
