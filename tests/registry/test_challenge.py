from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.challenge import Challenge, choose, parse_challenges
from bot.registry.errors import RegistryProtocolError
from tests.registry.cases import group

CASES = [
    *group("auth.regclient"),
    *group("auth.containers_image"),
    *group("auth.reg"),
]


@pytest.mark.parametrize("case", CASES)
def test_challenges_of_the_field(case: dict[str, Any]) -> None:
    if case.get("name") == "Missing commas":
        # known_conflicts advises: be lenient, keep the realm.
        (found,) = parse_challenges(case["headers"])
        assert (found.scheme, found.get("realm")) == ("basic", "Dev")
        return
    if not case["ok"]:
        with pytest.raises(RegistryProtocolError) as caught:
            parse_challenges(case["headers"])
        assert caught.value.hint
        return
    found = [
        (each.scheme, dict(each.params)) for each in parse_challenges(case["headers"])
    ]
    assert found == [(each["scheme"], each["params"]) for each in case["challenges"]]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", []),
        (" , ,", []),
        ("Negotiate", [("negotiate", {})]),
        ("Negotiate, Basic realm=x", [("negotiate", {}), ("basic", {"realm": "x"})]),
        ("Negotiate YII==, Basic realm=x", None),
        (r'Basic realm="a \"b\" c"', [("basic", {"realm": 'a "b" c'})]),
        (
            'Bearer realm = "x" , scope="a,b"',
            [("bearer", {"realm": "x", "scope": "a,b"})],
        ),
        ("Basic realm=", [("basic", {})]),
    ],
)
def test_odd_headers(header: str, found: list[Any] | None) -> None:
    challenges = parse_challenges([header])
    if found is None:
        assert challenges[-1] == Challenge("basic", (("realm", "x"),))
        return
    assert [(each.scheme, dict(each.params)) for each in challenges] == found


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (["realm=x"], "starts with a parameter"),
        (["=x"], "without a name"),
        (['Basic realm="'], "open quote"),
        (["Basic realm=" + "x" * 9000], "too long"),
        (["Basic, " * 20], "too many"),
    ],
)
def test_what_has_no_one_meaning_is_refused(headers: list[str], why: str) -> None:
    with pytest.raises(RegistryProtocolError, match=why):
        parse_challenges(headers)


def test_bearer_is_preferred_whatever_the_order() -> None:
    basic, bearer = Challenge("basic"), Challenge("bearer")

    assert choose([basic, bearer]) is bearer
    assert choose([bearer, basic]) is bearer
    assert choose([Challenge("negotiate"), basic]) is basic
    assert choose([Challenge("negotiate")]) is None


def test_of_two_the_first_is_answered() -> None:
    first = Challenge("bearer", (("realm", "one"),))

    assert choose([first, Challenge("bearer", (("realm", "two"),))]) is first


def test_the_first_of_a_doubled_parameter_counts() -> None:
    (found,) = parse_challenges(["Bearer realm=one, realm=two"])

    assert found.get("realm") == "one"
    assert found.get("scope") == ""


@given(st.lists(st.text(max_size=60), max_size=4))
def test_parsing_anything_raises_nothing_but_protocol_errors(
    headers: list[str],
) -> None:
    with contextlib.suppress(RegistryProtocolError):
        parse_challenges(headers)


@given(st.text(alphabet='Bearc=", \\\t"realm', max_size=40))
def test_parsing_near_misses_raises_nothing_but_protocol_errors(header: str) -> None:
    try:
        found = parse_challenges([header])
    except RegistryProtocolError:
        return
    assert all(each.scheme for each in found)
