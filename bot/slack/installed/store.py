"""Keeps installations in slack_sdk's tables, their tokens sealed.

The rows are those of slack_sdk's `AsyncSQLAlchemyInstallationStore`, which writes,
reads and deletes them; it is handed sealed tokens only (`sealing`). The tables are made
by a migration of ours, and the engine is lent by our `Database`, so that the library
waits its turn like everybody else.

One installation a workspace counts, the newest; forgetting one forgets all of it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import SecretStr
from slack_sdk.oauth.installation_store import Bot, Installation
from slack_sdk.oauth.installation_store.sqlalchemy import (
    AsyncSQLAlchemyInstallationStore,
)
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.clock import Clock
from bot.db.engine import Database
from bot.db.installations import slack_bots, slack_installations
from bot.slack.api import QUIET
from bot.slack.installed import Installed

if TYPE_CHECKING:
    from bot.slack.sealing import Seal


class Installations:
    """The workspaces the app is installed in; `attach` before anything is asked.

    Args:
        client_id: the Slack app's.
        seal: for the tokens.
        clock: tells the time.
    """

    def __init__(self, client_id: str, seal: Seal, clock: Clock) -> None:
        self._client_id = client_id
        self._seal = seal
        self._clock = clock
        self._database: Database | None = None

    def attach(self, database: Database) -> None:
        """Use this database."""
        self._database = database

    async def save(self, new: Installed, *, app_id: str, installer: str) -> None:
        """Keep an installation, in place of an earlier one of the same workspace.

        Args:
            new: what was installed.
            app_id: the app's id, as Slack says it.
            installer: who installed it.
        """
        sealed = Installation(
            app_id=app_id,
            enterprise_id=new.enterprise or None,
            team_id=new.team,
            team_name=new.name,
            bot_token=self._seal.close(new.team, new.token.get_secret_value()),
            bot_id=new.bot_user,
            bot_user_id=new.bot_user,
            bot_scopes=new.scopes,
            user_id=installer,
            token_type="bot",  # noqa: S106 - the kind of a token, not one
            installed_at=self._clock.now().timestamp(),
        )
        await self.forget(new.team)
        async with self._db.lent() as engine:
            await self._sdk(engine).async_save(sealed)

    async def find(self, team: str) -> Installed | None:
        """The installation in a workspace.

        Raises:
            UnavailableError: the database is away, or the token cannot be unsealed.
        """
        enterprises = await self._enterprises(team)
        if not enterprises:
            return None
        async with self._db.lent(writes=False) as engine:
            bot: Bot | None = await self._sdk(engine).async_find_bot(
                enterprise_id=enterprises[0], team_id=team
            )
        if bot is None:
            return None
        return Installed(
            team=team,
            name=bot.team_name or "",
            enterprise=bot.enterprise_id or "",
            bot_user=bot.bot_user_id,
            token=SecretStr(self._seal.open(team, bot.bot_token)),
            scopes=tuple(bot.bot_scopes or ()),
        )

    async def token(self, team: str) -> str | None:
        """The bot's token in a workspace; None where the app is not installed."""
        found = await self.find(team)
        return found.token.get_secret_value() if found else None

    async def teams(self) -> dict[str, str]:
        """The workspaces, and what they are called."""
        rows = slack_bots
        query = select(rows.c.team_id, rows.c.team_name).where(
            rows.c.client_id == self._client_id
        )
        async with self._db.read() as tx:
            found = await tx.execute(query.order_by(rows.c.team_id))
            return {row.team_id: row.team_name or "" for row in found}

    async def forget(self, team: str, *, told_at: datetime | None = None) -> bool:
        """Forget the app's installation in a workspace.

        Args:
            team: the workspace.
            told_at: when Slack said that it is gone; one that was made after that
                stays, since Slack may say things late and more than once.

        Returns:
            Whether there was anything to forget.
        """
        enterprises = await self._enterprises(team)
        if told_at is not None and await self._installed_after(team, told_at):
            return False
        async with self._db.lent() as engine:
            sdk = self._sdk(engine)
            for enterprise in enterprises:
                await sdk.async_delete_bot(enterprise_id=enterprise, team_id=team)
                await sdk.async_delete_installation(
                    enterprise_id=enterprise, team_id=team
                )
        return bool(enterprises)

    async def reseal(self) -> int:
        """Put what is under an older key under the newest; how many workspaces.

        Raises:
            UnavailableError: no key opens one of them.
        """
        done: set[str] = set()
        async with self._db.transaction() as tx:
            for rows in (slack_bots, slack_installations):
                query = select(rows.c.id, rows.c.team_id, rows.c.bot_token).where(
                    rows.c.client_id == self._client_id
                )
                for row in (await tx.execute(query)).all():
                    if row.bot_token is None or not self._seal.stale(row.bot_token):
                        continue
                    token = self._seal.open(row.team_id, row.bot_token)
                    await tx.execute(
                        update(rows)
                        .where(rows.c.id == row.id)
                        .values(bot_token=self._seal.close(row.team_id, token))
                    )
                    done.add(row.team_id)
        return len(done)

    @property
    def _db(self) -> Database:
        assert self._database is not None, "attach comes first"
        return self._database

    def _sdk(self, engine: AsyncEngine) -> AsyncSQLAlchemyInstallationStore:
        return AsyncSQLAlchemyInstallationStore(self._client_id, engine, logger=QUIET)

    async def _enterprises(self, team: str) -> list[str | None]:
        """The organisations a workspace was installed under, the newest first.

        slack_sdk finds rows by both; Slack's bodies often name the workspace alone.
        """
        rows = slack_bots
        query = (
            select(rows.c.enterprise_id)
            .where(rows.c.client_id == self._client_id, rows.c.team_id == team)
            .order_by(rows.c.installed_at.desc())
        )
        async with self._db.read() as tx:
            found = [row.enterprise_id for row in await tx.execute(query)]
        return list(dict.fromkeys(found))

    async def _installed_after(self, team: str, moment: datetime) -> bool:
        rows = slack_bots
        query = select(rows.c.id).where(
            rows.c.client_id == self._client_id,
            rows.c.team_id == team,
            rows.c.installed_at > moment.astimezone(UTC).replace(tzinfo=None),
        )
        async with self._db.read() as tx:
            return (await tx.execute(query)).first() is not None
