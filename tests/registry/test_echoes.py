from __future__ import annotations

import base64

import pytest

from bot.registry.echoes import body_without, secrets_of, without


def basic(pair: bytes) -> str:
    return f"Basic {base64.b64encode(pair).decode()}"


@pytest.mark.parametrize(
    ("authorization", "secrets"),
    [
        ("", ()),
        ("Bearer", ()),
        ("Bearer a.long.token", ("a.long.token",)),
        (basic(b"ci:correct-horse"), ("Y2k6Y29ycmVjdC1ob3JzZQ==", "correct-horse")),
        (basic(b"ci:with:colon"), ("Y2k6d2l0aDpjb2xvbg==", "with:colon")),
        (basic(b"ci:short"), ("Y2k6c2hvcnQ=",)),
        (basic(b"ci:\xff\xfe\xff\xfe\xff\xfe"), ("Y2k6//7//v/+",)),
        ("Basic !not-base-64", ("!not-base-64",)),
    ],
)
def test_what_of_a_header_nobody_may_see(
    authorization: str, secrets: tuple[str, ...]
) -> None:
    assert secrets_of(authorization) == secrets


def test_all_of_it_is_replaced_wherever_it_stands() -> None:
    secrets = secrets_of(basic(b"ci:correct-horse"))
    said = f"sent {basic(b'ci:correct-horse')} (ci:correct-horse), correct-horse"
    assert without(said, secrets) == "sent Basic *** (ci:***), ***"
    assert body_without(said.encode(), secrets) == b"sent Basic *** (ci:***), ***"
    assert body_without(b"nothing \xff", ()) == b"nothing \xff"
