"""What the settings allow: who must agree, what is never touched, who may use the bot.

Pure. Settings with a pattern that makes no sense are refused when they are read. Every
question has a reason in its answer, and what cannot be answered is a no: should such a
pattern get in all the same, it protects everything; an empty list of approvers approves
nothing, a person of whom nothing is known may not review.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from bot import globs
from bot.approvals.people import Member
from bot.approvals.request import Request, Terms
from bot.change import Action, Change, Target
from bot.config import (
    AccessSettings,
    ApprovalRule,
    ApprovalSettings,
    ProtectSettings,
    Settings,
)
from bot.errors import ConfigurationError
from bot.wording import Wording, Words

MEMBERS = "members"
"""In `access.use`: every full member of the workspace."""

_GLOB = Wording("policy-glob")
_GROUP = re.compile(r"S[A-Z0-9]{2,}")
_T = TypeVar("_T")


@dataclass(frozen=True)
class Allowed:
    """Yes."""


@dataclass(frozen=True)
class Refused:
    """No, with what to tell the person.

    Attributes:
        reason: one sentence without a stop.
        hint: what to try, may be empty.
    """

    reason: Words
    hint: Words = ""


Answer = Allowed | Refused


def is_group(identifier: str) -> bool:
    """Is it a user group's id (`S…`) rather than a person's (`U…`, `W…`)."""
    return _GROUP.fullmatch(identifier) is not None


@dataclass(frozen=True)
class Policy:
    """The settings that decide about changes."""

    approvals: ApprovalSettings
    protect: ProtectSettings
    access: AccessSettings

    @classmethod
    def from_settings(cls, settings: Settings) -> Policy:
        """Take what this module needs out of the settings.

        Raises:
            ConfigurationError: a pattern that makes no sense. A program whose rules
                cannot be read does not start.
        """
        for setting, pattern in _patterns(settings):
            try:
                globs.regex(pattern)
            except ValueError as error:
                raise ConfigurationError(
                    Wording(
                        "policy-setting-unreadable",
                        setting=setting,
                        problem=str(error),
                    ),
                    hint=_GLOB,
                ) from None
        return cls(settings.approvals, settings.protect, settings.access)

    @property
    def expires(self) -> timedelta:
        """How long a request waits for a decision."""
        return self.approvals.expires

    @property
    def approvers(self) -> frozenset[str]:
        """Everybody who may approve something: users and user groups."""
        named = set(self.approvals.approvers)
        for rule in self.approvals.rules:
            named.update(rule.approvers or ())
        return frozenset(named)

    @property
    def break_glass(self) -> tuple[str, ...]:
        """Who may have changes done without approval: users and user groups."""
        return self.approvals.break_glass

    def reminders(self) -> timedelta | None:
        """How long after a request its approvers are reminded first; None: never."""
        return self.approvals.remind_after

    def terms(self, action: Action, registry: str, repository: str) -> Terms:
        """The rules a request for this stands under; the first that matches wins.

        Raises:
            ConfigurationError: a rule that may be the one cannot be read.
        """
        name, rule = self._rule(action, registry, repository)
        general = self.approvals
        return Terms(
            rule=name,
            required=_first(rule.required if rule else None, general.required),
            approvers=_first(rule.approvers if rule else None, general.approvers),
            self_approval=_first(
                rule.self_approval if rule else None, general.self_approval
            ),
        )

    def terms_of(self, change: Change) -> Terms | Refused:
        """The rules a change stands under.

        What takes nothing away (a free name, an undo) needs no approval, unless a rule
        that is about such changes says so (`design/product.md`). A change over several
        repositories needs one rule for all of them: whose approval would it be?

        Raises:
            ConfigurationError: see `terms`.
        """
        found = {
            repository: self._terms(change, repository)
            for repository in change.repositories
        }
        if len(set(found.values())) > 1:
            first, second = list(dict.fromkeys(found.values()))[:2]
            return Refused(
                Wording("policy-different-rules", first=first.rule, second=second.rule),
                Wording("policy-different-rules.hint"),
            )
        return next(iter(found.values()))

    def _terms(self, change: Change, repository: str) -> Terms:
        terms = self.terms(change.action, change.registry, repository)
        ruled = self._rule(change.action, change.registry, repository)[1] is not None
        if change.glass:
            return replace(terms, rule="break-glass", required=0, approvers=())
        moves = change.replaces and change.action is not Action.UNDO
        if change.action.removes or moves or ruled:
            return terms
        return replace(terms, rule="nothing is taken away", required=0, approvers=())

    def reason_required(self, action: Action, registry: str, repository: str) -> bool:
        """Must such a change say why.

        Raises:
            ConfigurationError: see `terms`.
        """
        _, rule = self._rule(action, registry, repository)
        return (
            _first(rule.reason if rule else None, self.approvals.reason) == "required"
        )

    def protected(self, target: Target) -> Words:
        """Why nobody may remove this, a sentence; empty where somebody may."""
        found = self._protection(target)
        return found[0] if found else ""

    def protection(self, target: Target) -> Words:
        """The same without its name, for where that is said already."""
        found = self._protection(target)
        return found[1] if found else ""

    def _protection(self, target: Target) -> tuple[Wording, Wording] | None:
        try:
            for pattern in self.protect.repositories:
                if globs.matches_repository(
                    pattern, target.registry, target.repository
                ):
                    return _protected(
                        target.repository, "protect.repositories", pattern
                    )
            for pattern in self.protect.tags:
                if target.tag and globs.matches(pattern, target.tag):
                    return _protected(str(target), "protect.tags", pattern)
        except ValueError as error:
            problem = str(error)
            return (
                Wording("protected-broken", what=str(target), problem=problem),
                Wording("protected-broken.short", problem=problem),
            )
        return None

    def may_submit(self, change: Change, actor: str) -> Answer:
        """May this person ask for this at all.

        Raises:
            ConfigurationError: see `terms`.
        """
        for target in change.targets if change.action.removes else ():
            if reason := self.protected(target):
                return Refused(reason, Wording("protected.hint"))
        for tags, would in (
            (change.effects.lost_tags, "policy-take-along"),
            (change.effects.broken, "policy-break"),
        ):
            for tag in tags:
                along = Target(change.registry, change.repository, tag, "")
                # An index without a tag is told by its digest, which no rule is about.
                if ":" not in tag and (reason := self.protected(along)):
                    return Refused(
                        Wording(would, what=str(along), why=reason),
                        Wording("protected.hint"),
                    )
        terms = self.terms_of(change)
        if isinstance(terms, Refused):
            return terms
        if change.glass and not change.reason.strip():
            return Refused(
                Wording("policy-glass-reason"), Wording("policy-glass-reason.hint")
            )
        if not terms.required:
            return Allowed()
        if not change.reason.strip() and any(
            self.reason_required(change.action, change.registry, repository)
            for repository in change.repositories
        ):
            return Refused(Wording("policy-reason"), Wording("policy-reason.hint"))
        if not terms.approvers:
            setting = self._setting(change, "approvers")
            return Refused(
                Wording("policy-no-approvers"),
                Wording("policy-no-approvers.hint", setting=setting),
            )
        few = too_few(terms, actor)
        return Allowed() if few is None else self._hopeless(change, terms, few, actor)

    def _hopeless(self, change: Change, terms: Terms, few: int, actor: str) -> Refused:
        own = actor in terms.approvers and not terms.self_approval
        hint = "policy-too-few.own" if own else "policy-too-few.hint"
        return Refused(
            Wording(
                "policy-too-few",
                count=few,
                required=terms.required,
                own="yes" if own else "no",
            ),
            Wording(
                hint,
                count=few,
                approvers=self._setting(change, "approvers"),
                required=self._setting(change, "required"),
                own=self._setting(change, "self_approval"),
            ),
        )

    def may_review(
        self, request: Request, actor: str, member: Member, is_approver: bool
    ) -> Answer:
        """May this person decide on this request.

        Args:
            request: what it is about, still pending.
            actor: who wants to decide.
            member: the same person, as Slack knows them now.
            is_approver: are they among `request.terms.approvers`, asked now.
        """
        if member.user_id != actor or not member.full:
            why = member.why_not or Wording("member-not-full")
            return Refused(
                Wording("review-not-member", id=request.id, why=why),
                Wording("review-not-member.hint"),
            )
        if actor == request.requester and not request.terms.self_approval:
            return Refused(
                Wording("review-own", id=request.id), Wording("review-own.hint")
            )
        if not is_approver:
            return Refused(
                Wording("review-no-approver", id=request.id),
                Wording("review-no-approver.hint", rule=request.terms.rule),
            )
        if any(review.reviewer == actor for review in request.reviews):
            return Refused(
                Wording("review-twice", id=request.id), Wording("review-twice.hint")
            )
        return Allowed()

    def _rule(
        self, action: Action, registry: str, repository: str
    ) -> tuple[str, ApprovalRule | None]:
        for position, rule in enumerate(self.approvals.rules):
            if action.value not in rule.actions:
                continue
            try:
                covered = globs.matches_repository(rule.match, registry, repository)
            except ValueError as error:
                # It may have been the strict one: nothing is decided without it.
                raise ConfigurationError(
                    Wording(
                        "policy-rule-unreadable",
                        rule=f"approvals.rules[{position}]",
                        problem=str(error),
                    ),
                    hint=_GLOB,
                ) from None
            if covered:
                return f"approvals.rules[{position}] ({rule.match})", rule
        return "approvals", None

    def _setting(self, change: Change, name: str) -> str:
        """Where one of the terms of a change stands: `approvals.rules[0].required`."""
        where, rule = self._rule(change.action, change.registry, change.repository)
        special = rule is not None and getattr(rule, name) is not None
        return f"{where.split(' ')[0] if special else 'approvals'}.{name}"


def too_few(terms: Terms, actor: str) -> int | None:
    """How many may approve what somebody asks for, where that can never be enough.

    None where it can be: also where a user group may approve, whose members are looked
    up when one of them decides.
    """
    may = set(terms.approvers)
    if not terms.self_approval:
        may.discard(actor)
    if any(map(is_group, may)) or len(may) >= terms.required:
        return None
    return len(may)


def may_use(use: Sequence[str], member: Member, groups: frozenset[str]) -> Answer:
    """May this person give commands.

    Args:
        use: `access.use`.
        member: the person, as Slack knows them now.
        groups: those user groups of `use` the person is in.
    """
    if member.user_id in use or groups & set(use):
        return Allowed()
    if MEMBERS in use and member.full:
        return Allowed()
    said = Wording("use-not-allowed")
    if member.why_not:
        said = Wording("use-not-allowed.why", why=member.why_not)
    return Refused(said, Wording("use-not-allowed.hint"))


def _patterns(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every glob of the settings, with the name of the setting it stands in."""
    for position, rule in enumerate(settings.approvals.rules):
        yield f"approvals.rules[{position}].match", rule.match
    for pattern in settings.protect.tags:
        yield "protect.tags", pattern
    for pattern in settings.protect.repositories:
        yield "protect.repositories", pattern


def _protected(what: str, setting: str, pattern: str) -> tuple[Wording, Wording]:
    return (
        Wording("protected", what=what, setting=setting, pattern=pattern),
        Wording("protected.short", setting=setting, pattern=pattern),
    )


def _first(special: _T | None, general: _T) -> _T:
    return general if special is None else special
