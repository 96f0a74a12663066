"""Authentication as a conversation without sockets.

`Authenticator.flow` yields requests and is sent answers; the transport does the
talking, and a test can feed answers by hand. What it promises:

1. Credentials go to the registry's own origin, and to a token realm only after
   `check_realm` agreed to it. Nowhere else.
2. Bearer before basic. The scope asked for is the one in the failing 401.
3. A request is sent at most twice: with what we have, and once more with what the 401
   asked for. After that it is `RegistryUnauthorized` or `RegistryForbidden`.
4. Tokens are kept per purpose, in memory, bounded, and renewed before they end.

https://distribution.github.io/distribution/spec/auth/token/
https://distribution.github.io/distribution/spec/auth/oauth/
"""

from __future__ import annotations

import base64
import ipaddress
import json
from collections import OrderedDict
from collections.abc import Collection, Generator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from bot.clock import Clock
from bot.registry.answer import Answer
from bot.registry.challenge import Challenge, choose, parse_challenges
from bot.registry.credentials import Credentials
from bot.registry.errors import (
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from bot.registry.limits import DEFAULT, Limits
from bot.registry.pagination import origin
from bot.registry.scope import clean_scopes
from bot.wording import Wording, Words

Flow = Generator[httpx.Request, Answer, Answer]

CLIENT_ID = "registry-bot"

# Names that never leave the house: RFC 6761, RFC 6762, and ICANN's reserved `internal`.
_INSIDE = ("localhost", "local", "internal", "home.arpa")


@dataclass(frozen=True)
class Token:
    """A bearer token and when to stop using it."""

    value: SecretStr
    until: datetime = field(repr=False)
    challenge: Challenge = field(repr=False)
    """What it was the answer to."""


def check_realm(
    realm: str, *, registry_url: str, token_realms: Collection[str] = ()
) -> str:
    """May we bring our credentials to this token realm?

    The realm is text out of an answer. Allowed are: the registry's own host and port
    over the same scheme; what the settings list; and a public host over https. Refused
    are private, loopback and link-local addresses and names elsewhere, plain http, and
    whatever is no clean URL. A public name that resolves to a private address is not
    found out here.

    Returns:
        The realm.

    Raises:
        RegistryProtocolError: no.
    """
    try:
        scheme, host, port = origin(realm)
        parts = urlsplit(realm)
        own = origin(registry_url)
        # Two parsers must see one host, or the one that connects was not the one asked.
        agreed = origin(str(httpx.URL(realm))) == (scheme, host, port)
    except (ValueError, httpx.InvalidURL):
        raise _refused_realm(Wording("login-realm.no-url")) from None
    if not agreed or "\\" in realm:
        raise _refused_realm(Wording("login-realm.no-plain-url"))
    if scheme not in ("http", "https") or not host or "@" in parts.netloc:
        raise _refused_realm(Wording("login-realm.no-http"))
    if (scheme, host, port) == own:
        return realm
    listed = {entry.lower() for entry in token_realms}
    shown = f"[{host}]" if ":" in host else host
    if listed & {host, shown, f"{shown}:{port}"}:
        return realm
    if scheme == "http":
        raise _refused_realm(Wording("login-realm.not-encrypted"), shown)
    if _is_inside(host):
        raise _refused_realm(Wording("login-realm.private"), shown)
    return realm


def _is_inside(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        labels = host.rstrip(".").split(".")
        # `127.1` and `0x7f000001` are addresses to many resolvers.
        odd = labels[-1].isdigit() or labels[-1].startswith("0x")
        inside = any(host.rstrip(".").endswith(f".{name}") for name in _INSIDE)
        return odd or inside or len(labels) == 1
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or address.is_multicast


def _refused_realm(why: Words, host: str = "") -> RegistryProtocolError:
    return RegistryProtocolError(
        Wording("login-realm", why=why),
        hint=Wording("login-realm.hint-host", host=host)
        if host
        else Wording("login-realm.hint"),
    )


class Authenticator:
    """Speaks for us to one registry.

    Args:
        url: the registry's address; credentials are bound to its origin.
        registry: its configured name, for errors.
        clock: tells when tokens end.
        token_realms: extra hosts (`host` or `host:port`) the realm may be on.
    """

    def __init__(
        self,
        *,
        url: str,
        registry: str,
        clock: Clock,
        token_realms: Collection[str] = (),
        limits: Limits = DEFAULT,
    ) -> None:
        self._url = url
        self._origin = origin(url)
        self._registry = registry
        self._clock = clock
        self._token_realms = tuple(token_realms)
        self._limits = limits
        self._tokens: OrderedDict[str, Token] = OrderedDict()
        self._basic = False
        self.challenged = False
        """Has the registry ever asked who we are?"""

    def flow(
        self,
        request: httpx.Request,
        purpose: str,
        credentials: Credentials | None,
        *,
        ahead: bool = False,
    ) -> Flow:
        """Send one request, with all that authentication needs around it.

        Args:
            request: to the registry's own origin.
            purpose: the scope it should need; tokens are kept under it. Only asked for
                where the registry's challenge names no scope.
            credentials: ours, or None.
            ahead: renew a token that has ended before the request is sent, rather than
                after its 401.

        Raises:
            RegistryUnauthorized: refused, or there are no credentials.
            RegistryForbidden: the credentials are good and do not reach that far.
            RegistryProtocolError: a challenge or realm we will not follow.
            RegistryUnavailable: the token server does not answer.
        """
        try:
            near = origin(str(request.url)) == self._origin
        except ValueError:
            near = False
        if not near:
            raise RegistryProtocolError(
                Wording("login-leaving"),
                registry=self._registry,
            )
        held = self._tokens.get(purpose)
        kept = self._kept(purpose)
        if kept is None and held is not None and ahead:
            kept = yield from self._fetch(held.challenge, purpose, credentials)
        if kept is not None:
            request.headers["Authorization"] = f"Bearer {kept.value.get_secret_value()}"
        elif self._basic and credentials is not None:
            request.headers["Authorization"] = _basic(credentials)
        answer = yield request
        if answer.status != 401:
            return answer
        self.challenged = True
        self._tokens.pop(purpose, None)
        challenge = choose(parse_challenges(answer.all("www-authenticate")))
        if challenge is None:
            raise self._unauthorized(Wording("login-registry.unknown-kind"))
        if challenge.scheme == "bearer":
            token = yield from self._fetch(challenge, purpose, credentials)
            request.headers["Authorization"] = (
                f"Bearer {token.value.get_secret_value()}"
            )
        else:
            if credentials is None or not credentials.has_password:
                raise self._unauthorized(Wording("login-registry.asks"))
            # Not `self._basic`: another request may have found out while this one, sent
            # without a word about who we are, was under way.
            if kept is None and "Authorization" in request.headers:
                raise self._unauthorized(Wording("login-registry.refused"))
            request.headers["Authorization"] = _basic(credentials)
        answer = yield request
        if answer.status != 401:
            if challenge.scheme == "basic":
                self._basic = True
            return answer
        self._tokens.pop(purpose, None)
        raise self._second_refusal(answer)

    def _kept(self, purpose: str) -> Token | None:
        token = self._tokens.get(purpose)
        if token is None:
            return None
        if token.until <= self._clock.now():
            del self._tokens[purpose]
            return None
        self._tokens.move_to_end(purpose)
        return token

    def _fetch(
        self, challenge: Challenge, purpose: str, credentials: Credentials | None
    ) -> Generator[httpx.Request, Answer, Token]:
        realm = check_realm(
            challenge.get("realm"),
            registry_url=self._url,
            token_realms=self._token_realms,
        )
        scopes = clean_scopes((challenge.get("scope") or purpose).split())
        service = challenge.get("service")
        answer: Answer | None = None
        if credentials and credentials.identity_token.get_secret_value():
            answer = yield self._post(realm, service, scopes, credentials)
            if answer.status == 404:
                answer = None
        if answer is None:
            answer = yield self._get(realm, service, scopes, credentials)
        token = self._read_token(answer, challenge)
        self._tokens[purpose] = token
        while len(self._tokens) > self._limits.tokens:
            self._tokens.popitem(last=False)
        return token

    def _post(
        self,
        realm: str,
        service: str,
        scopes: tuple[str, ...],
        credentials: Credentials,
    ) -> httpx.Request:
        form = {
            "grant_type": "refresh_token",
            "service": service,
            "client_id": CLIENT_ID,
            "scope": " ".join(scopes),
            "refresh_token": credentials.identity_token.get_secret_value(),
        }
        return httpx.Request("POST", realm, data=form)

    def _get(
        self,
        realm: str,
        service: str,
        scopes: tuple[str, ...],
        credentials: Credentials | None,
    ) -> httpx.Request:
        url = httpx.URL(realm)
        params = url.params
        if service:
            params = params.set("service", service)
        for scope in scopes:
            params = params.add("scope", scope)
        request = httpx.Request("GET", url.copy_with(params=params))
        if credentials is not None and credentials.has_password:
            request.headers["Authorization"] = _basic(credentials)
        return request

    def _read_token(self, answer: Answer, challenge: Challenge) -> Token:
        if answer.status in (401, 403):
            raise self._unauthorized(Wording("login-registry.token-server"))
        if answer.status == 429 or answer.status >= 500:
            raise RegistryUnavailable(
                Wording("login-token-server", words=answer.words),
                hint=Wording("try-again"),
                registry=self._registry,
                status=answer.status,
            )
        try:
            document = json.loads(answer.body) if answer.ok else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise self._bad_token(answer)
        value = document.get("token") or document.get("access_token")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            raise self._bad_token(answer)
        life = document.get("expires_in")
        if isinstance(life, bool) or not isinstance(life, int | float):
            life = 0
        low, high = self._limits.token_minimum_life, self._limits.token_maximum_life
        # In this order not even NaN gets through.
        seconds = min(max(low, life), high) - self._limits.token_early
        until = self._clock.now() + timedelta(seconds=seconds)
        return Token(SecretStr(value), until, challenge)

    def _bad_token(self, answer: Answer) -> RegistryProtocolError:
        return RegistryProtocolError(
            Wording("login-token-server.no-token", words=answer.words),
            hint=Wording("login-realm.hint"),
            registry=self._registry,
            status=answer.status,
        )

    def _second_refusal(
        self, answer: Answer
    ) -> RegistryForbidden | RegistryUnauthorized:
        challenge = choose(parse_challenges(answer.all("www-authenticate")))
        # RFC 6750, 3.1: not a 403 with registries.
        if challenge is not None and challenge.get("error") == "insufficient_scope":
            return RegistryForbidden(
                Wording("login-forbidden"),
                hint=Wording("registry-forbidden.hint"),
                registry=self._registry,
                status=401,
            )
        return self._unauthorized(Wording("login-registry.credentials"))

    def _unauthorized(self, why: Words) -> RegistryUnauthorized:
        return RegistryUnauthorized(
            Wording("login-registry", why=why),
            hint=Wording("login-registry.hint"),
            registry=self._registry,
            status=401,
        )


def _basic(credentials: Credentials) -> str:
    pair = f"{credentials.username}:{credentials.password.get_secret_value()}"
    return "Basic " + base64.b64encode(pair.encode()).decode()
