from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from bot.registry import v1_lists
from bot.registry.answer import Answer
from bot.registry.digest import IMAGE_ID, Digest
from bot.registry.errors import RegistryProtocolError
from tests.registry.v1_world import A, B, C

IMAGE = Digest(IMAGE_ID, A)
DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("name", "full"),
    [("foo", "library/foo"), ("team/app", "team/app"), ("a/b/c", "a/b/c")],
)
def test_a_bare_name_is_in_library(name: str, full: str) -> None:
    assert v1_lists.full_name(name) == full


def test_tags_without_an_image_id_or_a_name_are_left_out() -> None:
    document = {
        "b": A,
        "a": B,
        "null": None,
        "short": A[:12],
        "upper": A.upper(),
        "number": 5,
        "list": [A],
        "": A,
        "..": A,
        "a/../b": A,
        "50%": A,
        "a b": A,
        "x" * 129: A,
    }
    found = v1_lists.parse_tags(json.dumps(document).encode())
    assert list(found.items()) == [("a", Digest(IMAGE_ID, B)), ("b", IMAGE)]


def test_a_tag_names_an_image_id() -> None:
    assert v1_lists.parse_named(f'"{A}"'.encode()) == IMAGE
    assert v1_lists.parse_named(b"null") is None


@pytest.mark.parametrize("body", ['"43dd22fc76e3"', '{"id": "x"}', '""', "[]"])
def test_a_tag_that_names_no_image_is_not_taken_for_gone(body: str) -> None:
    with pytest.raises(RegistryProtocolError, match="names no image"):
        v1_lists.parse_named(body.encode())


@pytest.mark.parametrize("document", [{"error": "busy"}, {"tags": {}}])
def test_another_document_is_not_taken_for_no_tags(document: object) -> None:
    with pytest.raises(RegistryProtocolError, match="has no tag in it"):
        v1_lists.parse_tags(json.dumps(document).encode())
    assert v1_lists.parse_tags(b'{"a": null}') == v1_lists.parse_tags(b"{}") == {}


def test_another_document_is_not_taken_for_no_repositories() -> None:
    with pytest.raises(RegistryProtocolError, match="has no results"):
        v1_lists.parse_names(b"{}")


def test_names_are_whole_sorted_and_each_once() -> None:
    results = [
        {"name": "team/b"},
        {"name": "team/a", "description": None},
        {"name": "team/a"},
        {"name": "foo"},
        {"name": "org/sub%2Fdeep"},
        {"name": "team/webXapp"},
        {"name": "../../etc"},
        {"name": "team/%2e%2e/x"},
        {"name": "%"},
        {"name": None},
        {"description": "nameless"},
        "team/c",
        None,
    ]
    body = json.dumps({"results": results}).encode()
    assert v1_lists.parse_names(body) == (
        "library/foo",
        "org/sub/deep",
        "team/a",
        "team/b",
    )
    assert v1_lists.parse_names(b'{"results": null}') == ()


def test_an_ancestry_is_of_the_image_and_whole() -> None:
    body = json.dumps([A, B, C]).encode()
    assert v1_lists.parse_ancestry(body, IMAGE, 3) == (A, B, C)


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"a": 1}, "not a list of image ids"),
        ([A, None], "not a list of image ids"),
        ([A, ["x"]], "not a list of image ids"),
        ([A, B[:12]], "not a list of image ids"),
        ([A, B, C, "d" * 64], "more than 3 images"),
        ([B, A], "not the one of this image"),
        ([], "not the one of this image"),
        ([A, B, A], "not the one of this image"),
    ],
)
def test_an_ancestry_that_could_mislead_is_refused(found: object, why: str) -> None:
    with pytest.raises(RegistryProtocolError, match=why):
        v1_lists.parse_ancestry(json.dumps(found).encode(), IMAGE, 3)


def test_an_image_list_names_each_image_once() -> None:
    found = [{"id": B, "checksum": "x"}, {"id": A, "Tag": "latest"}, {"id": A}]
    assert v1_lists.parse_images(json.dumps(found).encode()) == (A, B)
    assert v1_lists.parse_images(b"[]") == ()


@pytest.mark.parametrize("found", [{}, [A], [{"id": "x"}], [{}], [{"id": [A]}], [None]])
def test_an_image_list_with_something_else_in_it_is_refused(found: object) -> None:
    with pytest.raises(RegistryProtocolError, match="image list"):
        v1_lists.parse_images(json.dumps(found).encode())


@pytest.mark.parametrize("body", [b"", b"<html>", b"{", DEEP, b"\xff\xfe\x00"])
@pytest.mark.parametrize(
    "parse",
    [
        v1_lists.parse_tags,
        v1_lists.parse_named,
        v1_lists.parse_names,
        v1_lists.parse_images,
        lambda body: v1_lists.parse_ancestry(body, IMAGE, 3),
    ],
)
def test_what_is_not_json_is_told(
    parse: Callable[[bytes], object], body: bytes
) -> None:
    with pytest.raises(RegistryProtocolError, match="is not JSON"):
        parse(body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": "Tag not found"}', "Tag not found"),
        (b'{"error": "two\\nlines\\u202e"}', "two lines"),
        (b'{"error": null}', ""),
        (b'{"errors": []}', ""),
        (b'"Tag not found"', ""),
        (b"<html>not found", ""),
        (DEEP, ""),
    ],
)
def test_the_servers_own_words_are_known(body: bytes, words: str) -> None:
    assert v1_lists.complaint(Answer(404, (), body)) == words
