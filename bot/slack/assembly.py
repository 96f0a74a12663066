"""Puts the Slack side together, in the two steps its surroundings allow.

`connect` makes what services are built with: who posts messages, who knows people.
`open_doors` makes what needs the services: the listeners behind the HTTP door and
Socket Mode. Neither asks Slack anything: the bot starts while Slack is away.
"""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.config import Settings
from bot.errors import ConfigurationError
from bot.services import Services
from bot.slack.answers import Answers
from bot.slack.api import NO_PATIENCE, Patience, client
from bot.slack.delivery import SlackMessenger
from bot.slack.door import SlackDoor
from bot.slack.identity import RecentPeople, SlackPeople, Workspace
from bot.slack.inbox import Inbox
from bot.slack.listeners import STILL_WORKING, Parts, build_app
from bot.slack.socket import SlackSocket
from bot.slack.work import Work


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
    """

    client: AsyncWebClient
    messenger: SlackMessenger
    people: SlackPeople
    recent: RecentPeople
    workspace: Workspace
    patience: Patience


@dataclass(frozen=True)
class Doors:
    """By which Slack comes in.

    Attributes:
        door: HTTP; None where no signing secret is set.
        socket: Socket Mode, not started yet; None where no app token is set.
        work: what goes on behind acknowledgements; to be drained at shutdown, after
            the doors are closed.
    """

    door: SlackDoor | None
    socket: SlackSocket | None
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


def open_doors(
    side: SlackSide, services: Services, *, still_working: float = STILL_WORKING
) -> Doors:
    """Make the listeners and the doors in front of them.

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
        opener=client(settings.slack_bot_token, settings.slack_api_url, NO_PATIENCE),
        people=side.recent,
        workspace=side.workspace,
        work=work,
        still_working=still_working,
    )
    inbox = Inbox(build_app(parts), clock)
    door = socket = None
    if settings.slack_signing_secret is not None:
        door = SlackDoor(settings.slack_signing_secret, inbox, clock, services.metrics)
    if settings.slack_app_token is not None:
        opener = client(None, settings.slack_api_url, NO_PATIENCE)
        socket = SlackSocket(settings.slack_app_token, opener, inbox)
    return Doors(door=door, socket=socket, work=work)
