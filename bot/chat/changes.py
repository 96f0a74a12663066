"""The words for a change: what it is about, its targets, the bytes it frees.

Pure. Cards, answers and lists of requests all say it the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

from bot.approvals.policy import is_group
from bot.approvals.request import Item, ItemState, Request, State
from bot.change import Action, Space, Target
from bot.chat import text
from bot.chat.phrase import phrase
from bot.chat.reply import Code, Group, Inline, Line, Person, joined, line
from bot.chat.versions import newest_version_first
from bot.wording import Wording, say

MAX_NAMES = 15
"""Tags, platforms or digests listed in one field."""

STANDING = {
    State.PENDING: Wording("standing-pending"),
    State.APPROVED: Wording("standing-approved"),
    State.RUNNING: Wording("standing-running"),
    State.DONE: Wording("standing-done"),
    State.FAILED: Wording("standing-failed"),
    State.VOIDED: Wording("standing-voided"),
    State.REJECTED: Wording("standing-rejected"),
    State.EXPIRED: Wording("standing-expired"),
    State.CANCELLED: Wording("standing-cancelled"),
}

STORAGE = Wording("change-storage")


def standing(request: Request, *, expired: bool = False, frozen: bool = False) -> str:
    """Where a request stands: half a sentence.

    Args:
        request: as stored.
        expired: it is past its life, whatever is stored.
        frozen: a freeze holds it up. Nobody has approved what needs no approval.
    """
    if request.state is State.APPROVED:
        if request.terms.required:
            return say("standing-approved-held" if frozen else "standing-approved")
        return say("standing-ready-held" if frozen else "standing-ready")
    return str(STANDING[State.EXPIRED if expired else request.state])


def what(request: Request) -> str:
    """What is asked for, short: for headings, summaries and lists."""
    action, items = request.action, request.items
    target = text.shorten(short_name(request.target), 100)
    if action is Action.UNDO:
        return say("short-undo", change=f"C{request.undoes}")
    if action in (Action.RETAG, Action.COPY):
        more = len(items) - 1
        return say("short-put", action=action.value, target=target, more=more)
    if len(items) == 1:
        return say("short-one", action=action.value, target=target)
    return say(
        "short-several",
        action=action.value,
        items=counted(items),
        where=where(request),
    )


def short_name(target: Target) -> str:
    """A tag; a manifest by the beginning of its digest."""
    if target.tag or not target.digest:
        return str(target)
    return f"{target.repository}@{text.short_digest(target.digest)}"


def in_words(request: Request) -> Line:
    """What is asked for, as a part of a sentence (`Alice asks to …`)."""
    shown, host = Code(str(request.target)), request.host
    several = len(request.items) > 1
    action = request.action.value
    match request.action:
        case Action.UNDO:
            change = f"C{request.undoes}"
            if several:
                return phrase(
                    "doing-undo-several", change=change, host=host, **_several(request)
                )
            return phrase("doing-undo-one", change=change, target=shown, host=host)
        case Action.RETAG:
            digest = Code(text.short_digest(request.target.digest))
            if request.target.replaces:
                return phrase("doing-move", target=shown, digest=digest, host=host)
            return phrase("doing-put", target=shown, digest=digest, host=host)
        case Action.COPY:
            digest = Code(
                f"{request.target.source_repository}@"
                f"{text.short_digest(request.target.digest)}"
            )
            return phrase("doing-copy", source=digest, target=shown, host=host)
    if several:
        return phrase("doing-several", action=action, host=host, **_several(request))
    return phrase("doing-one", action=action, target=shown, host=host)


def _several(request: Request) -> dict[str, str | Code]:
    return {"items": counted(request.items), "where": Code(where(request))}


def counted(items: Iterable[Item]) -> str:
    """`50 tags and 12 manifests`."""
    targets = [item.target for item in items]
    if any(not target.tag and not target.digest for target in targets):
        # Of a v1 registry: the entry of the repository, which goes with all its tags.
        return say("count-all", tags=say("count-tags", count=len(targets) - 1))
    tags = sum(bool(target.tag) for target in targets)
    manifests = sum(not target.tag and bool(target.digest) for target in targets)
    if not manifests:
        return say("count-tags", count=tags)
    if not tags:
        return say("count-manifests", count=manifests)
    return say(
        "count-tags-and-manifests",
        tags=say("count-tags", count=tags),
        manifests=say("count-manifests", count=manifests),
    )


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
            kind = "item-is-manifest" if target.digest else "item-is-repository"
            parts.append(f" {say(kind)}" if target.digest else say(kind))
        if target.why:
            parts.append(f": {target.why}")
        if item.state is not ItemState.PENDING:
            outcome = text.clean(item.outcome)
            ended = say("item-ended", state=item.state.value, outcome=outcome)
            parts.append(f": {ended}")
        yield line(*parts)


def stays(action: Action) -> str:
    """What the tags are called that stay where they are."""
    return say("change-stays-same" if action.removes else "change-stays-old")


def space_in_words(space: Space) -> str:
    """What a change frees, and what it does not (`at most`, shared, when)."""
    parts = [
        say(
            "space-freed-at-most" if space.at_most else "space-freed",
            freed=text.size(space.freed),
            total=text.size(space.total),
        )
    ]
    if space.shared:
        parts.append(say("space-shared", size=text.size(space.shared)))
    if space.unread:
        parts.append(say("space-unread", count=space.unread))
    return "; ".join(parts)


def names(listed: tuple[str, ...], limit: int = MAX_NAMES) -> Line:
    """Names, and how many more there are."""
    return and_more([Code(name) for name in listed[:limit]], len(listed) - limit)


def people(identifiers: tuple[str, ...], limit: int) -> Line:
    """Users and user groups as mentions, and how many more there are."""
    shown = [
        Group(one) if is_group(one) else Person(one) for one in identifiers[:limit]
    ]
    return and_more(shown, len(identifiers) - len(shown))


def and_more(shown: Iterable[Inline], more: int) -> Line:
    """The inlines, and how many more there are."""
    known = joined(shown)
    return phrase("list-and-more", shown=known, rest=more) if more > 0 else known


def where(request: Request) -> str:
    """The repository, or how many they are."""
    repositories = request.repositories
    if len(repositories) == 1:
        return repositories[0]
    return say("count-repositories", count=len(repositories))
