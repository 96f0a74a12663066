"""Cuts the text behind `/registry` into words, as people type it and Slack mangles it.

Pure. Any text at all ends in words or in a `UsageError`, in time linear in its length.

Why not `shlex`: phones and desktops turn `"` into `“ ”` and `--` into `—`, an
apostrophe in `it's old` is no quote to the person who typed it, a backslash is just a
backslash, and Slack wraps what it takes for links, people and channels in `<…>`. Rules:

* a word ends at white space of any kind (also the non-breaking space of pasted text);
* a quote opens only at the beginning of a word or of an option's value
  (`--reason="…"`), and any double quote, straight or curly, closes a double one;
  likewise single ones, which must stand at the end of a word to close;
* a dash of any kind in front of a letter, other than one plain `-`, means `--`;
* `<http://host|host>` is what stands behind the bar, that is, what was typed;
  `<@U1|name>` becomes `<@U1>` and `<#C1|name>` becomes `<#C1>`;
* `&amp;`, `&lt;` and `&gt;` are `&`, `<` and `>`
  (https://docs.slack.dev/messaging/formatting-message-text#escaping).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from bot.chat.text import visible
from bot.errors import UsageError
from bot.wording import Wording

MAX_TEXT = 8000
"""Characters of one command; far more than Slack's own input box takes."""

MAX_WORDS = 500
"""Words of one command; a reason of `reject`, the longest there is, has fewer."""

_DOUBLE = '"“”„‟«»＂'
_SINGLE = "'‘’‚‛＇"
# The apostrophe in 'it's old' closes nothing: a word goes on behind it. That of ’90s
# opens nothing: no keyboard begins a quotation with it.
_CLOSER = {
    **dict.fromkeys(_DOUBLE, re.compile(f"[{_DOUBLE}]")),
    **dict.fromkeys(_SINGLE.replace("’", ""), re.compile(f"[{_SINGLE}](?!\\S)")),
    "`": re.compile("`"),
}

_SPECIAL = re.compile(r"<([@#!]?)([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}:", re.IGNORECASE)
_ENTITY = re.compile(r"&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}

_DASHES = re.compile(r"[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]+(?=[A-Za-z])")
_PLAIN = re.compile(r"--[A-Za-z][A-Za-z-]*|[A-Za-z0-9_][A-Za-z0-9_./:@*?+=,-]*")
_INK = re.compile(r"\S")
_WORD = re.compile(r"\S+")
_OPTION_VALUE = re.compile(r"--[A-Za-z][A-Za-z0-9-]*=")


@dataclass(frozen=True)
class Word:
    """One word.

    Attributes:
        value: without its quotes.
        quoted: it began with a quote, so it is nothing but a value: never an option.
    """

    value: str
    quoted: bool = False


def split(text: str) -> tuple[Word, ...]:
    """The words of a text.

    Raises:
        UsageError: the text is too long, or a double quote is not closed.
    """
    if len(text) > MAX_TEXT:
        raise UsageError(
            Wording("words-too-long", most=MAX_TEXT),
            hint=Wording("words-too-long.hint"),
        )
    text = _ENTITY.sub(lambda found: _ENTITIES[found[1]], _SPECIAL.sub(_as_typed, text))
    words = tuple(islice(_Splitter(visible(text)).words(), MAX_WORDS + 1))
    if len(words) > MAX_WORDS:
        raise UsageError(
            Wording("words-too-many", most=MAX_WORDS),
            hint=Wording("words-too-many.hint"),
        )
    return words


def join(values: Iterable[str]) -> str:
    """A text that `split` cuts into these words again: the value of a button.

    A value that holds every kind of quote loses its double ones; nothing that names
    something in a registry does.
    """
    return " ".join(_quoted(visible(value)) for value in values)


def _quoted(value: str) -> str:
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if _PLAIN.fullmatch(value):
        return escaped
    if not any(sign in _DOUBLE for sign in value):
        return f'"{escaped}"'
    if "`" not in value:
        return f"`{escaped}`"
    return '"' + re.sub(f"[{_DOUBLE}]", "", escaped) + '"'


def _as_typed(found: re.Match[str]) -> str:
    """What Slack put between `<` and `>`, as it was typed."""
    kind, body, label = found.groups()
    if kind:
        return f"<{kind}{body}>"
    if _SCHEME.match(body):
        return str(label or body)
    return found[0]


class _Splitter:
    """Walks a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        # Quotes known to have no closer behind here: looking again for each of a
        # thousand apostrophes would cost a thousand times the text.
        self._hopeless: set[re.Pattern[str]] = set()

    def words(self) -> Iterator[Word]:
        while found := _INK.search(self._text, self._at):
            self._at = found.start()
            yield self._word()

    def _word(self) -> Word:
        value = self._quoted(self._at)
        if value is not None:
            return Word(value + self._bare(), quoted=True)
        start = self._at
        bare = self._bare()
        dashes = _DASHES.match(bare)
        if dashes and dashes[0] != "-":
            bare = "--" + bare[dashes.end() :]
            start += dashes.end() - 2
        option = _OPTION_VALUE.match(bare)
        if option:
            value = self._quoted(start + option.end())
            if value is not None:
                return Word(option[0] + value + self._bare())
        return Word(bare)

    def _bare(self) -> str:
        """Everything up to the next white space."""
        found = _WORD.match(self._text, self._at)
        if found is None:
            return ""
        self._at = found.end()
        return found[0]

    def _quoted(self, start: int) -> str | None:
        """The quoted text that opens at `start`; None where no quote does."""
        closer = _CLOSER.get(self._text[start : start + 1])
        if closer is None or closer in self._hopeless:
            return None
        found = closer.search(self._text, start + 1)
        if found is not None:
            self._at = found.end()
            return self._text[start + 1 : found.start()]
        if self._text[start] in _DOUBLE:
            raise UsageError(
                Wording("words-open-quote"), hint=Wording("words-open-quote.hint")
            )
        self._hopeless.add(closer)
        return None
