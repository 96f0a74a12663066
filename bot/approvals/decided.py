"""Why a request cannot be decided (any more): who was faster, how, and when. Pure."""

from __future__ import annotations

from datetime import datetime

from bot.approvals.request import Request, State
from bot.errors import ConflictError
from bot.wording import Wording, Words

_ENDED_UNDONE = (State.REJECTED, State.CANCELLED, State.EXPIRED)


class DecidedError(ConflictError):
    """Somebody was faster.

    Attributes:
        change: what was decided, by its ID.
        how: how it ended, empty where it was changed only.
        by: who decided, empty where nobody did.
        at: when; None where it is not known.
    """

    def __init__(
        self, change: str, *, how: str = "", by: str = "", at: datetime | None = None
    ):
        super().__init__(
            _decided(change, how, by, at), hint=Wording("request-decided.hint")
        )
        self.change = change
        self.how = how
        self.by = by
        self.at = at


def _decided(change: str, how: str, by: str, at: datetime | None) -> Wording:
    if not how:
        return Wording("request-changed", id=change)
    when: Words = "unknown"
    if at:
        date, time = f"{at:%Y-%m-%d}", f"{at:%H:%M}"
        when = Wording("request-decided.on", date=date, time=time)
    return Wording("request-decided", id=change, how=how, by=by or "nobody", when=when)


def conflict(request: Request) -> DecidedError:
    """Why a request cannot be decided (any more), with who did and when."""
    state, at, by = request.state, request.finished_at, ""
    if state is State.PENDING:
        return DecidedError(request.id)
    if state is State.CANCELLED:
        by = request.requester
    elif request.decision is not None:
        by, at = request.decision.reviewer, request.decision.at
    how = state if state in _ENDED_UNDONE else State.APPROVED
    return DecidedError(request.id, how=how.value, by=by, at=at)
