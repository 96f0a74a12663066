"""One answer of a registry, read to its end and taken out of the HTTP library (pure).

Everything behind the transport works on this value, so that rules about answers need no
sockets to be tested.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True)
class Answer:
    """Status, headers and the (capped) body.

    Attributes:
        status: the HTTP status.
        headers: in order, names in lower case.
        body: what was read; of an error at most the limit for errors.
        url: where it came from, without credentials; the base of relative links.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    url: str = ""

    def header(self, name: str) -> str:
        """A header's first value, empty where it is missing."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a header."""
        return tuple(value for key, value in self.headers if key == name)

    @property
    def ok(self) -> bool:
        """A 2xx."""
        return 200 <= self.status < 300

    @property
    def words(self) -> str:
        """`202 Accepted`: our words for the status, never the server's."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)
