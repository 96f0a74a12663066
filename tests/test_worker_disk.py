"""A disk that is full, as PostgreSQL tells of it: nothing is lost, nothing is failed.

SQLite meets a real one in `live/test_faults_away`.
"""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import text

from bot.approvals.request import State
from bot.db.engine import Database
from bot.errors import UnavailableError
from tests.workshop import Workshop, stock, whole

FULL = """
CREATE FUNCTION full() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''could not extend file'' USING ERRCODE = ''disk_full''; END'
"""


@pytest.mark.needs_postgres
@pytest.mark.parametrize("table", ["audit_entry", "saved_manifest", "change_item"])
async def test_disk_that_is_full_leaves_the_change_to_be_continued(
    postgres: Database, table: str
) -> None:
    workshop = Workshop(postgres)
    stock(workshop.registry)
    request = await workshop.approved("1.2")
    async with postgres.transaction() as tx:
        await tx.execute(text(FULL))
        await tx.execute(
            text(
                f"CREATE TRIGGER full_{table} BEFORE INSERT OR UPDATE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION full()"
            )
        )
    for _ in range(3):
        with pytest.raises(UnavailableError):
            await workshop.worker.execute(request.number)
    # What cannot be kept is not removed.
    assert ("1.2" in workshop.registry.tags("team/app")) is (table == "saved_manifest")
    async with postgres.transaction() as tx:
        await tx.execute(text(f"DROP TRIGGER full_{table} ON {table}"))
    await workshop.worker.execute(request.number)
    done = await whole(workshop, request)
    assert done.state is State.DONE
    assert set(workshop.registry.tags("team/app")) == {"stable", "1.3"}
    assert Counter(await workshop.actions())["delete.executed"] == 1
