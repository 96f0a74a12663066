"""`Link` headers, and which page comes next (pure).

The next page is on the same origin, under the configured path prefix, or it is refused:
the header is the registry's text, and following it carries our credentials along.

https://www.rfc-editor.org/rfc/rfc8288#section-3
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from bot.registry.errors import RegistryProtocolError
from bot.wording import Wording, Words

MAX_CHARACTERS = 16_384
"""Of one header line."""

# Parameter names as RFC 8288 uses them; a star only behind (RFC 8187).
_NAME = re.compile(r"[A-Za-z0-9!#$+.^_`|~-]+\*?")
# Some servers leave the brackets out; then the target ends where a link would.
_BARE_TARGET = re.compile(r"[^\s<>\"\\,;]+")
_SPACE = re.compile(r"[ \t\r\n]*")

_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Link:
    """A target as written, and its parameters with names in lower case."""

    target: str
    params: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str | None:
        """A parameter; the first where it is doubled (RFC 8288, 3.3)."""
        return next((value for key, value in self.params if key == name), None)


def parse_links(headers: Iterable[str]) -> tuple[Link, ...]:
    """All links of an answer, in order.

    Raises:
        RegistryProtocolError: a header is malformed; a list cut short in silence would
            be worse than none.
    """
    found: list[Link] = []
    for header in headers:
        if len(header) > MAX_CHARACTERS:
            raise _malformed(Wording("header-too-long"))
        at = _after_space(header, 0)
        while at < len(header):
            if header[at] == ",":
                at = _after_space(header, at + 1)
                continue
            link, at = _link(header, at)
            found.append(link)
    return tuple(found)


def next_page(headers: Iterable[str], request_url: str, prefix: str = "") -> str | None:
    """The URL of the page after this one, or None on the last.

    A single link without `rel` counts as next; among several only `rel=next` does.

    Args:
        headers: the values of the answer's Link headers.
        request_url: the URL this page was read from; relative targets start there.
        prefix: the path in front of `/v2/` in the settings, put back where a server
        that
            knows nothing of its proxy left it out.

    Raises:
        RegistryProtocolError: malformed, or it leads to another origin or path.
    """
    links = parse_links(headers)
    chosen = [
        link for link in links if "next" in (link.get("rel") or "").lower().split()
    ]
    if not chosen and len(links) == 1 and links[0].get("rel") is None:
        chosen = [*links]
    if not chosen:
        return None
    return _resolve(chosen[0].target, request_url, prefix)


def same_origin(one: str, other: str) -> bool:
    """Do both URLs have one scheme, host and port?

    Raises:
        ValueError: one of them is not a URL.
    """
    return origin(one) == origin(other)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port.

    Raises:
        ValueError: it is not a URL.
    """
    parts = urlsplit(url)
    port = parts.port
    if port is None:
        port = _DEFAULT_PORTS.get(parts.scheme, 0)
    return parts.scheme, (parts.hostname or "").lower(), port


def _resolve(target: str, request_url: str, prefix: str) -> str:
    try:
        url = urljoin(request_url, target)
        parts = urlsplit(url)
        foreign = not same_origin(url, request_url)
    except ValueError:
        raise _malformed(Wording("header-no-url")) from None
    if foreign or "@" in parts.netloc:
        raise RegistryProtocolError(
            Wording("page-other-host"), hint=Wording("page-other-host.hint")
        )
    path = parts.path
    if prefix and path.startswith("/v2/"):
        path = prefix + path
    # `%2e%2e` is a step up, too, for the proxy or server that decodes it.
    plain = unquote(path).replace("\\", "/")
    if not path.startswith(f"{prefix}/v2/") or "/.." in plain:
        raise RegistryProtocolError(
            Wording("page-outside"), hint=Wording("page-outside.hint")
        )
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _link(text: str, at: int) -> tuple[Link, int]:
    if text[at] == "<":
        end = text.find(">", at)
        if end < 0:
            raise _malformed(Wording("header-open-bracket"))
        target, at = text[at + 1 : end], end + 1
    elif match := _BARE_TARGET.match(text, at):
        target, at = match[0], match.end()
    else:
        raise _malformed(Wording("header-no-target"))
    params: list[tuple[str, str]] = []
    at = _after_space(text, at)
    while at < len(text) and text[at] == ";":
        at = _after_space(text, at + 1)
        if at >= len(text) or text[at] in ",;":
            continue
        name, value, at = _param(text, at)
        params.append((name, value))
        at = _after_space(text, at)
    if at < len(text) and text[at] != ",":
        raise _malformed(Wording("header-between"))
    return Link(target, tuple(params)), at


def _param(text: str, at: int) -> tuple[str, str, int]:
    match = _NAME.match(text, at)
    if not match:
        raise _malformed(Wording("header-parameter-no-name"))
    name, at = match[0].lower(), _after_space(text, match.end())
    if at >= len(text) or text[at] in ",;":
        return name, "", at
    if text[at] != "=":
        raise _malformed(Wording("header-parameter-name"))
    at = _after_space(text, at + 1)
    if text[at : at + 1] == '"':
        text_value, at = _quoted(text, at + 1)
        return name, text_value, at
    value = _BARE_TARGET.match(text, at)
    if not value or text[value.end() : value.end() + 1] in ("\\", '"'):
        raise _malformed(Wording("header-parameter-value"))
    return name, value[0], value.end()


def _quoted(text: str, at: int) -> tuple[str, int]:
    out: list[str] = []
    while at < len(text):
        if text[at] == '"':
            return "".join(out), at + 1
        if text[at] == "\\":
            at += 1
        out.append(text[at : at + 1])
        at += 1
    raise _malformed(Wording("header-open-quote"))


def _after_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _malformed(why: Words) -> RegistryProtocolError:
    return RegistryProtocolError(
        Wording("header-link", why=why), hint=Wording("header-link.hint")
    )
