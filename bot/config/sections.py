"""The sections of the settings file, one class each.

The names are the outside interface (`docs/settings.md`, generated from here).
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)

_DURATION = re.compile(r"(\d{1,6})([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = timedelta(weeks=520)


def parse_duration(value: str) -> timedelta:
    """A number with `s`, `m`, `h`, `d` or `w` behind it.

    Raises:
        ValueError: anything else, nothing at all (`0h`), or more than ten years.
    """
    match = _DURATION.fullmatch(value.strip())
    if not match or int(match[1]) == 0:
        raise ValueError(f"{value!r} is not a duration; write 90s, 15m, 24h, 30d or 2w")
    duration = timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    if duration > _LONGEST:
        raise ValueError(f"{value!r} is too long a duration; 520w is the most")
    return duration


def _duration(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    # A bare number would be seconds to one person and hours to the next.
    return parse_duration(value if isinstance(value, str) else repr(value))


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SlackSettings(_Section):
    """`[slack]`"""

    command: str = Field("/registry", description="The slash command, as set in Slack.")
    language: Literal["en", "de"] = Field(
        "en",
        description="Of messages to channels; a person is answered in the language of "
        "their Slack, in this one where that is none of ours.",
    )
    home: str = Field(
        "",
        pattern=r"^(T[A-Z0-9]{1,30})?$",
        description="Several workspaces: id of the one `SLACK_BOT_TOKEN` is of, "
        "whose people approve.",
    )
    workspaces: tuple[Annotated[str, Field(pattern=r"^T[A-Z0-9]{1,30}$")], ...] = Field(
        (),
        description="Ids of the others, in which the app may be installed and whose "
        "full members may use the command.",
    )
    redirect_url: str = Field(
        "",
        pattern=r"^(https?://\S+/slack/oauth_redirect)?$",
        description="`https://…/slack/oauth_redirect`, as set in the Slack app.",
    )
    token_key_file: Path | None = Field(
        None, description="Holds what `SLACK_TOKEN_KEY` would."
    )


class RegistrySettings(_Section):
    """`[registries.NAME]`"""

    url: SecretStr = Field(
        description="Address. `https://user:password@host` is understood; "
        "the two are taken out of it at once."
    )
    default: bool = Field(False, description="References without a registry mean it.")
    username: str = Field("", description="For basic or token authentication.")
    password: SecretStr | None = Field(None, description="Better: `password_file`.")
    password_file: Path | None = Field(None, description="Holds the password.")
    docker_config: Path | None = Field(
        None, description="A docker `config.json`, or an old `.dockercfg`."
    )
    api: Literal["auto", "v2", "v1"] = Field("auto", description="Which API it speaks.")
    ca_file: Path | None = Field(None, description="CA certificates to trust, PEM.")
    insecure: bool = Field(False, description="Do not verify TLS certificates.")
    token_realms: tuple[str, ...] = Field(
        (), description="Extra hosts (`host` or `host:port`) the token realm may be on."
    )
    concurrency: int = Field(8, ge=1, le=64, description="Requests at once.")
    timeout: Duration = Field(
        timedelta(seconds=30), description="For one answer of the registry."
    )

    @model_validator(mode="after")
    def _one_source_of_credentials(self) -> Self:
        given = [self.password, self.password_file, self.docker_config]
        if sum(item is not None for item in given) > 1:
            raise ValueError("give one of password, password_file, docker_config")
        return self


class AccessSettings(_Section):
    """`[access]`"""

    use: tuple[str, ...] = Field(
        ("members",),
        description="Who may use the command: `members` (full members), "
        "or Slack ids of users and user groups.",
    )


Actions = Literal["delete", "prune", "retag", "copy", "undo"]


class ApprovalRule(_Section):
    """`[[approvals.rules]]`; the first that matches wins."""

    match: str = Field(description="Glob over `repository`, or `registry/repository`.")
    actions: tuple[Actions, ...] = Field(
        ("delete", "prune", "retag", "copy"),
        description='Which changes it is about; "undo" too, where it is named.',
    )
    required: int | None = Field(None, ge=1, le=20, description="Approvals needed.")
    approvers: tuple[str, ...] | None = Field(
        None, description="Users and user groups, instead of the general ones."
    )
    self_approval: bool | None = Field(
        None, description="May the requester approve, instead of the general answer."
    )
    reason: Literal["optional", "required"] | None = Field(
        None, description="Must a reason be given, instead of the general answer."
    )


class ApprovalSettings(_Section):
    """`[approvals]`"""

    channel: str = Field(
        "",
        description="Channel id for the cards; empty: where the command was given, and "
        "to the requester alone where that is no channel.",
    )
    approvers: tuple[str, ...] = Field(
        (), description="Slack ids of users and user groups. Empty: nobody can approve."
    )
    required: int = Field(1, ge=1, le=20, description="Approvals needed.")
    self_approval: bool = Field(False, description="May one approve one's own request.")
    expires: Duration = Field(
        timedelta(hours=24), description="A request nobody decided on ends then."
    )
    remind_after: Duration | None = Field(
        None,
        description="Approvers are reminded then, and in growing gaps after; never "
        "without it.",
    )
    break_glass: tuple[str, ...] = Field(
        (),
        description="Slack ids of users and user groups who may have a change done "
        "without approval (`--break-glass`), for a reason; it is announced in "
        "`channel`, which has to be set.",
    )
    reason: Literal["optional", "required"] = Field(
        "optional", description="Must every change give a reason."
    )
    rules: tuple[ApprovalRule, ...] = ()

    @model_validator(mode="after")
    def _glass_is_heard(self) -> Self:
        if self.break_glass and not self.channel:
            raise ValueError(
                "break_glass needs channel: what is done without approval is "
                "announced there, and nobody may do it unseen"
            )
        return self


class ProtectSettings(_Section):
    """`[protect]`: never deleted, whoever approves."""

    tags: tuple[str, ...] = Field((), description="Globs over tags.")
    repositories: tuple[str, ...] = Field((), description="Globs over repositories.")


class CatalogSettings(_Section):
    """`[catalog]`"""

    refresh: Duration = Field(
        timedelta(hours=1), description="How often the registry's catalog is walked."
    )
    contents: int = Field(
        200,
        ge=0,
        le=100_000,
        description="Repositories whose contents (manifests and sizes, for `usage`) "
        "are read behind each walk, those never read first; 0 turns it off.",
    )


class WorkerSettings(_Section):
    """`[workers]`: several processes on PostgreSQL."""

    silent_for: Duration = Field(
        timedelta(seconds=10),
        ge=timedelta(seconds=1),
        le=timedelta(hours=1),
        description="A process that was not heard of for so long is taken to be dead, "
        "and others go on with its changes.",
    )


class NotificationSettings(_Section):
    """`[notifications]`"""

    token_file: Path | None = Field(
        None,
        description="Holds the bearer token with which registries tell of pushes and "
        "deletions, at least 16 characters ([notifications.md](notifications.md)). "
        "`POST /registry/notifications` is not served without it.",
    )
