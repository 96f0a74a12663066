"""The parsers of foreign text, against grammars written from the specifications.

The grammars and the writers of headers here were made from the texts they cite, not
from the parsers: what one of them gets wrong, the other does not repeat.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.errors import BotError, UsageError
from bot.registry.answer import Answer
from bot.registry.challenge import Challenge, choose, parse_challenges
from bot.registry.digest import Digest, InvalidDigest
from bot.registry.errors import RegistryProtocolError
from bot.registry.pagination import Link, next_page, parse_links
from bot.registry.patience import retry_after
from bot.registry.reference import parse_reference


def in_our_words(error: BotError) -> None:
    """It says what to try."""
    assert error.message
    assert error.hint


# https://github.com/distribution/reference/blob/v0.6.0/reference.go, from its comment.
ALPHANUMERIC = "[a-z0-9]+"
PATH_COMPONENT = f"{ALPHANUMERIC}(?:(?:[_.]|__|[-]+){ALPHANUMERIC})*"
REMOTE_NAME = f"{PATH_COMPONENT}(?:/{PATH_COMPONENT})*"
DOMAIN_COMPONENT = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
DOMAIN_NAME = rf"{DOMAIN_COMPONENT}(?:\.{DOMAIN_COMPONENT})*"
IPV6 = r"\[(?:[a-fA-F0-9:]+)\]"
DOMAIN = f"(?:{DOMAIN_NAME}|{IPV6})(?::[0-9]+)?"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
# The registered algorithms; others cannot be computed here and are refused.
DIGEST = "sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}"
REFERENCE = re.compile(
    f"(?:(?P<domain>{DOMAIN})/)?(?P<path>{REMOTE_NAME})"
    f"(?::(?P<tag>{TAG}))?(?:@(?P<digest>{DIGEST}))?"
)
LOOKS_LIKE_HOST = re.compile(r"[^/]*[.:][^/]*/|localhost/")


def grammatical(text: str) -> bool:
    """Does the grammar, with the readings `reference` promises, know this text?"""
    if len(text) > 1024 or re.fullmatch("[a-f0-9]{64}", text):
        return False
    if re.fullmatch(DIGEST, text):
        return False
    host = LOOKS_LIKE_HOST.match(text)
    if host is None:
        found = re.fullmatch(
            f"(?P<path>{REMOTE_NAME})(?::{TAG})?(?:@(?:{DIGEST}))?", text
        )
        return found is not None and len(found["path"]) <= 255
    found = REFERENCE.fullmatch(text)
    if found is None or found["domain"] != host[0][:-1] or len(found["path"]) > 255:
        return False
    return not found["domain"].startswith("[") or _is_ipv6(found["domain"])


def _is_ipv6(domain: str) -> bool:
    """Go's net package refuses what the pattern lets through; so do we."""
    groups = domain[1:].partition("]")[0]
    halves = groups.split("::")
    if len(halves) > 2:
        return False
    parts = [part for half in halves if half for part in half.split(":")]
    if not all(re.fullmatch("[0-9a-fA-F]{1,4}", part) for part in parts):
        return False
    return len(parts) == 8 if len(halves) == 1 else len(parts) <= 7


part = st.sampled_from(
    [
        *("a", "app", "0", "a.b", "a__b", "a_b", "a---b", "a..b", "a___b", "-a", "a-"),
        *(
            "A",
            "Team",
            "localhost",
            "r.test",
            "r.test:5000",
            "EXAMPLE.com",
            "docker.io",
        ),
        *("[::1]", "[::1]:80", "[1:2]", "sha256", "a:b", "ü", "a b", ""),
        *("a" * 64, "a" * 127),
    ]
)
ending = st.sampled_from(
    [
        *("", "", ":1", ":v1.2-rc_1", ":.x", ":-x", ":", "@", ":@", "\n"),
        *(":" + "t" * 128, ":" + "t" * 129, "@md5:" + "a" * 32, "@sha512:" + "0" * 128),
        *("@sha256:" + "a" * 64, "@sha256:" + "A" * 64, "@sha256:" + "a" * 63),
        ":1@sha256:" + "0" * 64,
    ]
)
near_references = st.builds(
    lambda parts, end: "/".join(parts) + end, st.lists(part, max_size=4), ending
)
any_text = st.text(alphabet="aA09._-/:@[]% \n", max_size=24) | st.text(max_size=40)


