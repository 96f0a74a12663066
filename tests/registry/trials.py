"""One operation against one fault, and everything that is wrong with how it ended.

What must hold, whatever the registry does:

1. It ends: in the right result, or in an error of the right kind that says what to try.
   Nothing else is raised, nothing hangs, and the time it would have taken is bounded.
2. A read that a fault passes by comes through; a harmless oddity is no error.
3. Credentials reach the registry's own origin and nobody else; no cookie is kept; no
   secret is in an error.
4. A write goes over the wire once. Of an answer without end, no more than a limit is
   read.
5. Every tag and manifest is as it was, or as it should be. What is reported as done is
   done, completely; a placeholder that could not be taken away is told of.
6. Once the registry is well again, the same call brings it to its end.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bot.errors import BotError
from bot.registry.errors import RegistryError
from tests.registry.breaking import GIG
from tests.registry.faults import ALIKE
from tests.registry.faulty import OTHER, OWN, Fault, FaultyTransport, Sent
from tests.registry.hurry import hurry
from tests.registry.operations import Operation
from tests.registry.stage import (
    LIMITS,
    OTHER_PASSWORD,
    PASSWORD,
    PLACEHOLDER,
    USER,
    State,
)

PATIENCE = 900.0
"""Seconds one operation may take at worst, with a registry that lets every request run
into its time limit."""

SHORT = 3
"""Requests of an operation that meets every fault; longer ones leave out `ALIKE`."""

_BLOB = "/blobs/sha256:"

_BIGGEST = max(
    LIMITS.manifest_bytes,
    LIMITS.catalog_page_bytes,
    LIMITS.tags_page_bytes,
    LIMITS.config_bytes,
)


def _basic(password: str) -> str:
    return base64.b64encode(f"{USER}:{password}".encode()).decode()


SECRETS = (PASSWORD, OTHER_PASSWORD, _basic(PASSWORD), _basic(OTHER_PASSWORD))
_OWNERS = {
    OWN: (PASSWORD, _basic(PASSWORD)),
    OTHER: (OTHER_PASSWORD, _basic(OTHER_PASSWORD)),
}


@dataclass(frozen=True)
class Ended:
    """How an operation ended: in a value or in an error, and after how long."""

    value: object = None
    error: BotError | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Honest:
    """What an operation comes to when nothing is wrong.

    Attributes:
        ended: in what.
        before: what was where before.
        after: and after it.
        requests: how many it took.
    """

    ended: Ended
    before: State
    after: State
    requests: int


def perform(operation: Operation, stage: Any) -> Ended:
    """Call it; errors that are not for people are raised."""

    async def work() -> Ended:
        try:
            return Ended(value=await operation.run(stage))
        except BotError as error:
            return Ended(error=error)

    ended, seconds = hurry(work())
    return replace(ended, seconds=seconds)


def wire_of(operation: Operation, stage: Any) -> FaultyTransport:
    return stage.source_wire if operation.at_source else stage.wire


def state_of(operation: Operation, stage: Any) -> State:
    made = {name: operation.normal(body) for name, body in stage.state().items()}
    return {name: body for name, body in made.items() if body is not None}


@cache
def honest(operation: Operation) -> Honest:
    """Call it where nothing is wrong."""
    stage = operation.stage()
    before = state_of(operation, stage)
    ended = perform(operation, stage)
    asked = wire_of(operation, stage).asked
    return Honest(ended, before, state_of(operation, stage), asked)


def strikes(operation: Operation, fault: Fault) -> Iterator[tuple[int, int | None]]:
    """The first and last request to strike: each one alone, and from each one on.

    A read that meets a fault for ever is in the same place wherever that began.
    """
    requests = honest(operation).requests
    if requests > SHORT and fault.name in ALIKE:
        return
    for number in range(1, requests + 1):
        yield number, number
        if number == 1 or operation.writes:
            yield number, None


def complaints(
    operation: Operation, fault: Fault, first: int, last: int | None
) -> list[str]:
    """Let it strike, and say what of the above does not hold."""
    stage = operation.stage()
    wire = wire_of(operation, stage)
    wire.plan(fault, first, last)
    ended = perform(operation, stage)
    found = [
        *_outcome(operation, fault, wire, ended, once=first == last),
        *_secrets(ended),
        *_leaks(stage.wire.sent),
        *_leaks(stage.source_wire.sent),
        *_elsewhere(wire),
        *_repeated(operation, stage.wire.sent),
        *_state(operation, stage, ended),
    ]
    if ended.seconds > PATIENCE:
        found.append(f"takes {ended.seconds:.0f} s")
    if wire.poured > len(wire.sent) * (_BIGGEST + 2 * len(GIG)):
        found.append(f"reads {wire.poured} bytes of what has no end")
    if operation.writes and state_of(operation, stage) != honest(operation).after:
        stage.reconnect()
        found += _again(operation, stage)
    how = f"{operation} / {fault} / from {first} to {last}: "
    return [how + each for each in found]


def _outcome(
    operation: Operation,
    fault: Fault,
    wire: FaultyTransport,
    ended: Ended,
    *,
    once: bool,
) -> Iterator[str]:
    wanted = honest(operation).ended
    survives = fault.passes and once and bool(wire.struck) and wire.struck[0].is_read
    if ended.error is not None:
        if wanted.error is not None and type(ended.error) is type(wanted.error):
            return
        if not isinstance(ended.error, (*fault.ends_in, *operation.also)):
            yield f"ends in {_shown(ended.error)}"
        elif fault.harmless or survives:
            yield f"does not come through: {_shown(ended.error)}"
        if not ended.error.hint:
            yield f"has no hint: {_shown(ended.error)}"
        return
    if wanted.error is not None:
        yield f"succeeds where it cannot: {ended.value!r:.200}"
    elif str(operation) not in fault.believed and not operation.acceptable(
        ended.value, wanted.value
    ):
        yield f"answers {ended.value!r:.200}"


def _secrets(ended: Ended) -> Iterator[str]:
    error = ended.error
    if error is None:
        return
    texts = [str(error), repr(error), error.message, error.hint]
    if isinstance(error, RegistryError):
        texts += [error.detail, error.code, error.registry]
    if any(secret in text for secret in SECRETS for text in texts):
        yield f"shows a secret: {texts}"


def _leaks(sent: Sequence[Sent]) -> Iterator[str]:
    for each in sent:
        url = str(each.url)
        mine = next(
            (own for origin, own in _OWNERS.items() if url.startswith(f"{origin}/")), ()
        )
        if any(each.holds(secret) for secret in SECRETS if secret not in mine):
            yield f"sends a secret to {url}"
        names = {name for name, _ in each.headers}
        if not mine and "authorization" in names:
            yield f"sends credentials to {url}"
        if not mine and not each.is_read:
            yield f"sends a write to {url}"
        if "cookie" in names:
            yield f"sends a cookie to {url}"


def _elsewhere(wire: FaultyTransport) -> Iterator[str]:
    """Only a blob may be on another host, and only where a redirect says so."""
    blobs = [each for each in wire.struck if each.is_read and _BLOB in each.url.path]
    away = [each for each in wire.sent if not str(each.url).startswith(wire.origin)]
    away += [each for each in wire.sent if each.url.userinfo]
    if len(away) > len(blobs):
        yield f"goes to {[str(each.url) for each in away]}"


def _repeated(operation: Operation, sent: Sequence[Sent]) -> Iterator[str]:
    # What was answered 401 was not done, and is sent again with a login.
    steps = Counter(
        each.step for each in sent if not each.is_read and each.status != 401
    )
    for (method, target, _), times in steps.items():
        if times > operation.rounds:
            yield f"sends {method} {target} {times} times"
    refused = Counter(each.step for each in sent if not each.is_read)
    if any(times > 2 * operation.rounds for times in refused.values()):
        yield "sends a refused write again and again"


def _state(operation: Operation, stage: Any, ended: Ended) -> Iterator[str]:
    wanted, now = honest(operation), state_of(operation, stage)
    if ended.error is None and now != wanted.after and wanted.ended.error is None:
        yield f"says it is done, and {_difference(now, wanted.after)}"
    told = ended.error is not None and "COULD NOT BE PUT BACK" in ended.error.message
    for name in {*now, *wanted.before, *wanted.after}:
        body = now.get(name)
        if body in (wanted.before.get(name), wanted.after.get(name)):
            continue
        if body and PLACEHOLDER in body and (told or name[1].startswith("sha256:")):
            continue
        yield f"leaves {name} on something else: {body!r:.80}"


def _again(operation: Operation, stage: Any) -> Iterator[str]:
    ended = perform(operation, stage)
    wanted = honest(operation)
    if ended.error is not None and not isinstance(
        ended.error, (type(wanted.ended.error), *operation.done_already)
    ):
        yield f"cannot be finished afterwards: {_shown(ended.error)}"
    now = state_of(operation, stage)
    if now != wanted.after:
        yield f"is not finished afterwards: {_difference(now, wanted.after)}"


def _difference(now: State, wanted: State) -> str:
    names = {*now, *wanted}
    return ", ".join(
        f"{repository} {name} differs"
        for repository, name in sorted(names)
        if now.get((repository, name)) != wanted.get((repository, name))
    )


def _shown(error: BotError) -> str:
    return f"{type(error).__name__}: {error.message} ({error.hint})"
