"""What would become of a change that is not asked for yet. Pure.

The same questions as `Workflow.submit` asks, in the same order, of the same policy; but
nothing is stored, and a refusal is none that the record knows of: nobody has asked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.approvals.policy import Policy, Refused
from bot.approvals.request import Item, Request, State
from bot.audit.entry import clean
from bot.change import Action, Change
from bot.clock import Clock
from bot.errors import RefusedError

_ANY_REASON = "x"


@dataclass(frozen=True)
class Foresight:
    """Looks ahead.

    Attributes:
        policy: what the settings allow.
        clock: the time.
    """

    policy: Policy
    clock: Clock

    def request(
        self, change: Change, *, actor: str, team: str, channel: str
    ) -> Request:
        """The request a change would become; its number is 0.

        Raises:
            RefusedError: it may not be asked for.
        """
        change = replace(change, reason=clean(change.reason).strip())
        answer = self.policy.may_submit(change, actor)
        terms = self.policy.terms_of(change)
        for refused in (answer, terms):
            if isinstance(refused, Refused):
                raise RefusedError(
                    refused.reason,
                    hint=refused.hint,
                    about="reason" if self._lacks_a_reason(change, actor) else "",
                )
        assert not isinstance(terms, Refused), "asked above"
        now = self.clock.now()
        return Request(
            number=0,
            action=change.action,
            state=State.PENDING if terms.required else State.APPROVED,
            requester=actor,
            team=team,
            channel=channel,
            host=change.host,
            reason=change.reason,
            effects=change.effects,
            terms=terms,
            items=tuple(
                Item(at, target, nonce="")
                for at, target in enumerate(change.targets, start=1)
            ),
            reviews=(),
            created_at=now,
            expires_at=now + self.policy.expires,
            finished_at=None,
            attempt=0,
            revision=0,
            outcome="",
            card=None,
            undoes=change.undoes,
        )

    def reason_required(self, action: Action, registry: str, repository: str) -> bool:
        """Must such a change say why; of a repository not chosen yet: usually."""
        if not repository:
            return self.policy.approvals.reason == "required"
        return self.policy.reason_required(action, registry, repository)

    def _lacks_a_reason(self, change: Change, actor: str) -> bool:
        with_reason = replace(change, reason=_ANY_REASON)
        answer = self.policy.may_submit(with_reason, actor)
        return not change.reason and not isinstance(answer, Refused)
