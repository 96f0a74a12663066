"""The steps people take with a request, each of them one transaction.

State, review, audit entries and job of a step are committed together or not at all.
People are asked about (Slack) before the transaction opens; then the request is read
again inside it and moved by compare-and-set, so that of many clicks at once exactly one
has an effect and the others are told who was faster. What a worker does with an
approved request is in `approvals.execution`; showing all this to people is
`chat.courier`'s.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from bot.approvals import attention, record, store
from bot.approvals.attention import Attention
from bot.approvals.decided import conflict
from bot.approvals.delivery import delivery
from bot.approvals.doorman import Doorman
from bot.approvals.foresight import Foresight
from bot.approvals.freezing import Freezing
from bot.approvals.kept import SavedManifest
from bot.approvals.kept import store as kept
from bot.approvals.notices import Kind, NewNotice
from bot.approvals.notices import store as notices
from bot.approvals.overseeing import Overview
from bot.approvals.people import People
from bot.approvals.policy import Policy, Refused
from bot.approvals.request import Request, Review, State, Verdict
from bot.approvals.shown import Shown
from bot.approvals.standing import Standings
from bot.audit.entry import SYSTEM, NewEntry, clean
from bot.audit.store import AuditLog
from bot.change import Change
from bot.clock import Clock
from bot.db.engine import Database, Transaction
from bot.errors import ConflictError, NotFoundError, RefusedError
from bot.jobs.engine import JobEngine
from bot.wording import Wording, english


class Workflow:
    """What can be done with a request.

    `shown` is what people have been shown of it, `freezing` what holds everything up,
    `attention` what calls people to what waits, `foresight` what would become of what
    is not asked for yet, `overview` what concerns one person, `standings` what they
    may do.

    Args:
        database: where requests are.
        audit: the record.
        policy: what the settings allow.
        people: who somebody is, asked afresh when they decide.
        visitors: the same for giving commands, where an answer may be a moment old;
            `people` by default.
        clock: the time.
        jobs: gets what is approved carried out.
    """

    def __init__(
        self,
        *,
        database: Database,
        audit: AuditLog,
        policy: Policy,
        people: People,
        clock: Clock,
        jobs: JobEngine,
        visitors: People | None = None,
    ) -> None:
        self._database = database
        self._audit = audit
        self._policy = policy
        self._doorman = Doorman(policy, people, visitors or people)
        self._clock = clock
        self._jobs = jobs
        self.shown = Shown(database)
        self.freezing = Freezing(database, audit, policy, self._doorman, clock, jobs)
        self.attention = Attention(database, policy, clock)
        self.foresight = Foresight(policy, clock)
        self.overview = Overview(database, policy, self._doorman, clock)
        lately = visitors or people
        self.standings = Standings(policy, Doorman(policy, lately, lately))

    async def may_use(self, actor: str, team: str) -> None:
        """Let a person give commands, or not; see `Doorman.may_use`."""
        await self._doorman.may_use(actor, team)

    async def submit(
        self, change: Change, *, actor: str, team: str, channel: str
    ) -> Request:
        """Ask for a change; once for a delivery (see `approvals.delivery`).

        Args:
            change: what to do, with everything reviewers are shown.
            actor: who asks.
            team: their workspace.
            channel: where they asked.

        Raises:
            RefusedError: it may not be asked for; the attempt is recorded.
            ConflictError: it is an undo, and another one is under way or done.
        """
        change = replace(change, reason=clean(change.reason).strip())
        if change.glass:
            await self._must_break_glass(change, actor, team)
        answer = self._policy.may_submit(change, actor)
        terms = self._policy.terms_of(change)
        if isinstance(answer, Refused) or isinstance(terms, Refused):
            refused = answer if isinstance(answer, Refused) else terms
            assert isinstance(refused, Refused), "one of the two is"
            why = english(refused.reason)
            await self._record(record.refused_submission(change, actor, why))
            raise RefusedError(refused.reason, hint=refused.hint)
        now = self._clock.now()
        draft = store.Draft(
            change=change,
            requester=actor,
            team=team,
            channel=channel,
            terms=terms,
            created_at=now,
            expires_at=now + self._policy.expires,
            nonces=tuple(secrets.token_hex(16) for _ in change.targets),
            remind_at=attention.first_reminder(self._policy, terms, now),
            delivery=delivery(),
        )
        async with self._database.transaction() as tx:
            if change.undoes:
                await self._refuse_second_undo(tx, change.undoes)
            number, new = await store.add(tx, draft)
            request = await self._read(tx, number)
            if not new:
                return request
            entries = record.step_entries(
                request,
                "requested",
                actor=actor,
                reason=request.reason,
                outcome="needs no approval" if request.quiet else "",
            )
            await self._audit.append_all(tx, entries, now)
            if request.glass:
                await self._audit.append_all(tx, record.glass_entries(request), now)
                glass = NewNotice(
                    f"glass:{request.id}", Kind.GLASS, number, actor, request.reason
                )
                await notices.add(tx, glass, now)
            if request.state is State.APPROVED:
                await self._jobs.submit(tx, number)
        return request

    async def decide(
        self,
        number: int,
        *,
        actor: str,
        team: str,
        verdict: Verdict,
        reason: str = "",
    ) -> Request:
        """Approve or reject.

        Raises:
            NotFoundError: there is no such request.
            RefusedError: this person may not decide on it; the attempt is recorded.
            ConflictError: it is decided, expired or withdrawn already.
            UnavailableError: who may approve cannot be found out; nothing happened.
        """
        request = await self.get(number)
        await self._refuse_settled(request)
        member = await self._doorman.member(actor, team)
        is_approver = await self._doorman.is_among(request.terms.approvers, actor)
        answer = self._policy.may_review(request, actor, member, is_approver)
        reason = clean(reason).strip()
        if isinstance(answer, Refused):
            await self._record(
                *record.step_entries(
                    request,
                    "refused",
                    actor=actor,
                    reason=reason,
                    outcome=f"{verdict.value}: {english(answer.reason)}",
                )
            )
            raise RefusedError(answer.reason, hint=answer.hint)
        async with self._database.transaction() as tx:
            now = self._clock.now()
            request = await self._read(tx, number, for_update=True)
            if request.state is State.PENDING and not request.expired(now):
                review = Review(actor, verdict, now, reason)
                await self._review(tx, request, review)
                return await self._read(tx, number)
        # It was still open when people were asked about, and is not any more.
        await self._refuse_settled(request)
        raise conflict(request)

    async def cancel(self, number: int, *, actor: str) -> Request:
        """Withdraw one's own request.

        Raises:
            NotFoundError: there is no such request.
            RefusedError: it is somebody else's; the attempt is recorded.
            ConflictError: it is decided or expired already.
        """
        request = await self.get(number)
        if request.requester != actor:
            why = Wording("request-not-yours", id=request.id)
            await self._record(
                *record.step_entries(
                    request, "refused", actor=actor, outcome=f"cancel: {english(why)}"
                )
            )
            raise RefusedError(why, hint=Wording("request-not-yours.hint"))
        await self._refuse_settled(request)
        async with self._database.transaction() as tx:
            now = self._clock.now()
            request = await self._read(tx, number, for_update=True)
            # Who withdraws it knows how it ended.
            if request.state is State.PENDING and await store.step(
                tx, request, State.CANCELLED, finished_at=now, told=True
            ):
                entries = record.step_entries(request, "cancelled", actor=actor)
                await self._audit.append_all(tx, entries, now)
                return await self._read(tx, number)
        raise conflict(request)

    async def expire_due(self) -> tuple[int, ...]:
        """End all requests nobody decided on in time; their numbers."""
        async with self._database.read() as tx:
            numbers = await store.due(tx, self._clock.now())
        return tuple([number for number in numbers if await self._expire(number)])

    async def get(self, number: int) -> Request:
        """A request.

        Raises:
            NotFoundError: there is no such request.
        """
        async with self._database.read() as tx:
            return await self._read(tx, number)

    async def kept(self, request: Request) -> Mapping[int, tuple[SavedManifest, ...]]:
        """What was kept of a request's items, by position, where something was."""
        async with self._database.read() as tx:
            return await kept.all_saved(tx, request.number)

    async def undos(self, number: int) -> tuple[Request, ...]:
        """All requests to undo this one, oldest first."""
        async with self._database.read() as tx:
            return await store.undos(tx, number)

    async def waiting(
        self, *, registry: str | None, limit: int, offset: int
    ) -> tuple[tuple[Request, ...], int]:
        """What waits for a decision or its execution, oldest first, and the total."""
        async with self._database.read() as tx:
            waiting = store.WAITING
            return await store.page(
                tx, states=waiting, registry=registry, limit=limit, offset=offset
            )

    async def _review(self, tx: Transaction, request: Request, review: Review) -> None:
        """One more review, and what follows from it."""
        if any(known.reviewer == review.reviewer for known in request.reviews):
            raise ConflictError(Wording("review-twice", id=request.id))
        state = request.after(review.verdict)
        position = len(request.reviews) + 1
        await store.add_review(tx, request.number, position, review)
        ended = review.at if state is State.REJECTED else None
        if not await store.step(tx, request, state, finished_at=ended):
            raise conflict(request)
        approves = review.verdict is Verdict.APPROVE
        agreed = request.approvals + ((review.reviewer,) if approves else ())
        entries = record.step_entries(
            request,
            "approved" if approves else "rejected",
            actor=review.reviewer,
            reason=review.reason,
            approvers=agreed,
            outcome=(
                f"{len(agreed)} of {request.terms.required} approvals"
                if approves
                else "rejected"
            ),
        )
        await self._audit.append_all(tx, entries, review.at)
        if state is State.APPROVED:
            await self._jobs.submit(tx, request.number)

    async def _must_break_glass(self, change: Change, actor: str, team: str) -> None:
        """Refuse whoever is not named for it.

        Raises:
            RefusedError: they are not; the attempt is recorded.
            UnavailableError: it cannot be found out.
        """
        if await self._doorman.is_one_of(self._policy.break_glass, actor, team):
            return
        why = Wording("glass-not-allowed")
        await self._record(record.refused_submission(change, actor, english(why)))
        raise RefusedError(why, hint=Wording("glass-not-allowed.hint"))

    async def _refuse_second_undo(self, tx: Transaction, number: int) -> None:
        # The lock makes two at once wait for each other.
        await self._read(tx, number, for_update=True)
        for other in await store.undos(tx, number):
            if other.state in store.WAITING:
                raise ConflictError(
                    Wording("request-being-undone", other=other.id, id=f"C{number}"),
                    hint=Wording("request-being-undone.hint"),
                )

    async def _refuse_settled(self, request: Request) -> None:
        """Raise unless a request can still be decided; expire it where it is due.

        Raises:
            ConflictError: it cannot.
        """
        if request.expired(self._clock.now()):
            await self._expire(request.number)
            request = await self.get(request.number)
        if request.state is not State.PENDING:
            raise conflict(request)

    async def _expire(self, number: int) -> bool:
        async with self._database.transaction() as tx:
            now = self._clock.now()
            request = await self._read(tx, number, for_update=True)
            if not request.expired(now) or not await store.step(
                tx, request, State.EXPIRED, finished_at=now
            ):
                return False
            entries = record.step_entries(
                request,
                "expired",
                actor=SYSTEM,
                approvers=request.approvals,
                outcome="nobody decided in time",
            )
            await self._audit.append_all(tx, entries, now)
        return True

    async def _read(
        self, tx: Transaction, number: int, *, for_update: bool = False
    ) -> Request:
        request = await store.get(tx, number, for_update=for_update)
        if request is None:
            raise NotFoundError(
                Wording("request-unknown", id=f"C{number}"),
                hint=Wording("request-unknown.hint"),
            )
        return request

    async def _record(self, *entries: NewEntry) -> None:
        async with self._database.transaction() as tx:
            await self._audit.append_all(tx, entries, self._clock.now())
