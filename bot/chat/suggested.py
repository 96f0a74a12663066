"""One thing that is offered to somebody who types into a menu. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Suggested:
    """One option.

    Attributes:
        value: what choosing it stands for; foreign text once it comes back.
        text: how it is shown.
        about: a few words beside it, may be empty.
    """

    value: str
    text: str
    about: str = ""
