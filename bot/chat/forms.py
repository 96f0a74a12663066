"""From a command's text to what its form is filled in with, and back to words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.chat.command import Command
from bot.chat.phrase import phrase
from bot.chat.place import meaning
from bot.chat.reply import Paragraph, Preformatted, Reply
from bot.chat.words import split
from bot.errors import UsageError
from bot.registry.connect import Registries
from bot.wording import say


def prefilled(
    registries: Registries, text: str, commands: Mapping[str, Command]
) -> tuple[Command, dict[str, str]]:
    """The command of a text, and the values its reference gives to the form.

    Raises:
        UsageError: there is no such form, or no such reference.
        NotFoundError: a registry that is not configured.
    """
    words = [word.value for word in split(text)]
    command = commands.get(words[0].lower()) if words else None
    if command is None or command.form is None:
        raise UsageError(say("form-none"))
    if len(words) < 2:
        return command, {}
    place = meaning(registries, words[1])
    names = {field.name for field in command.form.fields}
    values = {"repository": place.full()}
    reference = place.reference
    if reference.digest is not None and "digest" in names:
        values |= {"what": "manifest", "digest": str(reference.digest)}
    elif reference.tag is not None and "tag" in names:
        values["tag"] = reference.tag
    return command, values


def typed_instead(text: str, commands: Mapping[str, Command], slash: str) -> Reply:
    """What somebody is told where a form cannot be opened: how it is typed."""
    words = [word.value for word in split(text)]
    typed = [f"{slash} {text}"] if len(words) > 1 else []
    command = commands.get(words[0].lower()) if words else None
    if command is not None:
        typed += [f"{slash} {example}" for example in command.usage.examples]
    return Reply(
        summary=" ".join((say("form-not-opened"), *typed[:1])),
        parts=(
            Paragraph(phrase("form-not-opened")),
            Preformatted("\n".join(dict.fromkeys(typed))),
        ),
        ok=False,
    )
