"""`registry-bot policy explain`: which rule decides about a command, and why.

Reads the settings and the command line, nothing else: neither Slack nor a registry is
asked, so it can be run where settings are written and reviewed.
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from bot.app import connect_options
from bot.approvals.explain import explain
from bot.approvals.policy import Policy
from bot.change import Action, Change, Effects, Target
from bot.chat.arguments import parse_words
from bot.chat.place import meaning
from bot.chat.text import clean
from bot.chat.words import split
from bot.clock import SystemClock
from bot.commands import COMMANDS
from bot.config import Settings
from bot.errors import UsageError
from bot.registry.connect import connect_all

_CHANGES = ("delete", "retag", "copy", "prune")
_ABOUT = {"copy": 1}
"""Which positional says where the change happens, where it is not the first."""


async def policy_explain(
    settings: Settings, command: str, actor: str, out: Console
) -> int:
    """Print what decides about a command and why.

    Args:
        settings: the configuration.
        command: as typed behind `/registry` (`delete prod/app:1.2`).
        actor: Slack user id of who would give it.
        out: where to.

    Returns:
        0, or 1 where it would be refused.

    Raises:
        UsageError: it is no command that changes something.
        ConfigurationError: the settings make no sense.
    """
    policy = Policy.from_settings(settings)
    registries, _ = connect_all(connect_options(settings, SystemClock()))
    try:
        words = split(command)
        name = words[0].value.lower() if words else ""
        if name not in _CHANGES:
            raise UsageError(
                "policy explain takes a command that changes something",
                hint=f"One of {', '.join(_CHANGES)}, as it is typed in Slack.",
            )
        arguments = parse_words(words[1:], COMMANDS[name].usage)
        place = meaning(
            registries,
            arguments.positional(_ABOUT.get(name, 0)),
            arguments.value("registry"),
        )
    finally:
        await registries.aclose()
    tag = place.reference.tag or ""
    if name == "retag":
        tag = arguments.positional(1).rpartition(":")[2]
    change = Change(
        action=Action(name),
        targets=(
            Target(
                place.reader.name,
                place.repository,
                tag,
                str(place.reference.digest or ""),
            ),
        ),
        effects=Effects(),
        host=place.reader.host,
        reason="given",
    )
    answers = explain(policy, change, actor)
    opening = f"{name} {change.targets[0]} on {change.host}, asked for by {actor}"
    out.print(Text(clean(opening), style="bold"))
    for answer in answers:
        line = Text(f"  {answer.about:<15}")
        line.append(clean(answer.said), style="" if answer.ok else "red")
        out.print(line)
    return 0 if all(answer.ok for answer in answers) else 1
