"""What can go wrong with a registry, told apart so that callers can act on it.

    RegistryError
    ├── RegistryUnavailable     no connection, a timeout, 5xx or 429 after retries
    ├── RegistryUnauthorized    401 after our credentials, or none are configured
    ├── RegistryForbidden       403, or 401 with error="insufficient_scope"
    ├── RegistryProtocolError   the answer breaks the protocol or one of our limits
    │   └── NotInThisApi        the registry's API has no such operation
    ├── RepositoryUnknown       404 NAME_UNKNOWN
    ├── ManifestUnknown         404 MANIFEST_UNKNOWN: no such tag or digest
    ├── BlobUnknown             404 BLOB_UNKNOWN
    ├── DeletionDisabled        405: the registry does not delete
    ├── TargetMoved             the tag no longer names what was approved
    └── DeletionNotConfirmed    the registry agreed and the thing is still there

`OtherName`, a `UsageError`, stands beside them: nothing was asked of the registry.

`status` and `code` are the registry's own (HTTP status, first code of the error body),
`detail` its message, stripped of control characters and capped at 500 characters.
"""

from __future__ import annotations

from bot.errors import BotError, UsageError
from bot.wording import Words


class RegistryError(BotError):
    """The registry said no, or nothing.

    Args:
        message: what failed, one sentence.
        hint: what to try.
        registry: the configured name of the registry, never its URL with credentials.
        status: the HTTP status, 0 where there was no answer.
        code: the first error code of the body (`MANIFEST_UNKNOWN`), or empty.
        detail: the registry's own words, capped.

    Attributes:
        stranded: a placeholder may be left on a tag; the message says where.
    """

    stranded = False

    def __init__(
        self,
        message: Words,
        *,
        hint: Words = "",
        registry: str = "",
        status: int = 0,
        code: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.registry = registry
        self.status = status
        self.code = code
        self.detail = detail


class RegistryUnavailable(RegistryError):
    """No connection, a timeout, a 5xx or a 429 that did not go away.

    Attributes:
        late: a time limit ended it; of the registry nothing else is known.
    """

    late = False


class RegistryUnauthorized(RegistryError):
    """The credentials were refused, or none are configured."""


class RegistryForbidden(RegistryError):
    """The credentials are good and not allowed to do this."""


class RegistryProtocolError(RegistryError):
    """The answer breaks the protocol, or one of our limits."""


class NotInThisApi(RegistryProtocolError):
    """The API this registry speaks has no such operation; nothing was asked of it."""


class RepositoryUnknown(RegistryError):
    """The registry does not know this repository."""


class ManifestUnknown(RegistryError):
    """No such tag or digest in this repository."""


class BlobUnknown(RegistryError):
    """No such blob in this repository."""


class DeletionDisabled(RegistryError):
    """The registry's own settings forbid deletion."""


class TargetMoved(RegistryError):
    """The tag no longer names what was approved; nothing was changed."""


class DeletionNotConfirmed(RegistryError):
    """The registry agreed to a deletion and the thing is still there."""


class OtherName(UsageError):
    """The registry keeps the repository under another name (see `canonical`).

    Seen where its API was found out only after the name was understood: tried again
    from the start, the same words mean the right thing.
    """
