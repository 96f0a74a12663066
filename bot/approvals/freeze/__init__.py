"""The freeze as it is kept: one row while it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Freeze:
    """Who froze everything, why, and when."""

    actor: str
    reason: str
    at: datetime
