from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BotError, UsageError
from bot.registry.digest import Digest
from bot.registry.reference import (
    Reference,
    is_host,
    is_identifier,
    is_repository,
    is_tag,
    parse_reference,
    parse_repository,
    parse_tag,
)
from tests.registry.cases import group, groups

DIGEST = f"sha256:{'ab' * 32}"
HEX = "ab" * 32

# Where we differ from the raw grammar, and why.
STRICTER = {
    # Its test binary does not link sha512; an OCI client accepts it.
    "validname@sha512:" + "f" * 128: "accepted",
}


def looks_like_host(first: str) -> bool:
    return "." in first or ":" in first or first == "localhost"


@pytest.mark.parametrize("case", group("ref.parse_raw"))
def test_raw_grammar(case: dict[str, Any]) -> None:
    """The whole name, tag and digest agree; a host must look like one."""
    text = case["input"]
    if not case["ok"] and text not in STRICTER:
        with pytest.raises(UsageError) as caught:
            parse_reference(text)
        assert caught.value.hint
        return
    found = parse_reference(text)
    if text in STRICTER:
        return
    name = f"{found.host}/{found.repository}" if found.host else found.repository
    assert name == case["name_with_domain"]
    assert (found.tag or "") == case["tag"]
    assert str(found.digest or "") == case["digest"]
    assert (found.host or "") == (
        case["domain"] if looks_like_host(case["domain"]) else ""
    )
    assert str(found) == text


@pytest.mark.parametrize("case", group("ref.domain_path_raw"))
def test_raw_split(case: dict[str, str]) -> None:
    found = parse_repository(case["input"])

    assert (found.host or "", found.repository) == (case["domain"], case["path"])


@pytest.mark.parametrize("case", group("ref.name_invalid"))
def test_not_a_repository(case: dict[str, Any]) -> None:
    """The long one is within the limit: the host does not count, as in 0.6.0."""
    if len(case["input"].partition("/")[2]) == 255:
        assert parse_repository(case["input"]).host == "example.com"
        return
    with pytest.raises(UsageError):
        parse_repository(case["input"])


@pytest.mark.parametrize("case", group("ref.domain_path_normalized"))
def test_no_hub_and_no_library_is_invented(case: dict[str, str]) -> None:
    """Docker Hub's habits are not a private registry's."""
    found = parse_reference(case["input"])

    assert str(found) == case["input"]
    assert found.host is None or case["input"].startswith(f"{found.host}/")
    if found.host is None:
        assert found.repository == case["input"]


@pytest.mark.parametrize("case", group("ref.normalized_valid"))
def test_what_is_valid_elsewhere_is_valid_here(case: dict[str, Any]) -> None:
    """But for upper case, which must be a configured host."""
    text: str = case["input"]
    first = text.partition("/")[0]
    if first != first.lower():
        with pytest.raises(UsageError, match="lower case"):
            parse_reference(text)
    assert str(parse_reference(text, hosts=[first] if "/" in text else [])) == text


