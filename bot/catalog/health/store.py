"""The SQL of `registry_health`: one row a registry, the newest look as JSON.

Works inside the caller's transaction and commits nothing. A row that another version
wrote, and this one cannot read, counts as none: the next look writes it anew.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bot.catalog.health.known import Known, Remembered
from bot.db.engine import Transaction
from bot.db.tables import registry_health as looks
from bot.registry.client import Ability, Health
from bot.wording import heard, stored

_HEALTH = TypeAdapter(Health)
_ABILITIES = TypeAdapter(dict[Ability, Known])


async def load(tx: Transaction, registry: str) -> Remembered | None:
    """What is known of a registry."""
    found = await tx.execute(
        select(looks.c.looked_at, looks.c.health).where(looks.c.registry == registry)
    )
    row = found.first()
    return _read(row.looked_at, row.health) if row is not None else None


async def load_all(tx: Transaction) -> dict[str, Remembered]:
    """What is known of all registries, by name."""
    found = await tx.execute(
        select(looks.c.registry, looks.c.looked_at, looks.c.health)
    )
    known = {row.registry: _read(row.looked_at, row.health) for row in found}
    return {name: each for name, each in known.items() if each is not None}


async def save(tx: Transaction, known: Remembered) -> None:
    """Keep what is known of a registry, in place of what was."""
    registry = known.health.registry
    health = replace(
        known.health,
        problem=stored(known.health.problem),
        hint=stored(known.health.hint),
    )
    written = {
        "health": _HEALTH.dump_python(health, mode="json"),
        "abilities": _ABILITIES.dump_python(dict(known.abilities), mode="json"),
    }
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(looks).values(
        registry=registry,
        looked_at=known.looked_at,
        health=json.dumps(written, ensure_ascii=False),
    )
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=[looks.c.registry],
            set_={name: statement.excluded[name] for name in ("looked_at", "health")},
        )
    )


def _read(at: datetime, written: str) -> Remembered | None:
    try:
        document = json.loads(written)
        health = _HEALTH.validate_python(document["health"])
        abilities = _ABILITIES.validate_python(document["abilities"])
    except (ValueError, ValidationError, LookupError, TypeError):
        return None
    health = replace(
        health, problem=heard(str(health.problem)), hint=heard(str(health.hint))
    )
    return Remembered(health, at, abilities)
