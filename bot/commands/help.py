"""`help [COMMAND]`: what there is, how each is typed, and what this person may do.

The examples name what is in the person's own registry, so that they work as they are.
"""

from __future__ import annotations

from bot.chat import guide, homely
from bot.chat.arguments import Arguments
from bot.chat.command import Call, Command
from bot.chat.reply import Reply
from bot.chat.usage import Usage
from bot.services import Services


def parse(arguments: Arguments) -> str:
    """The command asked about, empty for all."""
    return arguments.positional().lower()


async def run(services: Services, call: Call, wanted: str) -> Reply:
    """Explain one command, or list all."""
    # The package finds this file while it is being imported, so it can be asked for
    # its commands only now.
    from bot.commands import COMMANDS

    slash = services.settings.slack.command
    if not wanted:
        return guide.overview(
            COMMANDS,
            slash,
            guide.Reader(
                standing=await services.workflow.standings.of(call.actor, call.team),
                registries=tuple(reader.host for reader in services.registries),
                own=await homely.own(services),
            ),
        )
    if wanted not in COMMANDS:
        return guide.unknown(wanted, COMMANDS, slash)
    return guide.of(COMMANDS[wanted], slash, await homely.own(services))


COMMAND = Command(
    name="help",
    usage=Usage(positionals=("COMMAND",), examples=("help", "help delete")),
    parse=parse,
    run=run,
    reads=True,
)
