"""One look at a v1 registry: is it there, are we let in, what does it do.

Never raises for the registry's sake. `/v1/_ping` needs no login on most of these
servers, so it proves only that something answers; credentials are tried on the login
check that `docker login` used and on a search, which a proxy protects if it protects
anything. Whether tags can be deleted is asked with a repository and a tag made of
chance, which nothing can have, and only of a server that has said it is a v1 registry.
"""

from __future__ import annotations

import secrets

from bot.errors import BotError
from bot.registry import v1_lists
from bot.registry.answer import Answer
from bot.registry.ask import Ask, query
from bot.registry.client import Health, Support
from bot.registry.errors import RegistryError, RegistryForbidden, RegistryUnauthorized
from bot.registry.failure import clean
from bot.registry.health import down
from bot.registry.ping import V1_HEADERS, is_v1
from bot.registry.transport import Transport
from bot.wording import Wording, Words

_NOWHERE = "registry-bot-asks"
"""A namespace to ask in; it need not exist."""

_REFUSED = (RegistryUnauthorized, RegistryForbidden)


async def look(transport: Transport, *, name: str, host: str) -> Health:
    """Look once."""
    try:
        ping = await _get(transport, "/v1/_ping")
        if not is_v1(ping):
            return _nothing(name, host, ping)
        login = await _get(transport, "/v1/users/")
        if login.status == 403:
            return _refused(name, host, Wording("health-v1-not-in"))
        search = await _get(transport, "/v1/search", q=_NOWHERE)
    except _REFUSED as error:
        return _refused(name, host, error.words, error.advice)
    except BotError as error:
        # Also credentials that cannot be had: then nothing was asked at all.
        return down(name, host, error)
    catalog, problem, hint = _catalog(search)
    return Health(
        registry=name,
        host=host,
        reachable=True,
        authenticated=Support.YES if transport.auth.challenged else Support.UNKNOWN,
        api="v1",
        deletes=Support.NO,
        catalog=catalog,
        deletes_tags=await _deletes_tags(transport, ping),
        referrers=Support.NO,
        mounts=Support.NO,
        versions=("v1",),
        server=clean(ping.header("server"), 80),
        problem=problem,
        hint=hint,
        warnings=transport.warnings,
    )


def _catalog(search: Answer) -> tuple[Support, Words, Words]:
    if search.status == 404:
        return (
            Support.NO,
            Wording("health-v1-no-search"),
            Wording("health-v1-no-search.hint"),
        )
    if not search.ok:
        return Support.NO, Wording("health-v1-search-answers", words=search.words), ""
    try:
        v1_lists.parse_names(search.body)
    except RegistryError as error:
        return Support.NO, error.words, error.advice
    return Support.YES, "", ""


async def _deletes_tags(transport: Transport, ping: Answer) -> Support:
    if not any(ping.header(name) for name in V1_HEADERS):
        return Support.UNKNOWN
    chance = secrets.token_hex(16)
    path = f"/v1/repositories/{_NOWHERE}/{chance}/tags/{chance}"
    try:
        answer = await transport.ask(
            Ask("DELETE", path, "", transport.limits.error_bytes)
        )
    except RegistryError:
        return Support.UNKNOWN
    if answer.status == 404 and v1_lists.complaint(answer):
        return Support.YES
    return Support.NO if answer.status in (403, 405) else Support.UNKNOWN


async def _get(transport: Transport, target: str, **params: str) -> Answer:
    limit = transport.limits.catalog_page_bytes
    return await transport.ask(Ask("GET", target, "", limit, params=query(**params)))


def _nothing(name: str, host: str, ping: Answer) -> Health:
    return Health(
        registry=name,
        host=host,
        reachable=True,
        server=clean(ping.header("server"), 80),
        problem=Wording("health-no-v1", words=ping.words),
        hint=Wording("health-no-v1.hint"),
    )


def _refused(name: str, host: str, problem: Words, hint: Words = "") -> Health:
    return Health(
        registry=name,
        host=host,
        reachable=True,
        authenticated=Support.NO,
        api="v1",
        deletes=Support.NO,
        versions=("v1",),
        problem=problem,
        hint=hint or Wording("health-v1-not-in.hint"),
    )
