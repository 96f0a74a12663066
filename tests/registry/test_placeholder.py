from __future__ import annotations

import json

import pytest

from bot.registry.placeholder import EMPTY_CONFIG, image_placeholder, placeholder

NONCE = "0123456789abcdef"


@pytest.mark.parametrize("make", [placeholder, image_placeholder])
def test_the_same_deletion_has_the_same_placeholder(make: object) -> None:
    assert callable(make)
    first = make("team/app", "1.2", NONCE)

    assert make("team/app", "1.2", NONCE) == first
    others = [
        make("team/other", "1.2", NONCE),
        make("team/app", "1.3", NONCE),
        make("team/app", "1.2", NONCE[::-1]),
    ]
    assert len({first.digest, *(other.digest for other in others)}) == 4


@pytest.mark.parametrize("make", [placeholder, image_placeholder])
def test_a_short_nonce_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match="16 characters"):
        make("team/app", "1.2", NONCE[:-1])


def test_the_bytes_are_pinned() -> None:
    """A new version of the bot must recognise what an old one left on a tag."""
    assert str(placeholder("team/app", "1.2", NONCE).digest) == PINNED_INDEX
    assert str(image_placeholder("team/app", "1.2", NONCE).digest) == PINNED_IMAGE


PINNED_INDEX = "sha256:d55c8eac470d3b241b139e7f2dd5ab755af1d5dd246aae54a0369e44a23a7e93"
PINNED_IMAGE = "sha256:ecdc556069d81fa765674c4df764b9421f031d87f39c0f9f4800579d16f13c60"


def test_the_first_form_names_no_other_content() -> None:
    found = placeholder("team/app", "1.2", NONCE)

    assert found.is_index
    assert (found.children, found.config, found.layers) == ((), None, ())
    assert json.loads(found.body)["manifests"] == []


def test_the_second_form_names_an_empty_config() -> None:
    found = image_placeholder("team/app", "1.2", NONCE)

    assert found.config is not None
    assert found.config.digest.matches(EMPTY_CONFIG)
    assert found.layers == ()


def test_a_person_who_finds_it_reads_what_it_is() -> None:
    assert b"this tag is being deleted" in placeholder("a", "b", NONCE).body
