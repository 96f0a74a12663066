"""The tables, as SQLAlchemy Core. What a row means is told where its store is.

`approval_request`, `change_item`, `review`, `saved_manifest` belong to
`approvals.store`; `audit_entry` and `audit_head` to `audit.store`; `catalog_*` to
`catalog.store`; `notification`, `watch` and `news` to `notifications.store`; those of
`visits.store` are in `db.visiting`. Entries of the record are append only: the first
migration adds triggers that refuse anything else, which `metadata` alone does not show.

Lists and effects are JSON in text columns, read and written by the stores.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.db.columns import BIG, UtcDateTime, metadata
from bot.db.installations import slack_bots, slack_installations
from bot.db.visiting import heard, home

__all__ = [
    "approval_request",
    "audit_entry",
    "audit_head",
    "catalog_link",
    "catalog_manifest",
    "catalog_repository",
    "catalog_tag",
    "catalog_walk",
    "change_item",
    "freeze",
    "heard",
    "home",
    "metadata",
    "news",
    "notice",
    "notification",
    "registry_health",
    "review",
    "saved_manifest",
    "slack_bots",
    "slack_installations",
    "watch",
]

approval_request = Table(
    "approval_request",
    metadata,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("requester", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("registry", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("effects", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("required", Integer, nullable=False),
    Column("approvers", Text, nullable=False),
    Column("self_approval", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("attempt", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("card_channel", Text),
    Column("card_ts", Text),
    Column("painted", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
    # Of an undo: which change it puts back; of that change: what put it back.
    Column("undoes", BIG),
    Column("undone_by", BIG),
    # Done without approval by somebody the settings name, for a reason.
    Column("glass", Boolean, nullable=False, server_default=false()),
    # What moved while it waited, as a notification told; empty while nothing has.
    Column("drift", Text, nullable=False, server_default=""),
    # How often the approvers were reminded, and when they are to be next.
    Column("reminders", Integer, nullable=False, server_default="0"),
    Column("remind_at", UtcDateTime),
    # Which process shows it to people now, and until when: others leave it alone.
    Column("courier", Text, nullable=False, server_default=""),
    Column("courier_until", UtcDateTime),
    # The hash of Slack's delivery that asked for it; NULL for a terminal's.
    Column("delivery", Text),
    Index(None, "delivery", unique=True),
    Index(None, "state", "expires_at"),
    Index(None, "undoes"),
    # What somebody asked for, the newest first.
    Index(None, "requester", "number"),
    # Numbers are never used twice, not even that of a row somebody removed by hand.
    sqlite_autoincrement=True,
)

change_item = Table(
    "change_item",
    metadata,
    Column("number", BIG, ForeignKey("approval_request.number"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("registry", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("nonce", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("audit_seq", BIG, nullable=False),
    Column("audit_hash", Text, nullable=False),
    # Of a retag or copy: what the tag names so far, and where the manifest comes from.
    Column("replaces", Text, nullable=False, server_default=""),
    Column("source_registry", Text, nullable=False, server_default=""),
    Column("source_repository", Text, nullable=False, server_default=""),
    # Why it is in the change, where the person did not name it (`prune`).
    Column("why", Text, nullable=False, server_default=""),
    # What is about a tag that a registry tells of.
    Index(None, "registry", "repository", "tag"),
)

review = Table(
    "review",
    metadata,
    Column("number", BIG, ForeignKey("approval_request.number"), primary_key=True),
    # Part of the key: one review a person.
    Column("reviewer", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("reason", Text, nullable=False),
)

saved_manifest = Table(
    "saved_manifest",
    metadata,
    Column("number", BIG, primary_key=True),
    Column("position", Integer, primary_key=True),
    # 0 is the item's own manifest, its children follow: put back from the end.
    Column("ordinal", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    ForeignKeyConstraint(
        ["number", "position"], ["change_item.number", "change_item.position"]
    ),
)

freeze = Table(
    "freeze",
    metadata,
    # One row while nothing may be carried out; none otherwise.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    # What people are to be told beside cards, in the order it is to be told.
    Column("id", BIG, primary_key=True, autoincrement=True),
    # Says what it is about: the same thing is told once.
    Column("key", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("number", BIG),
    Column("actor", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("courier", Text, nullable=False, server_default=""),
    Column("courier_until", UtcDateTime),
    Index(None, "sent_at", "id"),
    sqlite_autoincrement=True,
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("seq", BIG, primary_key=True, autoincrement=False),
    Column("at", UtcDateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("registry", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("change", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approvers", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Index(None, "change"),
    Index(None, "repository"),
)

audit_head = Table(
    "audit_head",
    metadata,
    # One row: what the next entry follows. Locked by whoever appends.
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BIG, nullable=False),
    Column("hash", Text, nullable=False),
)

catalog_repository = Table(
    "catalog_repository",
    metadata,
    Column("registry", Text, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("tag_count", Integer),
    Column("tags_read_at", UtcDateTime),
    Column("seen_at", UtcDateTime, nullable=False),
    # When all its manifests were read last; NULL until then.
    Column("contents_at", UtcDateTime),
    # When something was pushed last, as far as registries told; NULL until then.
    Column("pushed_at", UtcDateTime),
)

catalog_tag = Table(
    "catalog_tag",
    metadata,
    Column("registry", Text, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("digest", Text, nullable=False),
)

catalog_manifest = Table(
    "catalog_manifest",
    metadata,
    Column("registry", Text, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    # Bytes of the manifest itself.
    Column("size", BIG, nullable=False),
    # When the image was built, as its config says; NULL where that is not known.
    Column("created", UtcDateTime),
    Column("subject", Text, nullable=False),
    Column("artifact_type", Text, nullable=False),
    # Of the last reading that met it.
    Column("seen_at", UtcDateTime, nullable=False),
)

catalog_link = Table(
    "catalog_link",
    metadata,
    # What a manifest holds: itself (the two digests are the same), its config, a layer,
    # or a child manifest.
    Column("registry", Text, primary_key=True),
    Column("repository", Text, primary_key=True),
    Column("parent", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("size", BIG, nullable=False),
    # Who holds a digest, and how big it is, without a look at the table.
    Index(None, "registry", "digest", "repository", "size"),
)

registry_health = Table(
    "registry_health",
    metadata,
    # The newest look at a registry, as JSON: what it is able to do is remembered.
    Column("registry", Text, primary_key=True),
    Column("looked_at", UtcDateTime, nullable=False),
    Column("health", Text, nullable=False),
)

catalog_walk = Table(
    "catalog_walk",
    metadata,
    Column("registry", Text, primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("finished_at", UtcDateTime),
    Column("repositories", Integer, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("problem", Text, nullable=False),
)

notification = Table(
    "notification",
    metadata,
    # What registries told us, each thing once.
    Column("seq", BIG, primary_key=True, autoincrement=True),
    Column("registry", Text, nullable=False),
    # The registry's own id of it.
    Column("event", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("repository", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("actor", Text, nullable=False),
    # The request that did it, from where, and with which program.
    Column("request", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("received_at", UtcDateTime, nullable=False),
    Column("handled_at", UtcDateTime),
    # The change of ours that did it (`C17`), and whether it is only the way it did.
    Column("change", Text, nullable=False, server_default=""),
    Column("hidden", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("registry", "event"),
    Index(None, "handled_at", "seq"),
    Index(None, "registry", "repository", "digest"),
    Index(None, "received_at"),
    sqlite_autoincrement=True,
)

watch = Table(
    "watch",
    metadata,
    # Which channel is told about which repositories.
    Column("channel", Text, primary_key=True),
    Column("registry", Text, primary_key=True),
    Column("pattern", Text, primary_key=True),
    Column("actor", Text, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)

news = Table(
    "news",
    metadata,
    # What a channel that watches is to be told, each notification once.
    Column("channel", Text, primary_key=True),
    Column("notification", BIG, ForeignKey("notification.seq"), primary_key=True),
    Column("sent_at", UtcDateTime),
    # The message that told it; one may tell of many.
    Column("message", Text, nullable=False, server_default=""),
    Column("courier", Text, nullable=False, server_default=""),
    Column("courier_until", UtcDateTime),
    Index(None, "sent_at", "channel"),
    Index(None, "notification"),
)