@pytest.mark.parametrize("case", group("ref.normalized_invalid"))
def test_what_is_invalid_elsewhere_is_invalid_here(case: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        parse_reference(case["input"])

    assert caught.value.hint


@pytest.mark.parametrize("case", group("ref.any"))
def test_a_bare_digest_needs_its_repository(case: dict[str, str]) -> None:
    text = case["input"]
    if case["full"].startswith("sha256:"):
        with pytest.raises(UsageError, match="digest alone"):
            parse_reference(text)
    else:
        assert str(parse_reference(text)) == text


@pytest.mark.parametrize("case", group("ref.docker_ref"))
def test_no_latest_is_invented_and_nothing_is_dropped(case: dict[str, str]) -> None:
    found = parse_reference(case["input"])

    assert str(found) == case["input"]
    assert (found.tag == "latest") is (":latest" in case["input"])


@pytest.mark.parametrize("case", group("ref.domain_regexp"))
def test_host_grammar(case: dict[str, Any]) -> None:
    assert is_host(case["input"]) is case["match"]


@pytest.mark.parametrize("case", group("ref.identifier_regexp"))
def test_identifier_grammar(case: dict[str, Any]) -> None:
    assert is_identifier(case["input"]) is case["match"]


@pytest.mark.parametrize("case", group("ref.regclient"))
def test_other_clients_references(case: dict[str, Any]) -> None:
    text: str = case["input"]
    if text == "localhost:5000":
        # The raw grammar's repository `localhost` with the tag `5000`; where it is a
        # registry, it is configured, and then a repository is asked for.
        assert parse_reference(text).tag == "5000"
        with pytest.raises(UsageError, match="which repository"):
            parse_reference(text, hosts=[text])
        return
    if not case["ok"]:
        with pytest.raises(UsageError):
            parse_reference(text)
        return
    configured = [case["registry"]] if case["registry"] != "docker.io" else []
    found = parse_reference(text, hosts=configured)
    if case["registry"] != "docker.io":
        assert found.host == case["registry"]
        assert found.repository == case["repository"]
    assert (found.tag or "") in (case["tag"], "")
    assert str(found.digest or "") == case["digest"]


@pytest.mark.parametrize("case", group("ref.oras_good"))
def test_explicit_registries(case: dict[str, Any]) -> None:
    """An empty tag before a digest is refused: known_conflicts advises so."""
    text: str = case["input"]
    if ":@" in text:
        with pytest.raises(UsageError, match="tag is empty"):
            parse_reference(text)
        return
    found = parse_reference(text)
    assert (found.host, found.repository) == (case["registry"], case["repository"])
    assert (found.tag or "", str(found.digest or "")) == (case["tag"], case["digest"])


@pytest.mark.parametrize("case", group("ref.ggcr_custom_defaults"))
def test_a_default_registry_adds_no_library(case: dict[str, str]) -> None:
    meta = groups()["ref.ggcr_custom_defaults"]
    found = parse_reference(case["input"])

    host = found.host or meta["default_registry"]
    full = Reference(host, found.repository, found.tag or meta["default_tag"])
    assert str(full) == case["full"]


@pytest.mark.parametrize(
    ("text", "hosts", "found"),
    [
        ("reg/app:1", ["reg"], Reference("reg", "app", "1")),
        ("reg/app:1", [], Reference(None, "reg/app", "1")),
        ("REG/app", ["reg"], Reference("reg", "app")),
        ("Docker/docker", ["Docker"], Reference("Docker", "docker")),
        ("example./g/app:a", ["example."], Reference("example.", "g/app", "a")),
        ("r.test:5000/a/b", ["r.test:5000"], Reference("r.test:5000", "a/b")),
        (
            f"app:1@{DIGEST}",
            [],
            Reference(None, "app", "1", Digest.parse(DIGEST)),
        ),
        ("r.test/app", ["other.test"], Reference("r.test", "app")),
        ("a" * 255, [], Reference(None, "a" * 255)),
    ],
)
def test_configured_hosts_are_known(
    text: str, hosts: list[str], found: Reference
) -> None:
    assert parse_reference(text, hosts=hosts) == found


@pytest.mark.parametrize(
    ("text", "hosts", "message", "hint"),
    [
        ("", [], "empty", "REPO:TAG"),
        ("x" * 1025, [], "too long", "1,024"),
        ("https://r.test/app:1", [], "no scheme", "Leave out https://"),
        (HEX, [], "digest alone", "REPO@sha256"),
        (DIGEST, [], "digest alone", "REPO@sha256"),
        ("r.test", ["r.test"], "which repository", "r.test/REPO:TAG"),
        ("r.test/", ["r.test"], "which repository", "r.test/REPO:TAG"),
        ("r.test:5000", ["r.test"], "which repository", "r.test/REPO:TAG"),
        ("R.test:5000", ["r.test:5000"], "which repository", "r.test:5000/REPO"),
        ("Team/App:1", [], "lower case", "team/app"),
        ("example./g/app:a", [], "not a host", "HOST/REPO:TAG"),
        ("[1::2::3]/app", [], "not a host", "HOST/REPO:TAG"),
        ("team/app:1/2", [], "middle", "comes last"),
        ("app:", [], "tag is empty", "REPO:TAG"),
        (f"app:@{DIGEST}", [], "tag is empty", "REPO:TAG"),
        (":1", [], "missing", "REPO:TAG"),
        ("app:.x", [], "not a tag", "do not start"),
        ("app:" + "x" * 129, [], "too long", "128"),
        ("a" * 256, [], "too long", "255"),
        ("a b", [], "not a repository", "REPO:TAG"),
        ("app@sha256:12", [], "64 lower case", "whole digest"),
    ],
)
def test_mistakes_are_answered_with_what_to_write(
    text: str, hosts: list[str], message: str, hint: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(message)) as caught:
        parse_reference(text, hosts=hosts)

    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["app:1", f"app@{DIGEST}", "r.test/app:1"])
def test_a_repository_is_wanted_alone(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_repository(text)

    assert "app?" in caught.value.hint


def test_a_tag_is_checked_before_it_gets_into_a_url() -> None:
    assert parse_tag("1.4.2") == "1.4.2"
    for bad in ("", "..", "a/b", "a b", "tags\n", "%2e"):
        with pytest.raises(UsageError):
            parse_tag(bad)


@given(st.text(max_size=80), st.lists(st.text(max_size=20), max_size=3))
def test_parsing_anything_raises_nothing_but_bot_errors(
    text: str, hosts: list[str]
) -> None:
    try:
        found = parse_reference(text, hosts=hosts)
    except BotError:
        return
    assert is_repository(found.repository)
    assert found.tag is None or is_tag(found.tag)


PART = st.from_regex(
    r"[a-z0-9]{1,8}((\.|_|__|-{1,2})[a-z0-9]{1,8}){0,2}", fullmatch=True
)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@given(
    st.none() | st.sampled_from(["r.test", "localhost", "h:5000", "[::1]:5000"]),
    st.lists(PART, min_size=1, max_size=4),
    st.none() | TAG,
    st.none() | st.binary().map(Digest.of),
)
def test_what_is_written_is_read_back(
    host: str | None, parts: list[str], tag: str | None, digest: Digest | None
) -> None:
    if host is None:
        # A first part with a dot would be a host in every client.
        parts = [parts[0].replace(".", "-"), *parts[1:]]
    made = Reference(host, "/".join(parts), tag, digest)
    if host is None and len(parts) == 1 and is_identifier(parts[0]):
        return
    assert parse_reference(str(made)) == made
