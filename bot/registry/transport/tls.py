"""Which certificates a registry may show."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

import httpx

from bot.errors import ConfigurationError
from bot.wording import Wording


@dataclass(frozen=True)
class Tls:
    """Which certificates to believe."""

    ca_file: Path | None = None
    insecure: bool = False

    def context(self) -> ssl.SSLContext:
        """A context that also trusts `ca_file`, or, if so told, everything.

        Raises:
            ConfigurationError: the file is not there or holds no certificates.
        """
        if self.insecure:
            return httpx.create_ssl_context(verify=False)
        context = httpx.create_ssl_context()
        if self.ca_file is not None:
            try:
                context.load_verify_locations(cafile=self.ca_file.expanduser())
            except (OSError, ssl.SSLError):
                raise ConfigurationError(
                    Wording("registry-bad-ca", file=str(self.ca_file)),
                    hint=Wording("registry-bad-ca.hint"),
                ) from None
        return context
