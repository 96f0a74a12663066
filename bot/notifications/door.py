"""The door for registries: who does not know the token does not come in.

The token is looked at before a byte of the body is read. Which registry tells is said
by the address the operator gave it (`?registry=NAME`), the default one without: the
host that stands in a notification is whatever the deleting client called it, and must
not decide in whose name something is recorded.
"""

from __future__ import annotations

import hmac

import structlog
from pydantic import SecretStr

from bot.config import Settings, read_secret_file
from bot.errors import ConfigurationError, NotFoundError, UnavailableError
from bot.metrics import Metrics
from bot.notifications.desk import Desk
from bot.notifications.envelope import MAX_BODY, EnvelopeError
from bot.registry.connect import Registries

MIN_TOKEN = 16
"""Characters; a shorter token can be guessed."""

_log = structlog.get_logger(__name__)


class NotificationDoor:
    """Checks what registries post, and hands it to the desk.

    Args:
        token: what they prove themselves with.
        registries: those that are configured.
        desk: where it goes.
        metrics: counts it.
    """

    max_body = MAX_BODY
    """Bytes that are read of a body."""

    def __init__(
        self, token: SecretStr, registries: Registries, desk: Desk, metrics: Metrics
    ) -> None:
        self._token = token.get_secret_value().encode()
        self._registries = registries
        self._desk = desk
        self._metrics = metrics

    def lets_in(self, authorization: bytes) -> bool:
        """Is this the header of somebody who knows the token."""
        scheme, _, given = authorization.strip().partition(b" ")
        right = hmac.compare_digest(given.strip(), self._token)
        if scheme.lower() == b"bearer" and right:
            return True
        # The registry's own log shows the 401 as well, and says no more.
        _log.warning("notifications.refused", token_given=bool(given.strip()))
        self._count("refused")
        return False

    async def take(self, registry: str, body: bytes) -> tuple[int, str]:
        """Take what was posted.

        Args:
            registry: which one tells; empty for the default one.
            body: what it posted.

        Returns:
            The HTTP status, and words for whoever tries it by hand.
        """
        try:
            reader = (
                self._registries.get(registry) if registry else self._registries.default
            )
            taken = await self._desk.take(reader.name, body)
        except NotFoundError as error:
            self._count("malformed")
            return 400, error.message
        except EnvelopeError as error:
            _log.warning("notifications.malformed", why=str(error))
            self._count("malformed")
            return 400, f"This is no envelope of notifications: {error}"
        except UnavailableError as error:
            _log.warning("notifications.not_stored", why=error.english)
            self._count("not_stored")
            return 503, "It cannot be stored now"
        self._count("accepted")
        said = f"{taken.new} new, {taken.repeated} known, {taken.others} of no interest"
        return 202, f"{said}, {taken.odd} odd"

    def _count(self, result: str) -> None:
        self._metrics.notifications.labels(result).inc()


def read_token(settings: Settings) -> SecretStr | None:
    """What registries prove themselves with; None where nothing is configured.

    Raises:
        ConfigurationError: the file cannot be read, or the token can be guessed.
    """
    path = settings.notifications.token_file
    if path is None:
        return None
    token = read_secret_file(path)
    if len(token.get_secret_value()) < MIN_TOKEN:
        raise ConfigurationError(
            f"The token in {path} is shorter than {MIN_TOKEN} characters",
            hint="Make one: openssl rand -hex 32.",
        )
    return token
