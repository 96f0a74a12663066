from __future__ import annotations

import asyncio

import pytest

from bot.registry.agent import NAME, read_signature, signing, user_agent

NONCE = "a1" * 16


def test_only_writes_are_signed_and_only_inside() -> None:
    with signing(17, 3, NONCE):
        assert user_agent(writes=False) == NAME
        signed = user_agent(writes=True)
    assert signed.startswith("registry-bot (C17/3 ")
    assert NONCE not in signed
    assert user_agent(writes=True) == NAME


def test_signature_is_proved_by_its_own_nonce_alone() -> None:
    with signing(17, 3, NONCE):
        found = read_signature(user_agent(writes=True))
    assert found is not None
    assert (found.number, found.position) == (17, 3)
    assert found.proves(NONCE)
    assert not found.proves("b2" * 16)
    assert not found.proves("")


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        "docker/24.0",
        "registry-bot (C17/3)",
        "registry-bot (C17/3 9F2C31D0A7BE4455)",
        "registry-bot (C17/3 9f2c31d0a7be4455) more",
        "x registry-bot (C17/3 9f2c31d0a7be4455)",
        "registry-bot (C1٣/3 9f2c31d0a7be4455)",
        f"registry-bot (C{'9' * 16}/3 9f2c31d0a7be4455)",
    ],
)
def test_other_programs_have_no_signature(text: str) -> None:
    assert read_signature(text) is None


async def test_tasks_that_begin_inside_sign_as_well() -> None:
    async def sent() -> str:
        return user_agent(writes=True)

    with signing(1, 1, NONCE):
        one = asyncio.create_task(sent())
        with signing(1, 2, NONCE):
            two = asyncio.create_task(sent())
    assert [(await one)[:18], (await two)[:18]] == [
        "registry-bot (C1/1",
        "registry-bot (C1/2",
    ]
