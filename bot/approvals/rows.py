"""What the rows of the approval tables mean, as values.

Pure; the queries are in `approvals.store`. Rows are taken by attribute: `Any`, since
SQLAlchemy knows the types of columns only for the ORM.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from bot.approvals.request import (
    Item,
    ItemState,
    MessageRef,
    Request,
    Review,
    State,
    Terms,
    Verdict,
)
from bot.change import Action, Effects, Space, Target
from bot.wording import from_json, heard, to_json


def item(row: Any) -> Item:
    """A row of `change_item`."""
    return Item(
        position=row.position,
        target=Target(
            row.registry,
            row.repository,
            row.tag,
            row.digest,
            replaces=row.replaces,
            source_registry=row.source_registry,
            source_repository=row.source_repository,
            why=heard(row.why),
        ),
        nonce=row.nonce,
        state=ItemState(row.state),
        outcome=row.outcome,
        audit_seq=row.audit_seq,
        audit_hash=row.audit_hash,
    )


def review(row: Any) -> Review:
    """A row of `review`."""
    return Review(row.reviewer, Verdict(row.verdict), row.at, row.reason)


def request(row: Any, items: Sequence[Item], reviews: Sequence[Review]) -> Request:
    """A row of `approval_request` with what belongs to it."""
    return Request(
        number=row.number,
        action=Action(row.action),
        state=State(row.state),
        requester=row.requester,
        team=row.team,
        channel=row.channel,
        host=row.host,
        reason=row.reason,
        effects=read_effects(row.effects),
        terms=Terms(
            rule=row.rule,
            required=row.required,
            approvers=tuple(json.loads(row.approvers)),
            self_approval=row.self_approval,
        ),
        items=tuple(items),
        reviews=tuple(reviews),
        created_at=row.created_at,
        expires_at=row.expires_at,
        finished_at=row.finished_at,
        attempt=row.attempt,
        revision=row.revision,
        outcome=row.outcome,
        card=MessageRef(row.card_channel, row.card_ts) if row.card_ts else None,
        painted=row.painted,
        told=row.told,
        undoes=row.undoes or 0,
        undone_by=row.undone_by or 0,
        glass=row.glass,
        drift=heard(row.drift),
        reminders=row.reminders,
    )


def write_effects(effects: Effects) -> str:
    """Effects as the JSON of their column."""
    values = asdict(replace(effects, notes=()))
    values["notes"] = [to_json(note) for note in effects.notes]
    return json.dumps(values)


def read_effects(text: str) -> Effects:
    """What `write_effects` wrote, by this version or an older one."""
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(text).items()
    }
    values["notes"] = tuple(from_json(note) for note in values.get("notes", ()))
    if space := values.get("space"):
        values["space"] = Space(**space)
    return Effects(**values)
