"""The faults: each is one way in which a registry, or a proxy before it, goes wrong.

`FAULTS` is the list; `tests/registry/test_faults*.py` drives each through each
operation. They answer instead of the registry, or spoil what it answered.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import httpx

from bot.errors import BotError
from bot.registry import mediatypes
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    ManifestUnknown,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
)
from tests.registry.breaking import (
    EVIL,
    HTML,
    JSON,
    LIE,
    after,
    breaks_off,
    drips,
    fails,
    is_closed,
    never,
    pours,
    says,
    spoils,
    stalls,
    times_out,
    with_body,
    with_header,
    with_more,
)
from tests.registry.faulty import OWN, Exchange, Fault, Strike

DOWN = (RegistryUnavailable,)
WRONG = (RegistryProtocolError,)
LOGIN = (RegistryUnauthorized,)
UNKNOWN = (RepositoryUnknown, ManifestUnknown, BlobUnknown)


def _fault(name: str, strike: Strike, *ends_in: type[BotError], **more: Any) -> Fault:
    return Fault(name, strike, ends_in, **more)


def _busy(name: str, status: int, *headers: tuple[str, str], passes: bool) -> Fault:
    return _fault(name, says(status, HTML, *headers), *DOWN, passes=passes)


BUSY = (
    _busy("429", 429, passes=True),
    _busy("429-seconds", 429, ("retry-after", "3"), passes=True),
    _busy(
        "429-date", 429, ("retry-after", "Thu, 01 Jan 2026 00:00:07 GMT"), passes=True
    ),
    _busy(
        "429-past", 429, ("retry-after", "Thu, 01 Jan 1970 00:00:00 GMT"), passes=True
    ),
    _busy("429-garbage", 429, ("retry-after", "när det passar"), passes=True),
    _busy("429-negative", 429, ("retry-after", "-5"), passes=True),
    _busy("429-fraction", 429, ("retry-after", "1.5"), passes=True),
    _busy("429-twice", 429, ("retry-after", "1"), ("retry-after", "x"), passes=True),
    _busy("429-huge", 429, ("retry-after", "9" * 40), passes=False),
    _busy(
        "429-next-age",
        429,
        ("retry-after", "Thu, 01 Jan 9998 00:00:00 GMT"),
        passes=False,
    ),
    *(_busy(str(status), status, passes=True) for status in (500, 502, 503, 504)),
    _busy("503-wait", 503, ("retry-after", "5"), passes=True),
)

SILENT = (
    *(
        _fault(error.__name__, fails(error), *DOWN, passes=True)
        for error in (
            httpx.ConnectError,
            httpx.ConnectTimeout,
            httpx.ReadTimeout,
            httpx.WriteError,
            httpx.RemoteProtocolError,
        )
    ),
    _fault("never-answers", never, *DOWN, passes=True),
    _fault("timeout-in-body", breaks_off(times_out), *DOWN, passes=True),
    _fault("closed-in-body", breaks_off(is_closed), *DOWN, passes=True),
    _fault("stalls-in-body", breaks_off(stalls), *DOWN, passes=True),
    _fault("drips", breaks_off(drips), *DOWN),
)

# What was asked for happened, and nobody says so.
UNSAID = (
    _fault(
        "done-and-closed", fails(httpx.ReadError, processed=True), *DOWN, passes=True
    ),
    _fault("done-and-silent", after(never), *DOWN, passes=True),
    *(
        _fault(f"done-and-{status}", after(says(status, HTML)), *DOWN, passes=True)
        for status in (429, 500, 502, 503, 504)
    ),
)

V1_TAG = frozenset({"resolve-v1-tag"})
V1_LIST = frozenset({"repository_record-v1"})
V1_TAGS = frozenset({"tags-v1", "all_tags-v1", "tags_of_digest-v1"})

NONSENSE = (
    _fault("cut-short", spoils(with_body(lambda body: body[: len(body) // 2])), *WRONG),
    _fault("empty", spoils(with_body(lambda body: b"")), *WRONG),
    # The v1 API's own words for nothing, for no list and for an emptied repository.
    _fault("null", spoils(with_body(lambda body: b"null")), *WRONG, believed=V1_TAG),
    _fault("list", spoils(with_body(lambda body: b"[]")), *WRONG, believed=V1_LIST),
    _fault(
        "bare-object", spoils(with_body(lambda body: b"{}")), *WRONG, believed=V1_TAGS
    ),
    _fault("number", spoils(with_body(lambda body: b"1e999")), *WRONG),
    _fault("deep", spoils(with_body(lambda body: b"[" * 100_000)), *WRONG),
    _fault("long-number", spoils(with_body(lambda body: b"9" * 10_000)), *WRONG),
    _fault("not-utf-8", spoils(with_body(lambda body: b'{"a": "\xff\xfe"}')), *WRONG),
    _fault(
        "wrong-types",
        says(
            200, b'{"repositories": 1, "tags": {"a": 2}, "manifests": "x"}', kind=JSON
        ),
        *WRONG,
    ),
    _fault("html-200", says(200, HTML, kind="text/html"), *WRONG),
    _fault("html-201", says(201, HTML, kind="text/html"), *WRONG),
    _fault("html-400", says(400, HTML, kind="text/html"), *WRONG),
    # Whether it is the registry's the list of tags decides: then it is not there.
    _fault("html-404", says(404, HTML, kind="text/html"), *WRONG, *UNKNOWN),
    _fault("html-405", says(405, HTML, kind="text/html"), *WRONG),
    *(
        _fault(f"odd-{status}", says(status), *WRONG)
        for status in (204, 206, 299, 304, 402, 410, 418, 499)
    ),
    _fault("odd-600", says(600), *DOWN, *WRONG),
    _fault("pours-200", pours(200), *WRONG),
    _fault("pours-manifest", pours(200, mediatypes.OCI_INDEX), *WRONG),
    _fault("pours-404", pours(404), *WRONG, *UNKNOWN),
    _fault("pours-503", pours(503), *DOWN, passes=True),
    _fault(
        "compressed",
        says(200, gzip.compress(b"{}"), ("content-encoding", "gzip"), kind=JSON),
        *WRONG,
    ),
    _fault(
        "compressed-503",
        says(503, gzip.compress(b"{}"), ("content-encoding", "br")),
        *DOWN,
        passes=True,
    ),
)

# What a tag leads to nobody can check: it is what the registry says.
BY_TAG = frozenset(
    {"manifest-tag", "tag_detail-image", "tag_detail-index", "referrers", *V1_LIST}
)


async def _echoes(exchange: Exchange) -> httpx.Response:
    """Proxies that were left in their debugging mode show what they were sent."""
    login = exchange.request.headers.get("authorization", "")
    scheme, _, encoded = login.partition(" ")
    plain = base64.b64decode(encoded).decode() if scheme == "Basic" else ""
    message = f"unexpected header {login!r} ({plain})"
    errors = [{"code": "UNSUPPORTED", "message": message, "detail": login}]
    headers = {"warning": f'299 - "{message}"', "content-type": JSON, "server": plain}
    document = {"errors": errors, "error": message}
    return httpx.Response(418, headers=headers, content=json.dumps(document).encode())


LIES = (
    _fault("echoes", _echoes, *WRONG, DeletionDisabled),
    # One byte more is another digest, and the same JSON.
    _fault(
        "other-bytes",
        spoils(with_body(lambda body: body + b" ")),
        *WRONG,
        believed=BY_TAG,
    ),
    _fault(
        "digest-lies",
        spoils(with_header("docker-content-digest", LIE)),
        *WRONG,
        believed=frozenset({"resolve-tag", "tags_of_digest"}),
    ),
    _fault(
        "digest-missing",
        spoils(lambda a: a.drop("docker-content-digest")),
        harmless=True,
    ),
    _fault(
        "digest-garbage",
        spoils(with_header("docker-content-digest", "sha256:é")),
        harmless=True,
    ),
    _fault(
        "digest-twice", spoils(with_more(("docker-content-digest", LIE))), harmless=True
    ),
    _fault(
        "type-lies", spoils(with_header("content-type", mediatypes.DOCKER_LIST)), *WRONG
    ),
    _fault("type-missing", spoils(lambda a: a.drop("content-type")), *WRONG),
    _fault(
        "type-twice", spoils(with_more(("content-type", "text/html"))), harmless=True
    ),
    _fault(
        "strange-headers",
        spoils(
            with_more(
                ("warning", '299 - "é\x80"'), ("x-é", "\xff"), ("set-cookie", "a=b")
            )
        ),
        harmless=True,
    ),
    _fault("long-header", spoils(with_more(("x-long", "x" * 100_000))), harmless=True),
)


def links(value: str) -> Strike:
    return spoils(with_header("link", value))


PAGES = (
    _fault("next-elsewhere", links(f'<{EVIL}/v2/_catalog>; rel="next"'), *WRONG),
    _fault(
        "next-with-password", links('<http://a:b@r.test:5000/v2/x>; rel="next"'), *WRONG
    ),
    _fault("next-outside", links('</admin>; rel="next"'), *WRONG),
    _fault("next-garbage", links('<"; rel=é'), *WRONG),
)


def redirects(status: int, to: str) -> Strike:
    return says(status, HTML, ("location", to))


async def _to_itself(exchange: Exchange) -> httpx.Response:
    return httpx.Response(307, headers={"location": str(exchange.request.url)})


async def _evil(exchange: Exchange) -> httpx.Response:
    """Whatever is asked, somebody else's host answers with a login of its own."""
    challenge = f'Bearer realm="{EVIL}/token",service="r.test:5000", Basic realm="x"'
    return httpx.Response(401, headers={"www-authenticate": challenge})


