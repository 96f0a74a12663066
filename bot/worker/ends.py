"""How an item ended, and the words for it on the card and in the record."""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from bot.approvals.request import ItemState
from bot.change import Target
from bot.chat.command import StepResult
from bot.errors import BotError, ConfigurationError
from bot.registry.client import Ability, Support
from bot.registry.errors import (
    DeletionDisabled,
    ManifestUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryUnauthorized,
    RepositoryUnknown,
    TargetMoved,
)

log = structlog.get_logger(__name__)

GONE = (ManifestUnknown, RepositoryUnknown)

_HOPELESS = (
    ConfigurationError,
    RegistryUnauthorized,
    RegistryForbidden,
)


@dataclass(frozen=True)
class End:
    """How an item ended.

    Attributes:
        hopeless: the items behind it would fail in the same way.
        learned: what the registry has shown that it can, or cannot.
    """

    state: ItemState
    outcome: str
    hopeless: bool = False
    learned: tuple[tuple[Ability, Support], ...] = ()


def done(outcome: str, answer: str = "") -> End:
    """It was done, or had been before."""
    return End(ItemState.DONE, f"{outcome} ({answer})" if answer else outcome)


def of_step(result: StepResult) -> End:
    """What a command's `execute` has done."""
    return replace(done(result.outcome, result.answer), learned=result.learned)


def voided(outcome: str) -> End:
    """What was approved is no longer what is there."""
    return End(ItemState.VOIDED, outcome)


def failed(error: BotError, target: Target) -> End:
    """It could not be done.

    A registry that deletes no manifests may still delete tags: what comes behind a
    manifest is tried, what comes behind a tag is not.
    """
    hopeless = isinstance(error, _HOPELESS) or (
        isinstance(error, DeletionDisabled) and bool(target.tag)
    )
    off = isinstance(error, DeletionDisabled)
    learned = ((Ability.DELETES, Support.NO),) if off else ()
    return End(ItemState.FAILED, told(error), hopeless, learned)


def of(error: BotError, target: Target, *, removes: bool) -> End:
    """What an error of a step means for its item.

    Args:
        error: what the step raised.
        target: of the item.
        removes: what is not there has been removed already; otherwise it is missing.
    """
    if isinstance(error, TargetMoved):
        return voided(told(error))
    if removes and isinstance(error, GONE):
        return done("already gone", status(error))
    return failed(error, target)


def defect(error: Exception, change: str, target: Target) -> End:
    """A defect of ours. Trying for ever would not mend it, and the person waits."""
    log.exception("execute_failed", change=change, target=str(target))
    return End(
        ItemState.FAILED,
        f"internal error ({type(error).__name__}); look at the tag and the log",
    )


def status(error: RegistryError) -> str:
    """The registry's answer in two words (`404 MANIFEST_UNKNOWN`)."""
    return " ".join(filter(None, [str(error.status or ""), error.code]))


def told(error: BotError) -> str:
    """The error as one line for card and record: what, the registry's words, a hint."""
    parts = [error.message]
    if isinstance(error, RegistryError) and (answer := status(error)):
        parts[0] += f" ({answer})"
    if error.hint:
        parts.append(error.hint.rstrip("."))
    return ". ".join(parts)
