"""Reads repositories and plans the pruning of each; changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from bot.approvals.policy import Policy
from bot.change import Space, Target
from bot.errors import RefusedError
from bot.plans.prune.contents import contents_of, dated
from bot.plans.prune.plan import Looked, Plan
from bot.plans.prune.planner import plan
from bot.plans.prune.rules import Rules
from bot.registry.client import RegistryReader
from bot.registry.digest import Digest
from bot.registry.errors import (
    RegistryForbidden,
    RegistryProtocolError,
    RepositoryUnknown,
)
from bot.registry.together import together
from bot.services import Services
from bot.wording import Wording, Words

REPOSITORIES_AT_ONCE = 2
"""Read side by side; each is read with many requests at once."""

_LEFT_OUT = (RegistryForbidden, RegistryProtocolError, RepositoryUnknown)


async def look(
    services: Services, reader: RegistryReader, names: Sequence[str], rules: Rules
) -> Plan:
    """Read these repositories and plan.

    Args:
        services: reads through the catalog, so that what is known is not read again.
        reader: of the registry.
        names: repositories, known to exist or not; several: those that cannot be read
            are left out.
        rules: what was asked for.

    Raises:
        RepositoryUnknown: of the only one.
        RefusedError: the only one is protected, or has no manifests to speak of (v1).
        RegistryError: the registry cannot be read.
    """
    policy = Policy.from_settings(services.settings)
    protected = {
        name: why
        for name in names
        if (why := policy.protected(Target(reader.name, name, "", "")))
    }
    if len(names) == 1 and protected:
        raise RefusedError(protected[names[0]], hint=Wording("protected.hint"))

    async def one(name: str) -> Looked | tuple[str, Words]:
        try:
            return await _repository(services, policy, reader, name, rules)
        except _LEFT_OUT as error:
            if len(names) == 1:
                raise
            return name, error.words

    found = await together(
        [partial(one, name) for name in sorted(names) if name not in protected],
        at_once=REPOSITORIES_AT_ONCE,
    )
    looked = tuple(each for each in found if isinstance(each, Looked))
    return Plan(
        repositories=looked,
        space=await _space(services, reader, looked),
        protected=tuple(sorted(protected)),
        left_out=tuple(each for each in found if not isinstance(each, Looked)),
    )


async def _repository(
    services: Services,
    policy: Policy,
    reader: RegistryReader,
    repository: str,
    rules: Rules,
) -> Looked:
    contents = services.catalog.contents
    anatomy = await contents.read(reader.name, repository)
    if rules.untagged and reader.api == "v1":
        raise RefusedError(
            Wording("prune-untagged-v1"), hint=Wording("prune-untagged-v1.hint")
        )
    created: Mapping[Digest, datetime | None] = {}
    if needed := dated(anatomy, rules):
        created = await contents.created(reader.name, repository, needed)

    def protected(tag: str) -> Words:
        return policy.protection(Target(reader.name, repository, tag, ""))

    known = contents_of(anatomy, created, protected)
    return Looked(anatomy, plan(known, rules, services.clock.now()))


async def _space(
    services: Services, reader: RegistryReader, looked: Sequence[Looked]
) -> Space | None:
    """The bytes of what goes; v1 tells none."""
    going = {each.repository: each.manifests for each in looked if each.manifests}
    if not going:
        return None
    return await services.catalog.contents.space(reader.name, going)
