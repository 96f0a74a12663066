"""The workspaces beside home that the app is installed in. Pure; `store` keeps them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr


@dataclass(frozen=True)
class Installed:
    """The app, in one workspace.

    Attributes:
        team: its id.
        name: what it is called.
        enterprise: its organisation on Enterprise Grid, else empty.
        bot_user: the bot's own user id there.
        token: the bot's token there.
        scopes: what it may do.
    """

    team: str
    name: str
    enterprise: str
    bot_user: str
    token: SecretStr
    scopes: tuple[str, ...] = ()
