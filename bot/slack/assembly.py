"""Puts the Slack side together, in the two steps its surroundings allow.

`connect` makes what services are built with: who posts messages, who knows people.
`open_doors` makes what needs the services: the listeners behind the HTTP door and
Socket Mode. Neither asks Slack anything: the bot starts while Slack is away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.approvals.people import People
from bot.clock import Clock
from bot.config import Settings, read_secret_file
from bot.db.engine import Database
from bot.errors import ConfigurationError
from bot.services import Services
from bot.slack.answers import Answers
from bot.slack.api import NO_PATIENCE, Patience, client
from bot.slack.delivery import SlackMessenger
from bot.slack.door import SlackDoor
from bot.slack.identity import RecentPeople, SlackPeople, Workspace
from bot.slack.inbox import Inbox
from bot.slack.installed.store import Installations
from bot.slack.listeners import STILL_WORKING, Parts, build_app
from bot.slack.oauth import InstallDoor
from bot.slack.socket import SlackSocket
from bot.slack.tenant_client import tenant_client
from bot.slack.tenant_people import TenantPeople
from bot.slack.work import Work

if TYPE_CHECKING:
    from bot.slack.sealing import Seal

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class SlackSide:
    """What the rest of the program needs of Slack.

    Attributes:
        client: the Web API, patient.
        messenger: posts messages.
        people: knows people, asked afresh.
        recent: knows them as of a moment ago.
        workspace: our own; its `check` says whether Slack is usable.
        patience: how often calls are tried again.
        installations: the workspaces beside home, once a database is attached; None
            where there can be none.
    """

    client: AsyncWebClient
    messenger: SlackMessenger
    people: People
    recent: RecentPeople
    workspace: Workspace
    patience: Patience
    installations: Installations | None = None

    async def attach(self, database: Database) -> None:
        """Let installations be found in a database; reseal what is under an old key.

        Raises:
            UnavailableError: the database is away, or a key is missing.
        """
        if self.installations is None:
            return
        self.installations.attach(database)
        if resealed := await self.installations.reseal():
            log.info("tokens resealed with the newest key", workspaces=resealed)


@dataclass(frozen=True)
class Doors:
    """By which Slack comes in.

    Attributes:
        door: HTTP; None where no signing secret is set.
        socket: Socket Mode, not started yet; None where no app token is set.
        install: where other workspaces install the app; None where none may.
        work: what goes on behind acknowledgements; to be drained at shutdown, after
            the doors are closed.
    """

    door: SlackDoor | None
    socket: SlackSocket | None
    install: InstallDoor | None
    work: Work


def connect(
    settings: Settings, clock: Clock, patience: Patience | None = None
) -> SlackSide:
    """Make the clients.

    Raises:
        ConfigurationError: there is no bot token.
    """
    if settings.slack_bot_token is None:
        raise ConfigurationError(
            "SLACK_BOT_TOKEN is not set",
            hint="It is on the Slack app's page, under OAuth & Permissions.",
        )
    patience = patience or Patience()
    if settings.several_workspaces:
        return _connect_several(settings, clock, patience)
    web = client(settings.slack_bot_token, settings.slack_api_url, patience)
    workspace = Workspace(web, clock)
    people = SlackPeople(web, workspace)
    return SlackSide(
        client=web,
        messenger=SlackMessenger(web, clock, settings.slack.language),
        people=people,
        recent=RecentPeople(people, clock),
        workspace=workspace,
        patience=patience,
    )


def _connect_several(settings: Settings, clock: Clock, patience: Patience) -> SlackSide:
    """As `connect`, for home and the workspaces the app is installed in.

    Raises:
        ConfigurationError: the key is none, or the extra is missing.
    """
    installations = Installations(settings.slack_client_id, _seal(settings), clock)
    web = tenant_client(
        settings.slack_bot_token, settings.slack_api_url, patience, installations
    )
    workspace = Workspace(web, clock)
    people = TenantPeople(web, workspace, installations, settings.slack.workspaces)
    return SlackSide(
        client=web,
        messenger=SlackMessenger(web, clock, settings.slack.language),
        people=people,
        recent=RecentPeople(people, clock),
        workspace=workspace,
        patience=patience,
        installations=installations,
    )


def _seal(settings: Settings) -> Seal:
    # Here, since cryptography is there only where several workspaces are.
    try:
        from bot.slack.sealing import Seal
    except ImportError:
        raise ConfigurationError(
            "Several workspaces need the package cryptography",
            hint="Install registry-bot[oauth].",
        ) from None
    file = settings.slack.token_key_file
    keys = settings.slack_token_key if file is None else read_secret_file(file)
    assert keys is not None, "the settings want one of the two"
    return Seal(keys)


def open_doors(
    side: SlackSide,
    services: Services,
    *,
    still_working: float = STILL_WORKING,
    menus: bool = True,
) -> Doors:
    """Make the listeners and the doors in front of them.

    Args:
        side: made by `connect`.
        services: what commands work with.
        still_working: seconds until somebody waiting is told so.
        menus: Slack draws menus that ask us what to offer; a Slack of one's own does
            not, and its forms have everything typed.

    Raises:
        ConfigurationError: there is neither a signing secret nor an app token.
    """
    settings, clock = services.settings, services.clock
    if settings.slack_signing_secret is None and settings.slack_app_token is None:
        raise ConfigurationError(
            "SLACK_SIGNING_SECRET is not set",
            hint="It proves that requests are Slack's; SLACK_APP_TOKEN turns Socket "
            "Mode on instead.",
        )
    work = Work()
    parts = Parts(
        services=services,
        answers=Answers(side.messenger, clock, side.patience),
        opener=_opener(side, settings),
        people=side.recent,
        workspace=side.workspace,
        work=work,
        installations=side.installations,
        still_working=still_working,
        menus=menus,
    )
    inbox = Inbox(build_app(parts), clock, settings.slack.home)
    door = socket = None
    if settings.slack_signing_secret is not None:
        door = SlackDoor(settings.slack_signing_secret, inbox, clock, services.metrics)
    if settings.slack_app_token is not None:
        opener = client(None, settings.slack_api_url, NO_PATIENCE)
        socket = SlackSocket(settings.slack_app_token, opener, inbox)
    install = None
    if side.installations is not None:
        install = InstallDoor(
            settings,
            clock,
            client(None, settings.slack_api_url, NO_PATIENCE),
            side.installations,
            side.recent,
        )
    return Doors(door=door, socket=socket, install=install, work=work)


def _opener(side: SlackSide, settings: Settings) -> AsyncWebClient:
    token, url = settings.slack_bot_token, settings.slack_api_url
    if side.installations is None:
        return client(token, url, NO_PATIENCE)
    return tenant_client(token, url, NO_PATIENCE, side.installations)