@given(near_references | any_text)
def test_a_reference_is_accepted_exactly_where_the_grammar_says(text: str) -> None:
    try:
        found = parse_reference(text)
    except UsageError as error:
        in_our_words(error)
        assert not grammatical(text)
    else:
        assert grammatical(text)
        assert str(found) == text
        assert parse_reference(str(found)) == found


@given(near_references | any_text, st.sampled_from(["r.test:5000", "reg", "[::1]:80"]))
def test_a_configured_host_changes_who_is_asked_and_nothing_else(
    text: str, host: str
) -> None:
    """What names the host explicitly reads on as the bare reference does."""
    try:
        bare = parse_reference(text)
    except UsageError:
        return
    assume(bare.host is None and "/" in text)
    assume(not text.lower().startswith(f"{host}/"))
    full = parse_reference(f"{host}/{text}", hosts=[host])
    assert full.host == host
    assert (full.repository, full.tag, full.digest) == (
        bare.repository,
        bare.tag,
        bare.digest,
    )


@given(st.binary(max_size=40), st.sampled_from(["sha256", "sha512"]))
def test_a_digest_is_read_back_and_matches_its_bytes_alone(
    body: bytes, algorithm: str
) -> None:
    digest = Digest.of(body, algorithm)
    assert Digest.parse(str(digest)) == digest
    assert digest.matches(body)
    assert not digest.matches(body + b"x")


@given(st.text(alphabet="sha2561:abcdefABCDEF0123456789 \n", max_size=80) | st.text())
def test_what_is_no_digest_is_an_invalid_digest(text: str) -> None:
    if re.fullmatch(DIGEST, text):
        assert str(Digest.parse(text)) == text
        return
    with pytest.raises(InvalidDigest):
        Digest.parse(text)


# https://www.rfc-editor.org/rfc/rfc9110#section-5.6: token, quoted-string, OWS
token = st.text(
    alphabet="!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    min_size=1,
    max_size=8,
)
quotable = st.text(
    alphabet=st.characters(
        min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]
    )
    | st.sampled_from('\\",=; '),
    max_size=12,
)
space = st.sampled_from(["", " ", "  ", "\t"])


def quoted(text: str, every: bool) -> str:
    """A quoted-string; more may be escaped than has to be."""
    return (
        '"'
        + "".join(f"\\{char}" if every or char in '\\"' else char for char in text)
        + '"'
    )


@st.composite
def written_challenges(
    draw: st.DrawFn,
) -> tuple[list[str], tuple[Challenge, ...]]:
    """Headers, and the challenges in them; RFC 9110, 11.6.1 and 11.3."""
    headers: list[str] = []
    meant: list[Challenge] = []
    for _ in range(draw(st.integers(1, 3))):
        written: list[str] = []
        for _ in range(draw(st.integers(1, 3))):
            scheme = draw(st.sampled_from(["Bearer", "basic", "DIGEST", "Negotiate"]))
            if scheme == "Negotiate":
                # token68; what stands in it is nobody's parameter.
                blob = draw(
                    st.from_regex(r"[A-Za-z0-9._~+/-]{1,9}={1,2}", fullmatch=True)
                )
                written.append(f"{scheme} {blob}")
                meant.append(Challenge("negotiate"))
                continue
            params: list[tuple[str, str]] = []
            shown: list[str] = []
            for _ in range(draw(st.integers(1, 3))):
                name = draw(token)
                if draw(st.booleans()):
                    value = draw(token)
                    text = value
                else:
                    value = draw(quotable)
                    text = quoted(value, draw(st.booleans()))
                shown.append(f"{name}{draw(space)}={draw(space)}{text}")
                params.append((name.lower(), value))
            comma = f"{draw(space)},{draw(space)}"
            written.append(f"{scheme} " + comma.join(shown))
            meant.append(Challenge(scheme.lower(), tuple(params)))
        headers.append(f"{draw(space)},{draw(space)}".join(written))
    return headers, tuple(meant)


