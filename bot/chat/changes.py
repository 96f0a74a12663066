"""The words for a change: what it is about, its targets, the bytes it frees.

Pure. Cards, answers and lists of requests all say it the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.approvals.request import Item, ItemState, Request, State
from bot.change import Action, Space
from bot.chat import text
from bot.chat.reply import Code, Line, joined, line
from bot.chat.versions import newest_version_first

MAX_NAMES = 15
"""Tags, platforms or digests listed in one field."""

STANDING = {
    State.PENDING: "waits for approval",
    State.APPROVED: "approved, about to be done",
    State.RUNNING: "being done",
    State.DONE: "done",
    State.FAILED: "failed",
    State.VOIDED: "not done",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
    State.CANCELLED: "cancelled",
}

STORAGE = "Deleting frees no storage until the registry's garbage collection runs."


def what(request: Request) -> str:
    """What is asked for, short: for headings, summaries and lists."""
    verb, items = request.action.value, request.items
    if request.action is Action.UNDO:
        return f"undo C{request.undoes}"
    if request.action in (Action.RETAG, Action.COPY):
        more = f" and {text.plural(len(items) - 1, 'more')}" if len(items) > 1 else ""
        return f"{verb} to {text.shorten(str(request.target), 100)}{more}"
    if len(items) == 1:
        return f"{verb} {text.shorten(str(request.target), 100)}"
    return f"{verb} {counted(items)} of {where(request)}"


def in_words(request: Request) -> Line:
    """What is asked for, as a part of a sentence (`Alice asks to …`)."""
    target, items = request.target, request.items
    on = f" on {request.host}"
    match request.action:
        case Action.UNDO:
            opening = f"undo C{request.undoes}: put back "
            if len(items) == 1:
                return line(opening, Code(str(target)), on)
            return line(f"{opening}{counted(items)} of ", Code(where(request)), on)
        case Action.RETAG:
            verb, to = ("move", "to") if target.replaces else ("put", "on")
            digest = Code(text.short_digest(target.digest))
            return line(f"{verb} the tag ", Code(str(target)), f" {to} ", digest, on)
        case Action.COPY:
            source = f"{target.source_repository}@{text.short_digest(target.digest)}"
            return line("copy ", Code(source), " to ", Code(str(target)), on)
    verb = request.action.value
    if len(items) == 1:
        return line(f"{verb} ", Code(str(target)), on)
    return line(f"{verb} {counted(items)} of ", Code(where(request)), on)


def counted(items: Iterable[Item]) -> str:
    """`50 tags and 12 manifests`."""
    targets = [item.target for item in items]
    tags = sum(bool(target.tag) for target in targets)
    manifests = sum(not target.tag and bool(target.digest) for target in targets)
    parts = [
        text.plural(count, one)
        for count, one in ((tags, "tag"), (manifests, "manifest"))
        if count
    ]
    return " and ".join(parts) or "the repository"


def for_people(request: Request) -> tuple[Item, ...]:
    """The items as people read them: tags first, the newest version before the others.

    They are carried out in another order, a manifest before the tags on it.
    """
    tags = {item.target.tag for item in request.items}
    order = {tag: at for at, tag in enumerate(newest_version_first(tags))}

    def place(item: Item) -> tuple[bool, str, int, int]:
        target = item.target
        if not target.tag:
            return True, "", 0, item.position
        return False, target.repository, order[target.tag], item.position

    return tuple(sorted(request.items, key=place))


def item_lines(request: Request, items: Iterable[Item]) -> Iterable[Line]:
    """One line for each of these items: what, why, and what became of it.

    The repository is named where the request is about several.
    """
    several = len(request.repositories) > 1
    for item in items:
        target = item.target
        name = [target.repository] if several or not target.tag else []
        shown = ":".join(filter(None, [*name, target.tag]))
        parts: list[str | Code] = []
        if target.tag or several or not target.digest:
            parts += [Code(text.shorten(shown, 150)), " "]
        if target.digest:
            parts.append(Code(text.short_digest(target.digest)))
        if not target.tag:
            parts.append(" (manifest)" if target.digest else "(repository)")
        if target.why:
            parts.append(f": {target.why}")
        if item.state is not ItemState.PENDING:
            done = item.state is ItemState.DONE
            standing = "" if done else f"{item.state.value}, "
            parts.append(f": {standing}{text.clean(item.outcome)}")
        yield line(*parts)


def stays(action: Action) -> str:
    """What the tags are called that stay where they are."""
    same = "the same" if action.removes else "the old"
    return f"Stays, on {same} digest"


def space_in_words(space: Space) -> str:
    """What a change frees, and what it does not (`at most`, shared, when)."""
    most = "at most " if space.at_most else ""
    said = f"{most}{text.size(space.freed)} of {text.size(space.total)}"
    if space.shared:
        said += f"; {text.size(space.shared)} are used elsewhere too"
    if space.unread:
        count = text.plural(space.unread, "repository", "repositories")
        said += f"; {count} of the registry not read yet"
    return said


def names(listed: tuple[str, ...]) -> Line:
    """Names, and how many more there are."""
    shown = joined(Code(name) for name in listed[:MAX_NAMES])
    more = len(listed) - MAX_NAMES
    return line(*shown, f" and {text.number(more)} more" if more > 0 else "")


def where(request: Request) -> str:
    """The repository, or how many they are."""
    repositories = request.repositories
    if len(repositories) == 1:
        return repositories[0]
    return text.plural(len(repositories), "repository", "repositories")
