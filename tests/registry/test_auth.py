from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from bot.registry.answer import Answer
from bot.registry.auth import Authenticator, Flow, check_realm
from bot.registry.credentials import Credentials
from bot.registry.errors import (
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
)
from bot.registry.limits import Limits
from tests.registry.cases import group

URL = "https://r.test"
PULL = "repository:app:pull"
BASIC = 'Basic realm="r"'
BEARER = f'Bearer realm="https://auth.test/token",service="r.test",scope="{PULL}"'
CI = Credentials("ci", SecretStr("pw"))
IDENTITY = Credentials("", SecretStr(""), SecretStr("long"))


class StillClock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def auth(clock: StillClock) -> Authenticator:
    return Authenticator(url=URL, registry="main", clock=clock)


def request(path: str = "/v2/app/manifests/1") -> httpx.Request:
    return httpx.Request("GET", URL + path)


def refusal(*challenges: str, status: int = 401) -> Answer:
    return Answer(status, tuple(("www-authenticate", each) for each in challenges))


def token(value: object = "t1", **more: object) -> Answer:
    return Answer(200, body=json.dumps({"token": value, **more}).encode())


def authorization(sent: httpx.Request) -> str:
    return str(sent.headers.get("Authorization", ""))


def finish(flow: Flow, answer: Answer) -> Answer:
    with pytest.raises(StopIteration) as stop:
        flow.send(answer)
    found: Answer = stop.value.value
    return found


OK = Answer(200)


def test_nothing_is_sent_before_the_registry_asks(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, CI)

    assert authorization(next(flow)) == ""
    assert finish(flow, OK) is OK
    assert not auth.challenged


def test_basic_is_answered_and_then_sent_at_once(auth: Authenticator) -> None:
    wanted = "Basic " + base64.b64encode(b"ci:pw").decode()
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    assert authorization(flow.send(refusal(BASIC))) == wanted
    finish(flow, OK)
    assert auth.challenged

    flow = auth.flow(request(), PULL, CI)
    assert authorization(next(flow)) == wanted
    finish(flow, OK)


def test_requests_sent_together_each_learn_that_basic_is_wanted(
    auth: Authenticator,
) -> None:
    """The second one was under way without credentials: nobody refused any."""
    flows = [auth.flow(request(), PULL, CI) for _ in range(2)]
    for flow in flows:
        assert authorization(next(flow)) == ""
    for flow in flows:
        assert authorization(flow.send(refusal(BASIC))).startswith("Basic ")
        assert finish(flow, OK) is OK


def test_a_wrong_password_is_tried_once(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    flow.send(refusal(BASIC))
    with pytest.raises(RegistryUnauthorized, match="refused our credentials") as caught:
        flow.send(refusal(BASIC))
    assert caught.value.hint
    assert "pw" not in str(caught.value)


def test_a_password_that_stops_working_is_not_repeated(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    flow.send(refusal(BASIC))
    finish(flow, OK)

    flow = auth.flow(request(), PULL, CI)
    next(flow)
    with pytest.raises(RegistryUnauthorized, match="refused the user name"):
        flow.send(refusal(BASIC))


@pytest.mark.parametrize("credentials", [None, IDENTITY])
def test_basic_without_a_password_is_unauthorized(
    auth: Authenticator, credentials: Credentials | None
) -> None:
    flow = auth.flow(request(), PULL, credentials)
    next(flow)
    with pytest.raises(RegistryUnauthorized, match="user name and password"):
        flow.send(refusal(BASIC))


@pytest.mark.parametrize("challenges", [(), ("Negotiate",)])
def test_an_unknown_login_is_unauthorized(
    auth: Authenticator, challenges: tuple[str, ...]
) -> None:
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    with pytest.raises(RegistryUnauthorized, match="neither basic nor bearer"):
        flow.send(refusal(*challenges))


def test_a_token_is_fetched_with_the_scope_of_the_refusal(auth: Authenticator) -> None:
    """Not with the one we guessed: registries name their actions differently."""
    flow = auth.flow(request(), "repository:app:delete", CI)
    next(flow)
    asked = flow.send(refusal(BASIC, BEARER))

    assert asked.url.host == "auth.test"
    assert dict(asked.url.params) == {"service": "r.test", "scope": PULL}
    assert authorization(asked).startswith("Basic ")
    assert authorization(flow.send(token())) == "Bearer t1"
    finish(flow, OK)


def test_where_the_refusal_names_no_scope_ours_is_asked_for(
    auth: Authenticator,
) -> None:
    flow = auth.flow(request(), PULL, None)
    next(flow)
    asked = flow.send(refusal('Bearer realm="https://auth.test/token?x=1"'))

    assert dict(asked.url.params) == {"x": "1", "scope": PULL}
    assert authorization(asked) == ""


def test_several_scopes_are_several_parameters(auth: Authenticator) -> None:
    flow = auth.flow(request(), "", None)
    next(flow)
    asked = flow.send(
        refusal(
            'Bearer realm="https://auth.test/t",'
            'scope="repository:b:pull repository:a:pull"'
        )
    )

    assert asked.url.params.get_list("scope") == [
        "repository:a:pull",
        "repository:b:pull",
    ]


def tokens(auth: Authenticator, answer: Answer, purpose: str = PULL) -> None:
    flow = auth.flow(request(), purpose, CI)
    next(flow)
    flow.send(refusal(BEARER))
    flow.send(answer)
    finish(flow, OK)


def first(auth: Authenticator, purpose: str = PULL) -> str:
    flow = auth.flow(request(), purpose, CI)
    sent = authorization(next(flow))
    flow.close()
    return sent


def test_a_token_is_kept_for_its_purpose(auth: Authenticator) -> None:
    tokens(auth, token())

    assert first(auth) == "Bearer t1"
    assert first(auth, "repository:other:pull") == ""


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({}, 60),
        ({"expires_in": 5}, 60),
        ({"expires_in": 300}, 300),
        ({"expires_in": 10**9}, 24 * 3600),
        ({"expires_in": -1}, 60),
        ({"expires_in": "300"}, 60),
        ({"expires_in": True}, 60),
        ({"expires_in": float("nan")}, 60),
        ({"expires_in": float("inf")}, 24 * 3600),
    ],
)
def test_a_token_is_renewed_ten_seconds_early(
    auth: Authenticator, clock: StillClock, more: dict[str, object], seconds: int
) -> None:
    tokens(auth, token(**more))

    clock.moment += timedelta(seconds=seconds - 11)
    assert first(auth) == "Bearer t1"
    clock.moment += timedelta(seconds=1)
    assert first(auth) == ""


