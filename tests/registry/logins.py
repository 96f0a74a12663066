"""Faults of the login: what a registry asks of us, what a token server answers."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from bot.errors import BotError
from bot.registry.errors import (
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from tests.registry.breaking import EVIL, HTML, JSON, fails, never, pours, says
from tests.registry.faults import DOWN, LOGIN, WRONG, redirects
from tests.registry.faulty import OWN, Exchange, Fault, Strike

REALM = f"{OWN}/token"

# The sample registry wants a password and never takes a token: whoever has got one by
# way of these is refused in the end.
_ANY = (RegistryProtocolError, RegistryUnauthorized, RegistryForbidden)


def asks(challenge: str, status: int = 401) -> Strike:
    return says(status, b"", ("www-authenticate", challenge))


def bearer(realm: str) -> Strike:
    return asks(f'Bearer realm="{realm}",service="r",scope="repository:x:pull"')


async def _evil(exchange: Exchange) -> httpx.Response:
    return httpx.Response(200, json={"token": "from-evil", "expires_in": 300})


def _asks(name: str, challenge: str, *ends_in: type[BotError]) -> Fault:
    return Fault(name, asks(challenge), ends_in or _ANY)


def _realm(name: str, realm: str) -> Fault:
    return Fault(f"realm-{name}", bearer(realm), _ANY, others=_evil)


def _token(name: str, others: Strike, *ends_in: type[BotError]) -> Fault:
    kinds = (*_ANY, *ends_in)
    return Fault(f"token-{name}", bearer(REALM), kinds, others=others)


def _given(body: bytes) -> Strike:
    return says(200, body, kind=JSON)


CHALLENGES = (
    Fault("401-bare", says(401), LOGIN),
    _asks("401-basic", 'Basic realm="x"', *LOGIN),
    _asks("401-negotiate", "Negotiate, NTLM", *LOGIN),
    _asks("401-garbage", 'Bearer realm="', *WRONG),
    _asks("401-huge", "Basic realm=" + "x" * 20_000, *WRONG),
    _asks("401-many", "Basic, " * 40, *WRONG),
    _asks("401-no-realm", "Bearer"),
    _asks("401-scope", 'Basic realm="x",error="insufficient_scope"'),
    Fault("403", says(403, HTML), (RegistryForbidden,)),
    Fault(
        "403-json", says(403, b'{"errors":[{"code":"DENIED"}]}'), (RegistryForbidden,)
    ),
)

REALMS = (
    _realm("elsewhere-http", "http://evil.test/token"),
    _realm("private", "https://10.0.0.7/token"),
    _realm("metadata", "https://169.254.169.254/token"),
    _realm("neighbour", "http://r.test:6000/token"),
    _realm("inside", "https://vault.internal/token"),
    _realm("userinfo", f"{OWN}@evil.test/token"),
    _realm("backslash", "http://r.test:5000\\\\@evil.test/token"),
    _realm("file", "file:///etc/passwd"),
    _realm("garbage", "http://["),
)

TOKENS = (
    _token("garbage", says(200, b"\xff{")),
    _token("html", says(200, HTML, kind="text/html")),
    _token("list", _given(b"[]")),
    _token("deep", _given(b"[" * 100_000)),
    _token("number", _given(b'{"token": 7}')),
    _token("newline", _given(b'{"token": "a\\r\\nX-Evil: 1"}')),
    _token("unicode", _given('{"token": "ü"}'.encode())),
    _token("forever", _given(b'{"token": "t", "expires_in": 1e400}')),
    _token("nan", _given(b'{"token": "t", "expires_in": NaN}')),
    _token("negative", _given(b'{"token": "t", "expires_in": -9}')),
    _token("long", _given(b'{"token": "' + b"x" * 200_000 + b'"}')),
    _token("pours", pours(200)),
    _token("pours-500", pours(500), *DOWN),
    _token("redirect", redirects(307, f"{EVIL}/token")),
    _token("compressed", says(200, b"\x1f\x8b", ("content-encoding", "gzip"))),
    _token("404", says(404, HTML)),
    _token("401", asks('Basic realm="x"')),
    _token("503", says(503), *DOWN),
    _token("429", says(429, b"", ("retry-after", "4")), *DOWN),
    _token("silent", never, RegistryUnavailable),
    _token("closed", fails(httpx.ReadError), RegistryUnavailable),
)

LOGINS: Mapping[str, tuple[Fault, ...]] = {
    "challenges": CHALLENGES,
    "realms": REALMS,
    "tokens": TOKENS,
}
