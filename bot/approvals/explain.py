"""Which rule decides about a change, who may approve it, and why (pure).

For whoever writes the settings: says in words what `policy` would answer, rule by rule,
without asking for anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from bot import globs
from bot.approvals.policy import Policy, Refused, is_group, too_few
from bot.approvals.request import Terms
from bot.change import Action, Change


@dataclass(frozen=True)
class Answer:
    """One line of an explanation.

    Attributes:
        about: what the line is about (`rule`).
        said: the answer in words.
        ok: False where it would be refused.
    """

    about: str
    said: str
    ok: bool = True


def explain(policy: Policy, change: Change, actor: str) -> tuple[Answer, ...]:
    """What the settings say about a change, in the order they are asked.

    Args:
        policy: the settings.
        change: what somebody would ask for; whether its tag is free need not be known.
        actor: Slack user id of who would ask.

    Raises:
        ConfigurationError: a rule cannot be read.
    """
    found = [Answer("rule", each) for each in _rules(policy, change)]
    if change.action.removes:
        reasons = filter(None, map(policy.protected, change.targets))
        why = next(reasons, "")
        found.append(Answer("protected", str(why) or "no", ok=not why))
    terms = policy.terms_of(change)
    if isinstance(terms, Refused):
        return (*found, Answer("refused", str(terms.reason), ok=False))
    if change.action in (Action.RETAG, Action.COPY):
        found.append(Answer("free name", _who(terms)))
        moved = replace(
            change,
            targets=tuple(replace(each, replaces="taken") for each in change.targets),
        )
        taken = policy.terms_of(moved)
        assert not isinstance(taken, Refused), "one repository has one rule"
        found.append(Answer("name in use", _who(taken), ok=_approvable(taken)))
        terms = taken
    else:
        found.append(Answer("approvals", _who(terms), ok=_approvable(terms)))
    if terms.required:
        found += _about(policy, change, terms, actor)
    found.append(_glass(policy, actor))
    return tuple(found)


def _rules(policy: Policy, change: Change) -> Iterator[str]:
    """Every rule up to the one that decides, and why each does or does not."""
    repository = change.repository
    for position, rule in enumerate(policy.approvals.rules):
        name = f"approvals.rules[{position}] ({rule.match})"
        if change.action.value not in rule.actions:
            about = ", ".join(rule.actions)
            yield f"{name} is not about {change.action.value}: {about}"
        elif not globs.matches_repository(rule.match, change.registry, repository):
            yield f"{name} does not match {repository}"
        else:
            yield f"{name} decides: the first that matches"
            return
    yield "[approvals] decides: no rule matches"


def _who(terms: Terms) -> str:
    if not terms.required:
        return f"none needed: {terms.rule}"
    if not terms.approvers:
        return "cannot be given: no approvers are configured"
    named = [
        f"the user group {one}" if is_group(one) else one for one in terms.approvers
    ]
    count = "1 approval" if terms.required == 1 else f"{terms.required} approvals"
    return f"{count}, from {', '.join(named)}"


def _approvable(terms: Terms) -> bool:
    return not terms.required or bool(terms.approvers)


def _about(
    policy: Policy, change: Change, terms: Terms, actor: str
) -> Iterator[Answer]:
    if terms.self_approval:
        yield Answer("self-approval", f"{actor} may approve it too, as an approver")
    else:
        yield Answer("self-approval", f"no: {actor} cannot approve it")
    if (few := too_few(terms, actor)) is not None:
        yield Answer(
            "enough people",
            f"no: {few} can approve what {actor} asks for, {terms.required} are needed",
            ok=False,
        )
    if any(map(is_group, terms.approvers)):
        yield Answer("groups", "their members are looked up in Slack at the click")
    required = policy.reason_required(change.action, change.registry, change.repository)
    yield Answer("reason", "required" if required else "optional")


def _glass(policy: Policy, actor: str) -> Answer:
    if actor in policy.break_glass:
        said = f"{actor} may, with a reason; it is announced and recorded"
    elif groups := [one for one in policy.break_glass if is_group(one)]:
        said = f"members of {', '.join(groups)} may, with a reason"
    elif policy.break_glass:
        said = f"{actor} may not"
    else:
        said = "nobody may: approvals.break_glass is empty"
    return Answer("break-glass", said)
