"""One look at a registry: is it there, does it take our credentials, what can it do.

Never raises for the registry's sake, and changes nothing. What cannot be found out
without harm is not asked (blob mounts: the question would be an upload).

The two questions about deletion are DELETEs of what cannot exist, and only a server
that says which API it speaks is asked them:

- **A manifest** whose digest is made of chance: 404 MANIFEST_UNKNOWN proves that it
  deletes, 405 that it does not.
- **A tag** made of chance in a repository made of chance, since distribution 3.0.0
  deletes a tag even where deletion is off: nothing is there that could go. 404
  MANIFEST_UNKNOWN: it looked for the tag, so it deletes tags. 400 DIGEST_INVALID (2.8)
  and UNSUPPORTED: it takes digests only. 405: it is off. 404 NAME_UNKNOWN says nothing
  about tags, and 202 nothing about anything.

Everything else, a refusal of our credentials included, is "not known".
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from bot.errors import BotError
from bot.registry import mediatypes, wire
from bot.registry.answer import Answer
from bot.registry.ask import Ask, query
from bot.registry.client import Health, Support
from bot.registry.digest import Digest
from bot.registry.errors import (
    RegistryError,
    RegistryForbidden,
    RegistryUnauthorized,
)
from bot.registry.failure import API_VERSION, clean, complaint
from bot.registry.ping import is_v1, is_v2
from bot.registry.reference import is_repository
from bot.registry.scope import CATALOG, repository_scope
from bot.registry.together import together
from bot.registry.transport import Transport
from bot.wording import Wording, Words

_NOWHERE = "registry-bot-asks"
"""A repository to ask about where the catalog is closed; it need not exist."""


@dataclass(frozen=True)
class _Catalog:
    """What the catalog said: does it answer, one repository, the size of a page."""

    support: Support
    repository: str = ""
    page_size: int = 0
    problem: Words = ""


async def look(transport: Transport, *, name: str, host: str) -> Health:
    """Look once."""
    limit = transport.limits.error_bytes
    try:
        ping = await transport.ask(Ask("GET", "/v2/", "", limit))
    except (RegistryUnauthorized, RegistryForbidden) as error:
        return _refused(name, host, error)
    except BotError as error:
        # Also credentials that cannot be had: then nothing was asked at all.
        return down(name, host, error)
    if not is_v2(ping):
        return await _not_v2(transport, name, host, ping)
    accepted = Support.YES if transport.auth.challenged else Support.UNKNOWN
    catalog = await _catalog(transport)
    deletes, deletes_tags, referrers, v1 = await together(
        [
            partial(_in_time, transport, question)
            for question in (
                partial(_deletes, transport, catalog.repository or _NOWHERE, ping),
                partial(_deletes_tags, transport, ping),
                partial(_referrers, transport, catalog.repository),
                partial(_speaks_v1, transport),
            )
        ]
    )
    return Health(
        registry=name,
        host=host,
        reachable=True,
        authenticated=accepted,
        api="v2",
        deletes=deletes,
        catalog=catalog.support,
        deletes_tags=deletes_tags,
        referrers=referrers,
        page_size=catalog.page_size,
        versions=("v2", "v1") if v1 is Support.YES else ("v2",),
        protocol=clean(ping.header(API_VERSION), 40),
        server=clean(ping.header("server"), 80),
        problem=catalog.problem,
        warnings=transport.warnings,
    )


async def _in_time(
    transport: Transport, question: Callable[[], Awaitable[Support]]
) -> Support:
    """The answer, or "not known" where it fails or takes too long."""
    try:
        async with asyncio.timeout(transport.limits.question_seconds):
            return await question()
    except (RegistryError, TimeoutError):
        return Support.UNKNOWN


def _says_v2(ping: Answer) -> bool:
    return ping.header(API_VERSION).startswith("registry/2")


async def _catalog(transport: Transport) -> _Catalog:
    try:
        async with asyncio.timeout(transport.limits.question_seconds):
            return await _ask_catalog(transport)
    except (RegistryUnauthorized, RegistryForbidden):
        return _Catalog(Support.NO, problem=Wording("health-catalog-forbidden"))
    except RegistryError as error:
        return _Catalog(Support.UNKNOWN, problem=error.words)
    except TimeoutError:
        # Large registries on object storage take longer: that is no fault.
        return _Catalog(Support.UNKNOWN)


async def _ask_catalog(transport: Transport) -> _Catalog:
    """Ask for the largest page, as a walk does, and step down on a 400."""
    for size in transport.limits.catalog_page_sizes:
        answer = await transport.ask(
            Ask(
                "GET",
                "/v2/_catalog",
                CATALOG,
                transport.limits.catalog_page_bytes,
                params=query(n=str(size or "")),
            )
        )
        if answer.status != 400:
            break
    if not answer.ok:
        return _Catalog(
            Support.NO, problem=Wording("health-catalog-answers", words=answer.words)
        )
    try:
        page = wire.load_object(answer.body, wire.LIST)
        found = wire.items(page, "repositories", wire.LIST)
    except RegistryError as error:
        return _Catalog(Support.NO, problem=error.words)
    usable = (item for item in found if isinstance(item, str) and is_repository(item))
    more = bool(answer.header("link"))
    return _Catalog(
        Support.YES,
        repository=next(usable, ""),
        # Asked for more than it gives on a page, a server may give what it likes.
        page_size=len(found) if more and (not size or len(found) < size) else size,
    )


async def _deletes(transport: Transport, repository: str, ping: Answer) -> Support:
    """Does it delete manifests by digest."""
    if not _says_v2(ping):
        return Support.UNKNOWN
    nobody = Digest.of(secrets.token_bytes(32))
    answer = await _delete(transport, repository, str(nobody))
    code = complaint(answer).code
    if answer.status == 404 and code == "MANIFEST_UNKNOWN":
        return Support.YES
    if answer.status == 405 and code != "DENIED":
        return Support.NO
    return Support.UNKNOWN


async def _deletes_tags(transport: Transport, ping: Answer) -> Support:
    """Does it delete tags by name."""
    if not _says_v2(ping):
        return Support.UNKNOWN
    chance = secrets.token_hex(16)
    answer = await _delete(transport, f"{_NOWHERE}/{chance}", f"nobody-{chance}")
    code = complaint(answer).code
    if answer.status == 404 and code == "MANIFEST_UNKNOWN":
        return Support.YES
    if answer.status == 400 and code in ("DIGEST_INVALID", "UNSUPPORTED"):
        return Support.NO
    if answer.status == 405 and code != "DENIED":
        return Support.NO
    return Support.UNKNOWN


async def _delete(transport: Transport, repository: str, reference: str) -> Answer:
    return await transport.ask(
        Ask(
            "DELETE",
            f"/v2/{repository}/manifests/{reference}",
            repository_scope(repository, "delete"),
            transport.limits.error_bytes,
        )
    )


async def _referrers(transport: Transport, repository: str) -> Support:
    """Does it list referrers: asked about a digest that nobody has."""
    asked = repository or _NOWHERE
    nobody = Digest.of(secrets.token_bytes(32))
    answer = await transport.ask(
        Ask(
            "GET",
            f"/v2/{asked}/referrers/{nobody}",
            repository_scope(asked, "pull"),
            transport.limits.manifest_bytes,
            headers=(("Accept", mediatypes.OCI_INDEX),),
        )
    )
    if answer.ok:
        kind = mediatypes.bare(answer.header("content-type"))
        return Support.YES if kind == mediatypes.OCI_INDEX else Support.NO
    # A repository that is not there is a 404, too, on a registry that has the API.
    if answer.status == 404 and complaint(answer).code == "NAME_UNKNOWN":
        return Support.UNKNOWN
    return Support.NO if answer.status in (400, 404, 405, 501) else Support.UNKNOWN


async def _speaks_v1(transport: Transport) -> Support:
    """Does the old API answer as well, as on servers in front of both."""
    ping = await transport.ask(
        Ask("GET", "/v1/_ping", "", transport.limits.error_bytes)
    )
    return Support.YES if is_v1(ping) else Support.NO


async def _not_v2(transport: Transport, name: str, host: str, ping: Answer) -> Health:
    v1 = ping.status == 404 and (
        await _in_time(transport, partial(_speaks_v1, transport)) is Support.YES
    )
    problem = Wording("health-no-v2", words=ping.words)
    hint = Wording("health-no-v2.hint")
    if v1:
        problem = Wording("health-only-v1")
        hint = Wording("health-only-v1.hint")
    return Health(
        registry=name,
        host=host,
        reachable=True,
        versions=("v1",) if v1 else (),
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
        problem=error.words,
        hint=error.advice,
    )


def down(name: str, host: str, error: BotError) -> Health:
    """What a look shows when nobody answers, or nothing could be asked."""
    return Health(
        registry=name,
        host=host,
        reachable=False,
        problem=error.words,
        hint=error.advice,
    )
