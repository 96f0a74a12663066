"""Seals tokens before they are stored: Fernet, which encrypts and authenticates.

The key is not in the database: whoever has a copy of one alone has no token. A sealed
token holds the workspace it is for and opens for no other, so a row cannot be made to
answer for another one. Several keys may be given: the first seals, all of them open,
and `stale` says what is still under an older one (`Installations.reseal`).

https://cryptography.io/en/latest/fernet/
"""

from __future__ import annotations

import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from bot.errors import ConfigurationError, UnavailableError
from bot.wording import Wording

_BETWEEN = "\n"


class Seal:
    """Seals and opens.

    Args:
        keys: one or several, between commas or spaces, the one to seal with first.

    Raises:
        ConfigurationError: there is none, or one that is not a Fernet key.
    """

    def __init__(self, keys: SecretStr) -> None:
        given = keys.get_secret_value().replace(",", " ").split()
        try:
            made = [Fernet(key) for key in given]
        except ValueError:
            made = []
        if not made:
            raise ConfigurationError(
                "SLACK_TOKEN_KEY is not a key",
                hint="Make one: python -c 'from cryptography.fernet import Fernet; "
                "print(Fernet.generate_key().decode())'.",
            )
        self._newest = made[0]
        self._all = MultiFernet(made)

    def close(self, team: str, token: str) -> str:
        """Seal a workspace's token."""
        return self._newest.encrypt(f"{team}{_BETWEEN}{token}".encode()).decode()

    def open(self, team: str, sealed: str) -> str:
        """The token in a seal.

        Raises:
            UnavailableError: none of our keys opens it, or it is another workspace's.
        """
        try:
            content = self._all.decrypt(sealed).decode()
        except (InvalidToken, UnicodeDecodeError):
            content = ""
        owner, _, token = content.partition(_BETWEEN)
        if not token or not hmac.compare_digest(owner.encode(), team.encode()):
            raise UnavailableError(
                Wording("oauth-unreadable", workspace=team),
                hint=Wording("oauth-unreadable.hint"),
            )
        return token

    def stale(self, sealed: str) -> bool:
        """Is this under another key than the newest."""
        try:
            self._newest.decrypt(sealed)
        except InvalidToken:
            return True
        return False
