"""Sealed tokens: which keys open them, and for whom."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.errors import ConfigurationError, UnavailableError
from bot.slack.sealing import Seal

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()
TOKEN = "xoxb-very-secret"


def seal(*keys: str) -> Seal:
    return Seal(SecretStr(" ".join(keys)))


def test_a_token_comes_back_for_its_workspace() -> None:
    sealed = seal(NEW).close("T1", TOKEN)
    assert TOKEN not in sealed
    assert seal(NEW).open("T1", sealed) == TOKEN


def test_the_same_token_never_looks_the_same() -> None:
    assert seal(NEW).close("T1", TOKEN) != seal(NEW).close("T1", TOKEN)


def test_another_workspace_does_not_get_it() -> None:
    sealed = seal(NEW).close("T1", TOKEN)
    with pytest.raises(UnavailableError, match="workspace T2"):
        seal(NEW).open("T2", sealed)


@pytest.mark.parametrize("sealed", ["", "x", TOKEN, "gAAAAAB" + "x" * 100])
def test_what_is_no_seal_is_not_opened(sealed: str) -> None:
    with pytest.raises(UnavailableError, match="cannot be read") as caught:
        seal(NEW).open("T1", sealed)
    assert TOKEN not in str(caught.value)


def test_a_new_key_first_and_the_old_one_behind_it() -> None:
    before = seal(OLD).close("T1", TOKEN)
    both = Seal(SecretStr(f"{NEW},{OLD}"))
    assert both.open("T1", before) == TOKEN
    assert both.stale(before)
    after = both.close("T1", TOKEN)
    assert not both.stale(after)
    assert seal(NEW).open("T1", after) == TOKEN
    with pytest.raises(UnavailableError):
        seal(OLD).open("T1", after)


@pytest.mark.parametrize(
    "keys", ["", "short", f"{NEW} short", "ä" * 44], ids=["none", "short", "one", "odd"]
)
def test_a_wrong_key_is_told_without_being_shown(keys: str) -> None:
    with pytest.raises(ConfigurationError, match="SLACK_TOKEN_KEY") as caught:
        Seal(SecretStr(keys))
    assert caught.value.__cause__ is None
    assert not keys or keys not in caught.value.message + caught.value.hint
