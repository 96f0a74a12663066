"""One look at a registry: is it there, does it take our credentials, what does it do.

Never raises for the registry's sake. The question whether it deletes is asked with a
digest made of chance, which nothing can have: only a server that says which API it
speaks is asked, and only a clear answer counts.
"""

from __future__ import annotations

import secrets

from bot.errors import BotError
from bot.registry import wire
from bot.registry.answer import Answer
from bot.registry.client import Health, Support
from bot.registry.digest import Digest
from bot.registry.errors import (
    RegistryError,
    RegistryForbidden,
    RegistryUnauthorized,
)
from bot.registry.failure import API_VERSION, clean, complaint
from bot.registry.reference import is_repository
from bot.registry.scope import CATALOG, repository_scope
from bot.registry.transport import Ask, Transport, query

_NOWHERE = "registry-bot-asks"
"""A repository to ask about where the catalog is closed; it need not exist."""


async def look(transport: Transport, *, name: str, host: str) -> Health:
    """Look once."""
    limit = transport.limits.error_bytes
    try:
        ping = await transport.ask(Ask("GET", "/v2/", "", limit))
    except (RegistryUnauthorized, RegistryForbidden) as error:
        return _refused(name, host, error)
    except BotError as error:
        # Also credentials that cannot be had: then nothing was asked at all.
        return _down(name, host, error)
    if not _is_v2(ping):
        return await _not_v2(transport, name, host, ping)
    accepted = Support.YES if transport.auth.challenged else Support.UNKNOWN
    catalog, repository, problem = await _catalog(transport)
    return Health(
        registry=name,
        host=host,
        reachable=True,
        authenticated=accepted,
        api="v2",
        deletes=await _deletes(transport, repository, ping),
        catalog=catalog,
        server=clean(ping.header("server"), 80),
        problem=problem,
        warnings=transport.warnings,
    )


def _is_v2(ping: Answer) -> bool:
    if not ping.ok:
        return False
    if ping.header(API_VERSION).startswith("registry/2"):
        return True
    return ping.body.strip() in (b"", b"{}", b"true")


async def _catalog(transport: Transport) -> tuple[Support, str, str]:
    """Does the catalog answer; one repository out of it; what is wrong with it."""
    limit = transport.limits.catalog_page_bytes
    try:
        answer = await transport.ask(
            Ask("GET", "/v2/_catalog", CATALOG, limit, params=query(n="1"))
        )
    except (RegistryUnauthorized, RegistryForbidden):
        return Support.NO, _NOWHERE, "Our credentials may not read the catalog"
    except RegistryError as error:
        return Support.UNKNOWN, _NOWHERE, error.message
    if not answer.ok:
        return Support.NO, _NOWHERE, f"The catalog answers {answer.words}"
    try:
        page = wire.load_object(answer.body, "list")
        found = wire.items(page, "repositories", "list")
    except RegistryError as error:
        return Support.NO, _NOWHERE, error.message
    usable = (item for item in found if isinstance(item, str) and is_repository(item))
    return Support.YES, next(usable, _NOWHERE), ""


async def _deletes(transport: Transport, repository: str, ping: Answer) -> Support:
    if not ping.header(API_VERSION).startswith("registry/2"):
        return Support.UNKNOWN
    nobody = Digest.of(secrets.token_bytes(32))
    try:
        answer = await transport.ask(
            Ask(
                "DELETE",
                f"/v2/{repository}/manifests/{nobody}",
                repository_scope(repository, "delete"),
                transport.limits.error_bytes,
            )
        )
    except RegistryError:
        return Support.UNKNOWN
    code = complaint(answer).code
    if answer.status == 404 and code == "MANIFEST_UNKNOWN":
        return Support.YES
    if answer.status == 405 and code != "DENIED":
        return Support.NO
    return Support.UNKNOWN


async def _not_v2(transport: Transport, name: str, host: str, ping: Answer) -> Health:
    v1 = False
    if ping.status == 404:
        try:
            old = await transport.ask(
                Ask("GET", "/v1/_ping", "", transport.limits.error_bytes)
            )
            v1 = old.ok
        except RegistryError:
            v1 = False
    problem = f"GET /v2/ answers {ping.words}: this is not a v2 registry"
    hint = "Check this registry's url: the address docker login is given."
    if v1:
        problem = "The registry speaks only the v1 API, which this version does not"
        hint = "Use a registry that speaks the v2 API (docker-registry 2.0 and later)."
    return Health(
        registry=name,
        host=host,
        reachable=True,
        authenticated=Support.UNKNOWN,
        api="v1" if v1 else "",
        deletes=Support.UNKNOWN,
        catalog=Support.UNKNOWN,
        server=clean(ping.header("server"), 80),
        problem=problem,
        hint=hint,
        warnings=transport.warnings,
    )


def _refused(name: str, host: str, error: RegistryError) -> Health:
    return Health(
        registry=name,
        host=host,
        reachable=True,
        authenticated=Support.NO,
        api="v2",
        deletes=Support.UNKNOWN,
        catalog=Support.UNKNOWN,
        problem=error.message,
        hint=error.hint,
    )


def _down(name: str, host: str, error: BotError) -> Health:
    return Health(
        registry=name,
        host=host,
        reachable=False,
        authenticated=Support.UNKNOWN,
        api="",
        deletes=Support.UNKNOWN,
        catalog=Support.UNKNOWN,
        problem=error.message,
        hint=error.hint,
    )
