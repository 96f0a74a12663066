"""The collaborators a command is handed, and the doors to the world beyond.

A frozen value built once in `app.py` and passed down. It holds readers only: the
writers belong to the worker and cannot be reached from here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from bot.metrics import Metrics

if TYPE_CHECKING:
    from bot.approvals.request import MessageRef
    from bot.approvals.workflow import Workflow
    from bot.audit.store import AuditLog
    from bot.catalog.sync import CatalogSync
    from bot.chat.reply import Reply
    from bot.clock import Clock
    from bot.config import Settings
    from bot.notifications.desk import Desk
    from bot.registry.connect import Registries
    from bot.visits import Visits


class Messenger(Protocol):
    """Posts what a change has to say; Slack's is `slack.delivery`.

    Every method raises `UnavailableError` when the message did not arrive; whoever
    called tries again later (`chat.courier`).
    """

    async def post(self, channel: str, reply: Reply) -> MessageRef:
        """Post a new message to a channel.

        Raises:
            ClosedError: we may not, until somebody there lets us in.
        """
        ...

    async def update(self, message: MessageRef, reply: Reply) -> bool:
        """Repaint a message. False when it is no longer there (deleted by hand)."""
        ...

    async def tell(self, user_id: str, reply: Reply) -> MessageRef:
        """Send somebody a direct message.

        Nobody is told who has left; then it is a message without a place (`ts` empty).
        """
        ...

    async def publish(self, user_id: str, reply: Reply, known: str) -> str:
        """Show somebody their App Home.

        Args:
            user_id: whose.
            reply: what it says.
            known: the mark of what it showed when we published it last; empty where
                that does not matter.

        Returns:
            The mark of what it shows now; empty where nobody can see it.

        Raises:
            ConflictError: it shows something else than `known`; nothing was changed.
        """
        ...

    async def language(self, user_id: str) -> str:
        """The language (`wording.LANGUAGES`) somebody reads; never raises.

        That of our messages to channels where it cannot be found out.
        """
        ...


@dataclass(frozen=True)
class Services:
    """What commands work with."""

    settings: Settings
    clock: Clock
    registries: Registries
    catalog: CatalogSync
    workflow: Workflow
    audit: AuditLog
    notifications: Desk
    visits: Visits
    messenger: Messenger
    metrics: Metrics = field(default_factory=Metrics)
    process: str = field(default_factory=lambda: secrets.token_hex(8))
    """Tells this process from others on the same database."""
    patience: timedelta = timedelta(seconds=2.5)
    """How long an answer waits for the end of what needs no approval."""
