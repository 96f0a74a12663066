"""What can be done with an answer: sort, filter, share, keep as a file; and with a row.

Pure. Everything carries the whole command that it stands for: nothing is remembered
between an answer and a press, so they work from any process and after any restart. What
is too long to be carried is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.chat.command import Call, Where
from bot.chat.paging import MAX_VALUE
from bot.chat.reply import Button, Buttons, Choice, Menu, Part, Press, Select
from bot.chat.words import join, split
from bot.wording import say

_SORTS = {
    "newest": "sort-newest",
    "semver": "sort-semver",
    "name": "sort-name",
    "size": "sort-size",
    "freed": "sort-freed",
}


def sorting(command: Sequence[str], sorts: Sequence[str], now: str) -> Select:
    """The orders a list can be put into; the first one needs no option.

    Args:
        command: the words behind `/registry`, without `--sort` and `--page`.
        sorts: values of `--sort`.
        now: the one that holds.
    """
    choices = []
    for name in sorts:
        words = command if name == sorts[0] else (*command, "--sort", name)
        choices.append(Choice(say(_SORTS[name]), Press.TURN, join(words)))
    return Select(tuple(choices), list(sorts).index(now))


def filtering(command: Sequence[str], option: str, now: str) -> Buttons:
    """Asks for a filter.

    Args:
        command: the words behind `/registry`, without the filter and `--page`.
        option: the option that takes it; empty where it is a positional.
        now: the one that holds, empty without one.
    """
    words = (*command, f"--{option}", now) if option else (*command, now)
    return _carried(Button(say("filter"), Press.FILTER, join(words)))


def current_filter(value: str) -> str:
    """The filter that holds, of what the button carries."""
    words = split(value)
    return words[-1].value if words else ""


def filtered(value: str, typed: str) -> str:
    """The command with another filter; without one where nothing was typed.

    Raises:
        UsageError: what was typed makes no words.
    """
    words = [word.value for word in split(value)[:-1]]
    if typed.strip():
        return join((*words, typed.strip()))
    if words and words[-1].startswith("--"):
        del words[-1]
    return join(words)


def keeping(call: Call, command: Sequence[str]) -> tuple[Part, ...]:
    """To share an answer, and to have all of it as a file; in Slack alone.

    Args:
        call: through which door it was asked for.
        command: the words behind `/registry`, without `--page`.
    """
    if call.where is not Where.SLACK:
        return ()
    return (
        _carried(
            Button(say("share"), Press.SHARE, join(command)),
            Button(say("as-a-file"), Press.FILE, join(command)),
        ),
    )


def image_menu(label: str, name: Sequence[str]) -> Menu:
    """Beside a tag or a manifest.

    Args:
        label: what the row is called.
        name: the words that name it.
    """
    return Menu(
        label,
        (
            Choice(say("menu-inspect"), Press.SHOW, join(("inspect", *name))),
            Choice(say("menu-pull"), Press.SHOW, join(("inspect", *name, "--pull"))),
            # Opens the form that shows what goes, before anything is asked for.
            Choice(say("menu-delete"), Press.FORM, join(("delete", *name))),
        ),
    )


def repository_menu(label: str, name: Sequence[str]) -> Menu:
    """Beside a repository.

    Args:
        label: what the row is called.
        name: the words that name it.
    """
    return Menu(
        label,
        (
            Choice(say("menu-tags"), Press.SHOW, join(("tags", *name))),
            Choice(say("menu-usage"), Press.SHOW, join(("usage", *name))),
            Choice(say("menu-push"), Press.SHOW, join(("push", *name))),
        ),
    )


def _carried(*buttons: Button) -> Buttons:
    return Buttons(tuple(each for each in buttons if len(each.value) <= MAX_VALUE))