def test_a_token_that_ended_is_renewed_before_a_big_body_is_sent(
    auth: Authenticator, clock: StillClock
) -> None:
    tokens(auth, token())
    clock.moment += timedelta(seconds=60)

    flow = auth.flow(request(), PULL, CI, ahead=True)
    assert next(flow).url.host == "auth.test"
    sent = flow.send(token("t2"))
    assert authorization(sent) == "Bearer t2"
    assert finish(flow, Answer(200)).status == 200


def test_what_was_never_challenged_has_nothing_to_renew(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, CI, ahead=True)
    assert authorization(next(flow)) == ""
    flow.close()


def test_the_number_of_tokens_is_bounded(clock: StillClock) -> None:
    auth = Authenticator(url=URL, registry="main", clock=clock, limits=Limits(tokens=2))
    for name in ("a", "b"):
        tokens(auth, token(name), name)
    first(auth, "a")
    tokens(auth, token("c"), "c")

    assert [first(auth, name) for name in ("a", "b", "c")] == [
        "Bearer a",
        "",
        "Bearer c",
    ]


def test_a_token_the_registry_no_longer_takes_is_replaced_once(
    auth: Authenticator,
) -> None:
    tokens(auth, token())
    flow = auth.flow(request(), PULL, CI)
    assert authorization(next(flow)) == "Bearer t1"
    assert flow.send(refusal(BEARER)).url.host == "auth.test"
    assert authorization(flow.send(token("t2"))) == "Bearer t2"
    with pytest.raises(RegistryUnauthorized):
        flow.send(refusal(BEARER))

    assert first(auth) == ""


def test_insufficient_scope_is_forbidden_and_not_a_wrong_password(
    auth: Authenticator,
) -> None:
    """RFC 6750: a 401 with an error, not a 403."""
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    flow.send(refusal(BEARER))
    flow.send(token())
    with pytest.raises(RegistryForbidden) as caught:
        flow.send(refusal(BEARER + ',error="insufficient_scope"'))
    assert caught.value.status == 401


def test_access_token_is_a_token_too(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    flow.send(refusal(BEARER))
    sent = flow.send(Answer(200, body=b'{"access_token": "t9"}'))

    assert authorization(sent) == "Bearer t9"


def test_an_identity_token_goes_by_post(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, IDENTITY)
    next(flow)
    asked = flow.send(refusal(BEARER))

    assert asked.method == "POST"
    assert parse_qs(asked.content.decode()) == {
        "grant_type": ["refresh_token"],
        "service": ["r.test"],
        "client_id": ["registry-bot"],
        "scope": [PULL],
        "refresh_token": ["long"],
    }
    assert "long" not in str(asked.url)
    assert authorization(flow.send(token())) == "Bearer t1"


def test_a_token_server_without_post_is_asked_by_get(auth: Authenticator) -> None:
    both = Credentials("ci", SecretStr("pw"), SecretStr("long"))
    flow = auth.flow(request(), PULL, both)
    next(flow)
    assert flow.send(refusal(BEARER)).method == "POST"
    asked = flow.send(Answer(404))

    assert asked.method == "GET"
    assert authorization(asked).startswith("Basic ")
    assert authorization(flow.send(token())) == "Bearer t1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(401), RegistryUnauthorized),
        (Answer(403), RegistryUnauthorized),
        (Answer(429), RegistryUnavailable),
        (Answer(500), RegistryUnavailable),
        (Answer(404), RegistryProtocolError),
        (Answer(302), RegistryProtocolError),
        (Answer(200, body=b"<html>"), RegistryProtocolError),
        (Answer(200, body=b"[]"), RegistryProtocolError),
        (Answer(200, body=b"{}"), RegistryProtocolError),
        (Answer(200, body=b"[" * 100_000), RegistryProtocolError),
        (token(5), RegistryProtocolError),
        (token("a\r\nb"), RegistryProtocolError),
        (token("ä"), RegistryProtocolError),
    ],
)
def test_a_token_server_that_gives_no_token(
    auth: Authenticator, answer: Answer, error: type[Exception]
) -> None:
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    flow.send(refusal(BEARER))
    with pytest.raises(error) as caught:
        flow.send(answer)
    assert "pw" not in str(caught.value)


