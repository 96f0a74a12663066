"""A sentence with people, names and moments in it: wording as a `Line`. Pure."""

from __future__ import annotations

import re

from bot.chat.reply import Code, Inline, Line, Text
from bot.wording import Value, Wording, say

# Private characters stand for what is not text while the sentence is put together; the
# same characters in foreign text are dropped.
_OPEN, _CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
_TYPED = re.compile(r"`([^`]+)`")
_STRAY = re.compile(f"[{_OPEN}{_CLOSE}]")


def phrase(key: str, /, **values: Inline | Line | Value) -> Line:
    """Wording with inlines in its places.

    Args:
        key: as in `say`.
        values: a string, number or wording is text; an inline or a line stays what it
            is.

    Raises:
        LookupError: as `say`.
    """
    kept: list[Line] = []
    texts: dict[str, str | int] = {}
    for name, value in values.items():
        if isinstance(value, int):
            texts[name] = value
        elif isinstance(value, str | Wording):
            texts[name] = _STRAY.sub("", str(value))
        else:
            texts[name] = f"{_OPEN}{len(kept)}{_CLOSE}"
            kept.append(value if isinstance(value, tuple) else (value,))
    out: list[Inline] = []
    for at, piece in enumerate(_MARK.split(say(key, **texts))):
        if at % 2:
            out.extend(kept[int(piece)])
        elif piece:
            out.append(Text(piece))
    return tuple(out)


def typed(words: str) -> Line:
    """Words in which `…` stands around what can be typed."""
    return tuple(
        Code(piece) if at % 2 else Text(piece)
        for at, piece in enumerate(_TYPED.split(words))
        if piece
    )


def untyped(words: str) -> str:
    """The same words, for where nothing can be set off."""
    return words.replace("`", "")


def bold(key: str, /, **values: Value) -> Text:
    """Wording in bold."""
    return Text(say(key, **values), bold=True)
