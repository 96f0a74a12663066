"""What all tables are made of: names of constraints, moments, large numbers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any  # the type the overridden method of SQLAlchemy has

from sqlalchemy import (
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

SQLITE_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC, to the microsecond, on both databases.

    SQLite keeps RFC 3339 text, which sorts as it counts and which a person can read.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, `timestamptz` on PostgreSQL."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Text())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(
        self, value: datetime | None, dialect: Dialect
    ) -> datetime | str | None:
        """Refuse a moment without a zone; turn others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.strftime(SQLITE_FORMAT) if dialect.name == "sqlite" else value

    def process_result_value(
        self, value: datetime | str | None, dialect: Dialect
    ) -> datetime | None:
        """Aware and in UTC again."""
        if value is None:
            return None
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            # That reads more than we write, and the record is held to the letter.
            if moment.isoformat(timespec="microseconds") != value[:-1] + "+00:00":
                raise ValueError("what is stored is no moment as we write it")
            return moment.replace(tzinfo=UTC)
        if not isinstance(value, datetime):
            # SQLite keeps whatever somebody puts into a column.
            raise ValueError("what is stored is no moment")
        return value.astimezone(UTC)


# SQLite counts up by itself only in a column that is INTEGER to the letter.
BIG = BigInteger().with_variant(Integer(), "sqlite")