@given(written_challenges())
def test_challenges_are_read_as_they_were_meant(
    made: tuple[list[str], tuple[Challenge, ...]],
) -> None:
    headers, meant = made
    found = parse_challenges(headers)
    # The unpadded part of a token68 looks like a scheme of its own, of no meaning.
    known = tuple(
        each for each in found if each.scheme in ("bearer", "basic", "digest")
    )
    wanted = tuple(each for each in meant if each.scheme != "negotiate")
    assert known == wanted
    assert choose(found) == choose(meant)


@st.composite
def written_links(draw: st.DrawFn) -> tuple[list[str], tuple[Link, ...]]:
    """Headers, and the links in them; RFC 8288, 3."""
    headers: list[str] = []
    meant: list[Link] = []
    uri = st.text(alphabet="abcXYZ019-._~:/?#[]@!$&'()*+,;=%", max_size=20)
    for _ in range(draw(st.integers(1, 3))):
        written: list[str] = []
        for _ in range(draw(st.integers(1, 3))):
            target = draw(uri)
            text = f"<{target}>"
            params: list[tuple[str, str]] = []
            for _ in range(draw(st.integers(0, 3))):
                name = draw(
                    st.from_regex(r"[A-Za-z0-9!#$+.^_`|~-]{1,6}", fullmatch=True)
                )
                text += f"{draw(space)};{draw(space)}{name}"
                if draw(st.booleans()):
                    value = draw(
                        st.from_regex(r"[A-Za-z0-9._:/-]{1,8}", fullmatch=True)
                    )
                    text += f"={value}"
                elif draw(st.booleans()):
                    value = draw(quotable)
                    text += f"={quoted(value, draw(st.booleans()))}"
                else:
                    value = ""
                params.append((name.lower(), value))
            written.append(text)
            meant.append(Link(target, tuple(params)))
        headers.append(f"{draw(space)},{draw(space)}".join(written))
    return headers, tuple(meant)


@given(written_links())
def test_links_are_read_as_they_were_meant(
    made: tuple[list[str], tuple[Link, ...]],
) -> None:
    headers, meant = made
    assert parse_links(headers) == meant


HERE = "https://r.test:5000/p/v2/_catalog?n=100"
piece = st.sampled_from(
    [
        *("https:", "http:", "//", "/", "\\", "@", ":", "?", "#", "[", "]", "..", "."),
        *("r.test", "r.test:5000", "R.TEST", "r.test.", "evil.test", "user:pass"),
        *("/v2/", "/p/v2/", "%2e%2e", "%2f", "a", "5000", "443"),
        *(" ", "\t", "\x00", "．", "。", "\u200b"),
    ]
)


@given(st.lists(piece, max_size=8).map("".join), st.sampled_from(["", "/p"]))
def test_the_next_page_never_leads_away(target: str, prefix: str) -> None:
    """Judged by the parser that will connect, not by the one that decided."""
    try:
        found = next_page([f'<{target}>; rel="next"'], HERE, prefix)
    except RegistryProtocolError as error:
        in_our_words(error)
        return
    if found is None:
        return
    try:
        url = httpx.URL(found)
    except httpx.InvalidURL:
        return  # The transport refuses it for the same reason.
    assert (url.scheme, url.host, url.port) == ("https", "r.test", 5000)
    assert not url.userinfo
    assert url.path.startswith(f"{prefix}/v2/")
    assert "/../" not in f"{url.path}/"


NOW = datetime(2026, 1, 1, tzinfo=UTC)


def told(value: str) -> float | None:
    return retry_after(Answer(429, (("retry-after", value),)), NOW)


@given(
    st.text(max_size=40) | st.from_regex(r"[-+]?[0-9]{1,30}(\.[0-9]+)?", fullmatch=True)
)
def test_any_retry_after_is_a_wait_or_none(value: str) -> None:
    found = told(value)
    assert found is None or 0 <= found < float("inf")


@given(st.integers(0, 999_999_999))
def test_seconds_are_what_they_say(seconds: int) -> None:
    assert told(str(seconds)) == seconds


@given(st.integers(-(10**9), 10**9))
def test_a_date_is_as_far_away_as_it_is(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    assert told(format_datetime(moment, usegmt=True)) == max(0, seconds)
