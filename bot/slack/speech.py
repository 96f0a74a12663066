"""What people wrote, taken out of a message as Slack describes it.

Pure. `command_in` is what somebody who mentions us wants; `fragments` is every piece of
text of a message, wherever it stands: in words, code, quotes, lists, links, blocks and
attachments of other apps. Pieces that touch each other stay together, since Slack cuts
`docker.example.com/team/app:1.2` into a link and the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.chat.spotting import Fragment

MAX_DEPTH = 12
"""Of blocks in blocks; Slack's own have five."""

_SPECIAL = re.compile(r"<([@#!]?)([^<>|]{1,3000})(?:\|([^<>]{0,3000}))?>")
_CODE = re.compile(r"```(.+?)```|`([^`\n]+)`", re.DOTALL)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_WRAPPED = re.compile(r"(`{1,3})([^`]+)\1", re.DOTALL)


def command_in(text: str, bot_user: str, slash: str) -> str:
    """What is behind `/registry`, for a message that mentions us or is to us alone.

    Args:
        text: the message.
        bot_user: our own user id.
        slash: the slash command, which people may put in front all the same.
    """
    mention = re.compile(rf"<@{re.escape(bot_user)}(?:\|[^<>]*)?>")
    found = mention.search(text)
    if found is not None:
        before, behind = text[: found.start()], text[found.end() :]
        text = behind if behind.strip(" \t\r\n:,") else before
    text = text.strip().lstrip(":,").strip()
    if wrapped := _WRAPPED.fullmatch(text):
        text = wrapped[2].strip()
    first, *rest = text.split(maxsplit=1)[:2] or [""]
    return "".join(rest) if first == slash else text


def fragments(message: Mapping[str, Any]) -> tuple[Fragment, ...]:
    """Every piece of text of a message."""
    return tuple(_message(message, 0))


def _message(message: Mapping[str, Any], depth: int) -> Iterator[Fragment]:
    for name in ("pretext", "title", "text", "fallback", "footer"):
        if isinstance(value := message.get(name), str):
            yield from _mrkdwn(value)
    for entry in _objects(message.get("fields")):
        if isinstance(value := entry.get("value"), str):
            yield from _mrkdwn(value)
    for block in _objects(message.get("blocks")):
        yield from _block(block, depth)
    if depth < MAX_DEPTH:
        for attachment in _objects(message.get("attachments")):
            yield from _message(attachment, depth + 1)


def _block(block: Mapping[str, Any], depth: int) -> Iterator[Fragment]:
    """A block, or anything inside of one."""
    if depth > MAX_DEPTH:
        return
    kind = block.get("type")
    if kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        yield from _section(block, code=kind == "rich_text_preformatted")
        return
    if kind in ("mrkdwn", "markdown", "plain_text"):
        if isinstance(value := block.get("text"), str):
            yield from _mrkdwn(value)
        return
    if isinstance(inner := block.get("text"), dict):
        yield from _block(inner, depth + 1)
    elif isinstance(inner, str):
        yield from _mrkdwn(inner)
    for name in ("elements", "fields"):
        for element in _objects(block.get(name)):
            yield from _block(element, depth + 1)
    for row in block.get("rows") or () if kind == "table" else ():
        for cell in _objects(row):
            yield from _block(cell, depth + 1)


def _section(section: Mapping[str, Any], *, code: bool) -> Iterator[Fragment]:
    """Rich text: runs of code, and of what is not."""
    run, is_code = "", code
    for element in _objects(section.get("elements")):
        style = element.get("style")
        styled = code or (isinstance(style, dict) and style.get("code") is True)
        if styled != is_code:
            yield Fragment(run, is_code)
            run, is_code = "", styled
        run += _inline(element)
    yield Fragment(run, is_code)


def _inline(element: Mapping[str, Any]) -> str:
    words = element.get("text")
    if element.get("type") == "link" and not (isinstance(words, str) and words):
        words = element.get("url")
    return words if isinstance(words, str) else " "


def _mrkdwn(text: str) -> Iterator[Fragment]:
    """Slack's markup: code in backticks, links in brackets, three signs escaped."""
    at = 0
    for found in _CODE.finditer(text):
        yield Fragment(_plain(text[at : found.start()]))
        yield Fragment(_plain(found[1] or found[2]), code=True)
        at = found.end()
    yield Fragment(_plain(text[at:]))


def _plain(text: str) -> str:
    linked = _SPECIAL.sub(lambda one: " " if one[1] else (one[3] or one[2]), text)
    return _ENTITY.sub(lambda one: _ENTITIES[one[0]], linked)


def _objects(value: Any) -> Sequence[Mapping[str, Any]]:
    """The objects of a list; nothing of anything else."""
    if not isinstance(value, list):
        return ()
    return [each for each in value if isinstance(each, dict)]