def test_credentials_never_go_to_another_host(auth: Authenticator) -> None:
    for url in (
        "https://evil.test/",
        "http://r.test/",
        "https://r.test:444/",
        "https://[r.test/",
    ):
        with pytest.raises(RegistryProtocolError, match="about to leave"):
            next(auth.flow(httpx.Request("GET", url), PULL, CI))


def test_a_realm_we_do_not_trust_gets_nothing(auth: Authenticator) -> None:
    flow = auth.flow(request(), PULL, CI)
    next(flow)
    with pytest.raises(RegistryProtocolError, match="got no credentials"):
        flow.send(refusal('Bearer realm="https://169.254.169.254/token"'))


@pytest.mark.parametrize("case", group("auth.realm_url_safety"))
def test_realm_safety(case: dict[str, Any]) -> None:
    """`insecure` there is: the registry itself is spoken to over http."""
    scheme = "http" if case["insecure"] else "https"
    own = f"{scheme}://{case['registry_host'] or 'registry.unrelated.test'}"
    if case["ok"]:
        assert check_realm(case["realm"], registry_url=own) == case["realm"]
        return
    with pytest.raises(RegistryProtocolError) as caught:
        check_realm(case["realm"], registry_url=own)
    assert caught.value.hint


REFUSED = [
    "",
    "token",
    "ftp://auth.test/",
    "http://auth.test/token",
    "https://user:pw@auth.test/token",
    "https://auth.test:port/",
    "https://[::1/",
    "https://auth.test\\@evil.test/",
    "https://localhost/token",
    "https://a.localhost/token",
    "https://auth.local/token",
    "https://auth.internal./token",
    "https://intranet/token",
    "https://127.1/token",
    "https://2130706433/token",
    "https://0x7f000001/token",
    "https://[::ffff:127.0.0.1]/token",
    "https://[fe80::1]/token",
    "https://100.64.0.1/token",
    "https://224.0.0.1/token",
]


@pytest.mark.parametrize("realm", REFUSED)
def test_odd_realms_are_refused(realm: str) -> None:
    with pytest.raises(RegistryProtocolError):
        check_realm(realm, registry_url=URL)


@pytest.mark.parametrize(
    ("realm", "listed", "allowed"),
    [
        ("https://10.0.0.5/t", "10.0.0.5", True),
        ("https://10.0.0.5:8443/t", "10.0.0.5", True),
        ("https://10.0.0.5:8443/t", "10.0.0.5:8443", True),
        ("https://10.0.0.5:8444/t", "10.0.0.5:8443", False),
        ("https://10.0.0.5/t", "10.0.0.5:443", True),
        ("https://10.0.0.6/t", "10.0.0.5", False),
        ("http://auth.local:5001/t", "auth.local:5001", True),
        ("http://AUTH.local:5001/t", "Auth.Local", True),
        ("https://[fd00::1]:5001/t", "[fd00::1]:5001", True),
        ("https://[fd00::1]:5001/t", "fd00::1", True),
        ("https://evil-auth.local/t", "auth.local", False),
    ],
)
def test_the_settings_may_list_a_realm(realm: str, listed: str, allowed: bool) -> None:
    if allowed:
        assert check_realm(realm, registry_url=URL, token_realms=[listed]) == realm
        return
    with pytest.raises(RegistryProtocolError):
        check_realm(realm, registry_url=URL, token_realms=[listed])


def test_the_hint_says_what_to_list() -> None:
    with pytest.raises(RegistryProtocolError) as caught:
        check_realm("https://10.0.0.5:8443/t", registry_url=URL)

    assert '"10.0.0.5"' in caught.value.hint


def test_tokens_do_not_show(auth: Authenticator) -> None:
    tokens(auth, token("secret-token"))

    def everything(value: object) -> Iterator[str]:
        yield repr(value)
        yield repr(vars(value))

    assert "secret-token" not in "".join(everything(auth))