def _redirect(name: str, strike: Strike) -> Fault:
    ends_in = (*WRONG, *LOGIN, *DOWN)
    return Fault(name, strike, ends_in, others=_evil)


REDIRECTS = (
    *(
        _redirect(f"{status}-elsewhere", redirects(status, f"{EVIL}/v2/"))
        for status in (301, 302, 303, 307, 308)
    ),
    _redirect("to-neighbour", redirects(307, "http://r.test:6000/v2/")),
    _redirect("to-metadata", redirects(307, "http://169.254.169.254/latest")),
    _redirect("to-userinfo", redirects(307, f"{OWN}@evil.test/v2/")),
    _redirect("to-file", redirects(302, "file:///etc/passwd")),
    _redirect("to-garbage", redirects(302, "http://[")),
    _redirect("to-nowhere", says(302)),
    _redirect("to-itself", _to_itself),
)

FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "busy": BUSY,
    "silent": SILENT,
    "unsaid": UNSAID,
    "nonsense": NONSENSE,
    "lies": LIES,
    "pages": PAGES,
    "redirects": REDIRECTS,
}

ALIKE = frozenset(
    {
        *("429", "429-past", "429-negative", "429-fraction", "429-twice"),
        *("500", "502", "504", "done-and-500", "done-and-502", "done-and-504"),
        *("ConnectTimeout", "WriteError", "null", "list", "number", "long-number"),
        *("html-201", "odd-299", "odd-402", "odd-410", "odd-418", "odd-499"),
        *("301-elsewhere", "303-elsewhere", "308-elsewhere", "to-nowhere", "to-file"),
        *("401-bare", "401-huge", "401-many", "realm-metadata", "realm-inside"),
        *("realm-neighbour", "realm-backslash", "realm-file", "realm-garbage"),
        *("token-html", "token-list", "token-deep", "token-number", "token-unicode"),
        *("token-nan", "token-negative", "token-long", "token-compressed"),
        *("token-404", "token-401", "token-429", "token-pours-500"),
    }
)
"""Faults that differ from another one for the parsers alone."""
