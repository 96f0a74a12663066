from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.errors import ConfigurationError, UnavailableError
from bot.metrics import Metrics
from bot.notifications.door import MIN_TOKEN, NotificationDoor, read_token
from tests.factories import make_settings
from tests.notifications.events import deleted, envelope, pushed
from tests.world import World

TOKEN = "token-of-the-registry-0123456789"


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def door(bot: World, metrics: Metrics) -> NotificationDoor:
    return NotificationDoor(
        SecretStr(TOKEN),
        bot.services.registries,
        bot.services.notifications,
        metrics,
    )


def counted(metrics: Metrics, result: str) -> float:
    name, labels = "registry_bot_notifications_total", {"result": result}
    return metrics.collectors.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    "header",
    [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"  BEARER   {TOKEN} "],
)
def test_who_knows_the_token_is_let_in(door: NotificationDoor, header: str) -> None:
    assert door.lets_in(header.encode())


@pytest.mark.parametrize(
    "header",
    [
        "",
        TOKEN,
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN} {TOKEN}",
        f"Bearer {TOKEN.upper()}",
        "Bearer é",
        "Bearer \0",
    ],
)
def test_who_does_not_is_refused_and_counted(
    door: NotificationDoor, metrics: Metrics, header: str
) -> None:
    with capture_logs() as logs:
        assert not door.lets_in(header.encode("latin-1"))
    assert counted(metrics, "refused") == 1
    assert [each["event"] for each in logs] == ["notifications.refused"]
    assert TOKEN not in str(logs)


async def test_what_is_taken_is_said_in_numbers(
    door: NotificationDoor, metrics: Metrics
) -> None:
    body = envelope(pushed(), deleted("1.2"), {"action": "pull"}, deleted("a b"))
    assert await door.take("", body) == (
        202,
        "2 new, 0 known, 1 of no interest, 1 odd",
    )
    assert await door.take("", body) == (
        202,
        "0 new, 2 known, 1 of no interest, 1 odd",
    )
    assert counted(metrics, "accepted") == 2


async def test_address_says_which_registry_tells_and_the_content_does_not(
    bot: World, door: NotificationDoor
) -> None:
    host = {"host": "other.example.com:5000"}
    assert (await door.take("", envelope(pushed(request=host))))[0] == 202
    assert set(await bot.services.notifications.newest()) == {"main"}
    assert (await door.take("spare", envelope(pushed())))[0] == 202
    assert set(await bot.services.notifications.newest()) == {"main", "spare"}


async def test_registry_that_is_not_configured_is_refused(
    bot: World, door: NotificationDoor, metrics: Metrics
) -> None:
    status, said = await door.take("nobody", envelope(pushed()))
    assert status == 400
    assert "registry" in said
    assert counted(metrics, "malformed") == 1
    assert await bot.services.notifications.newest() == {}


async def test_what_is_no_envelope_is_refused_and_not_repeated_in_the_answer(
    door: NotificationDoor, metrics: Metrics
) -> None:
    with capture_logs() as logs:
        status, said = await door.take("", b'"secret of somebody')
    assert status == 400
    assert "secret" not in said + str(logs)
    assert counted(metrics, "malformed") == 1


async def test_what_cannot_be_stored_is_not_called_taken(
    bot: World,
    door: NotificationDoor,
    metrics: Metrics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def away(*_: object) -> None:
        raise UnavailableError("The database is away")

    monkeypatch.setattr(bot.services.notifications, "take", away)
    assert await door.take("", envelope(pushed())) == (503, "It cannot be stored now")
    assert counted(metrics, "not_stored") == 1


def test_without_a_token_there_is_no_door() -> None:
    assert read_token(make_settings()) is None


def test_token_is_read_without_its_line_end(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    found = read_token(make_settings(notifications={"token_file": path}))
    assert found is not None
    assert found.get_secret_value() == TOKEN
    assert TOKEN not in repr(found)


def test_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("x" * (MIN_TOKEN - 1))
    with pytest.raises(ConfigurationError, match="shorter than 16") as refused:
        read_token(make_settings(notifications={"token_file": path}))
    assert "openssl" in refused.value.hint


def test_token_that_is_not_there_is_refused(tmp_path: Path) -> None:
    settings = make_settings(notifications={"token_file": tmp_path / "none"})
    with pytest.raises(ConfigurationError):
        read_token(settings)
