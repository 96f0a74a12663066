"""`WWW-Authenticate`: what a registry asks for in a 401 (pure).

Lenient where servers in the field are careless (quoted schemes, unquoted values,
missing commas), strict where the text has no one meaning (an open quote): then nothing
is guessed and nobody's password is sent.

https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.registry.errors import RegistryProtocolError
from bot.wording import Wording, Words

MAX_CHARACTERS = 8192
"""Of one header line."""
MAX_CHALLENGES = 16
"""In one answer."""


@dataclass(frozen=True)
class Challenge:
    """One scheme with its parameters; names are in lower case."""

    scheme: str
    params: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """A parameter, empty where it is missing; the first one where it is doubled."""
        return next((value for key, value in self.params if key == name), "")


def parse_challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """All challenges of an answer, in order.

    Raises:
        RegistryProtocolError: a header has no one meaning, or is too long.
    """
    found: list[Challenge] = []
    for header in headers:
        if len(header) > MAX_CHARACTERS:
            raise _malformed(Wording("header-too-long"))
        found.extend(_parse(header))
        if len(found) > MAX_CHALLENGES:
            raise _malformed(Wording("header-many-challenges"))
    return tuple(found)


def choose(challenges: Iterable[Challenge]) -> Challenge | None:
    """The one to answer: bearer before basic, whatever the order; None for neither."""
    by_scheme = {challenge.scheme: challenge for challenge in reversed([*challenges])}
    return by_scheme.get("bearer") or by_scheme.get("basic")


def _parse(header: str) -> list[Challenge]:
    found: list[tuple[str, list[tuple[str, str]]]] = []
    at = 0
    while (at := _skip(header, at, " \t,")) < len(header):
        name, at = _word(header, at, stop=" \t,=")
        if not name:
            raise _malformed(Wording("header-empty-name"))
        after = _skip(header, at, " \t")
        if header[after : after + 1] != "=":
            found.append((name.lower(), []))
            continue
        if not found:
            raise _malformed(Wording("header-starts"))
        after = _skip(header, after + 1, " \t")
        if header[after : after + 1] in ("", "=", ","):
            # token68 credentials (`Negotiate YII==`): not a parameter, not for us.
            at = _skip(header, after, "=")
            continue
        value, at = _word(header, after, stop=" \t,")
        found[-1][1].append((name.lower(), value))
    return [Challenge(scheme, tuple(params)) for scheme, params in found]


def _skip(text: str, at: int, characters: str) -> int:
    while at < len(text) and text[at] in characters:
        at += 1
    return at


def _word(text: str, at: int, *, stop: str) -> tuple[str, int]:
    if text[at] != '"':
        end = at
        while end < len(text) and text[end] not in stop and text[end] != '"':
            end += 1
        if end == at:
            raise _malformed(Wording("header-no-name"))
        return text[at:end], end
    out: list[str] = []
    at += 1
    while at < len(text) and text[at] != '"':
        if text[at] == "\\":
            at += 1
        out.append(text[at : at + 1])
        at += 1
    if at >= len(text):
        raise _malformed(Wording("header-open-quote"))
    return "".join(out), at + 1


def _malformed(why: Words) -> RegistryProtocolError:
    return RegistryProtocolError(
        Wording("header-auth", why=why), hint=Wording("header-auth.hint")
    )
