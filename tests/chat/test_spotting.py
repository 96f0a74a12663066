from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.reply import Buttons, Press
from bot.chat.spotting import (
    MAX_OFFERED,
    Fragment,
    candidates,
    offered,
    spotted,
)
from bot.chat.words import split
from bot.registry.reference import parse_reference
from bot.slack.blocks import to_blocks
from bot.slack.limits import violations

HOSTS = ("docker.example.com", "other.example.com:5000")
KNOWN = frozenset({"team/app", "ubuntu", "api", "library/redis"})
DIGEST = "sha256:" + "ab" * 32


def found(text: str, *, code: bool = False) -> list[str]:
    return [
        str(each) for each in spotted(candidates([Fragment(text, code)], HOSTS), KNOWN)
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("docker.example.com/team/app:1.4.2", ["docker.example.com/team/app:1.4.2"]),
        # Ours by its host, known or not.
        ("docker.example.com/never/seen:1", ["docker.example.com/never/seen:1"]),
        ("Docker.Example.Com/team/app:1", ["docker.example.com/team/app:1"]),
        (
            "other.example.com:5000/team/app",
            ["other.example.com:5000/team/app"],
        ),
        ("https://docker.example.com/team/app:1", ["docker.example.com/team/app:1"]),
        ("docker://docker.example.com/team/app:1", ["docker.example.com/team/app:1"]),
        (
            f"docker.example.com/team/app@{DIGEST}",
            [f"docker.example.com/team/app@{DIGEST}"],
        ),
        (
            "GET https://docker.example.com/v2/team/app/manifests/1.2?x=1",
            ["docker.example.com/team/app:1.2"],
        ),
        (
            f"https://docker.example.com/v2/team/app/manifests/{DIGEST}",
            [f"docker.example.com/team/app@{DIGEST}"],
        ),
        # Ours by the catalog.
        ("team/app:1.4.2 is out", ["team/app:1.4.2"]),
        ("ubuntu:22.04", ["ubuntu:22.04"]),
        ("Is team/app:1.4.2 in prod?", ["team/app:1.4.2"]),
        ('(team/app:1.4.2), "ubuntu:22.04".', ["team/app:1.4.2", "ubuntu:22.04"]),
        ("team/app:1 and team/app:1 again", ["team/app:1"]),
        ("look at team/app", ["team/app"]),
        (
            "docker.example.com/a:1 DOCKER.example.com/a:1",
            ["docker.example.com/a:1"],
        ),
        # Code and settings.
        ("FROM team/app:1.4.2 AS build", ["team/app:1.4.2"]),
        ("docker pull ubuntu:22.04 && true", ["ubuntu:22.04"]),
        ('{"image":"team/app:1.4.2"}', ["team/app:1.4.2"]),
        ("image: team/app:1.4.2\nother: x", ["team/app:1.4.2"]),
        ("IMAGE=team/app:1.4.2", ["team/app:1.4.2"]),
        ("*team/app:1.4.2*", ["team/app:1.4.2"]),
        # Nothing of ours.
        ("the api is down", []),
        ("and/or 12:30 and http://example.com/team/app:1", []),
        ("quay.io/team/app:1", []),
        ("someone@example.com, @team/app", ["team/app"]),
        ("team/unknown:1", []),
        ("Team/App:1", []),
        ("docker.example.com", []),
        ("docker.example.com/", []),
        (DIGEST, []),
        ("", []),
    ],
)
def test_references_in_words(text: str, wanted: list[str]) -> None:
    assert found(text) == wanted


def test_a_single_word_counts_as_code_only() -> None:
    assert found("api") == []
    assert found("api", code=True) == ["api"]
    both = [Fragment("api"), Fragment("api", code=True)]
    assert spotted(candidates(both, HOSTS), KNOWN)


def test_a_long_message_is_read_to_a_limit() -> None:
    many = " ".join(f"docker.example.com/a{number}:1" for number in range(5000))
    assert 0 < len(found(many)) <= 1000
    assert found("x" * 200_000 + " ubuntu:22.04") == []
    late = [Fragment("x" * 200_000), Fragment("ubuntu:22.04")]
    assert candidates(late, HOSTS) == ()


def test_each_image_can_be_inspected() -> None:
    images = tuple(
        parse_reference(text, hosts=HOSTS)
        for text in ("docker.example.com/team/app:1", "ubuntu")
    )
    reply = offered(images, HOSTS, "/registry")
    (row,) = [part for part in reply.parts if isinstance(part, Buttons)]
    assert [(one.label, one.press, one.value) for one in row.buttons] == [
        ("Inspect team/app:1", Press.SHOW, "inspect docker.example.com/team/app:1"),
        ("Tags of ubuntu", Press.SHOW, "tags ubuntu"),
    ]
    assert "2 images" in reply.summary


def test_more_than_can_be_offered_are_counted() -> None:
    images = tuple(parse_reference(f"ubuntu:{at}") for at in range(MAX_OFFERED + 2))
    reply = offered(images, HOSTS, "/registry")
    assert "2 more" in str(reply.parts)


def test_nothing_found_says_what_is_looked_for() -> None:
    said = str(offered((), HOSTS, "/images").parts)
    assert "docker.example.com/team/app:1.4.2" in said
    assert "/images search" in said


@given(st.lists(st.builds(Fragment, st.text(max_size=300), st.booleans()), max_size=5))
def test_anything_is_read_and_what_is_offered_can_be_sent(
    fragments: list[Fragment],
) -> None:
    images = spotted(candidates(fragments, HOSTS), KNOWN)
    message = to_blocks(offered(images, HOSTS, "/registry"))
    assert not violations({"text": message.text, "blocks": message.blocks})


NAMES = st.from_regex(r"[a-z0-9]{1,40}(/[a-z0-9]{1,40}){0,4}", fullmatch=True)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, TAGS), min_size=1, max_size=20))
def test_a_button_means_the_image_it_names(named: list[tuple[str, str]]) -> None:
    images = tuple(
        parse_reference(f"{HOSTS[0]}/{name}:{tag}", hosts=HOSTS) for name, tag in named
    )
    reply = offered(images, HOSTS, "/registry")
    (row,) = [part for part in reply.parts if isinstance(part, Buttons)]
    for button, image in zip(row.buttons, images, strict=False):
        assert [word.value for word in split(button.value)] == ["inspect", str(image)]
