"""The config of an image: what `inspect` shows of it, and nothing secret (pure).

Environment values and build arguments often are secrets, so the values do not get in:
`env_names` holds names, and history lines lose the values of ENV and of build
arguments. What a `RUN` line itself spells out is shown as the image shows it to
everyone who pulls.

https://github.com/opencontainers/image-spec/blob/v1.1.0/config.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.registry import wire
from bot.wording import Wording

_WHAT = Wording("sent-config")

# `/bin/sh -c #(nop)  ENV A=b c=d` (classic builder), `ENV A=b` (BuildKit).
_ENV = re.compile(
    r"^(?P<head>(?:/bin/sh -c #\(nop\)\s+)?(?:ENV|ARG)\s+)(?P<rest>.*)$", re.S
)
# `|2 TOKEN=x URL=y /bin/sh -c make` (classic), `RUN |2 TOKEN=x URL=y /bin/sh -c make`.
_ARGUMENTS = re.compile(
    r"^(?P<head>(?:RUN )?\|\d+ )(?P<rest>.*?)(?P<tail> /bin/\w+ -.*)?$", re.S
)
_ASSIGNED = re.compile(r"([A-Za-z_][A-Za-z0-9_.-]*)=")


@dataclass(frozen=True)
class History:
    """One step of the build."""

    created: datetime | None
    created_by: str
    comment: str
    empty_layer: bool


@dataclass(frozen=True)
class ImageConfig:
    """What an image says about itself."""

    created: datetime | None = None
    architecture: str = ""
    os: str = ""
    variant: str = ""
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    env_names: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    user: str = ""
    working_dir: str = ""
    exposed_ports: tuple[str, ...] = ()
    history: tuple[History, ...] = ()

    @property
    def platform(self) -> str:
        """`linux/arm64/v8`, or empty where the config does not say."""
        if not self.os and not self.architecture:
            return ""
        return "/".join(filter(None, [self.os, self.architecture, self.variant]))


def parse_image_config(body: bytes) -> ImageConfig:
    """Read a config blob.

    Artifacts (charts, signatures) have configs of other kinds: what is missing stays
    empty.

    Raises:
        RegistryProtocolError: it is not a JSON object or a field has another type.
    """
    value = wire.load_object(body, _WHAT)
    inner = wire.table(value, "config", _WHAT)
    return ImageConfig(
        created=_time(wire.text(value, "created", _WHAT)),
        architecture=wire.text(value, "architecture", _WHAT),
        os=wire.text(value, "os", _WHAT),
        variant=wire.text(value, "variant", _WHAT),
        entrypoint=_words(inner, "Entrypoint"),
        cmd=_words(inner, "Cmd"),
        env_names=tuple(
            entry.partition("=")[0] for entry in wire.texts(inner, "Env", _WHAT)
        ),
        labels=wire.pairs(inner, "Labels", _WHAT),
        user=wire.text(inner, "User", _WHAT),
        working_dir=wire.text(inner, "WorkingDir", _WHAT),
        exposed_ports=tuple(sorted(wire.table(inner, "ExposedPorts", _WHAT))),
        history=tuple(
            History(
                created=_time(wire.text(step, "created", _WHAT)),
                created_by=hide_values(wire.text(step, "created_by", _WHAT)),
                comment=wire.text(step, "comment", _WHAT),
                empty_layer=step.get("empty_layer") is True,
            )
            for step in wire.objects(value, "history", _WHAT)
        ),
    )


def hide_values(created_by: str) -> str:
    """A history line without the values of ENV, ARG and build arguments."""
    if match := _ENV.match(created_by):
        return match["head"] + _names_only(match["rest"])
    if match := _ARGUMENTS.match(created_by):
        return match["head"] + _names_only(match["rest"]) + (match["tail"] or "")
    return created_by


def _names_only(assignments: str) -> str:
    names = _ASSIGNED.findall(assignments)
    if not names:
        # `ENV NAME value`, or `ARG NAME`: the first word is the name.
        name, space, _ = assignments.partition(" ")
        return f"{name}=***" if space else name
    return " ".join(f"{name}=***" for name in names)


def _words(inner: wire.Object, key: str) -> tuple[str, ...]:
    # Old builders wrote a lone string where the specification has a list.
    if isinstance(inner.get(key), str):
        return (wire.text(inner, key, _WHAT),)
    return wire.texts(inner, key, _WHAT)


def _time(written: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(written)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # Go's zero time: nobody set it.
    return None if moment.year <= 1 else moment
