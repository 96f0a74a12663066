from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.answer import Answer
from bot.registry.errors import (
    BlobUnknown,
    DeletionDisabled,
    ManifestUnknown,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    RepositoryUnknown,
)
from bot.registry.failure import Complaint, clean, complaint, failure


def body(code: str, message: str = "no") -> bytes:
    return json.dumps({"errors": [{"code": code, "message": message}]}).encode()


@pytest.mark.parametrize(
    ("status", "code", "deleting", "kind"),
    [
        (401, "UNAUTHORIZED", False, RegistryUnauthorized),
        (403, "DENIED", False, RegistryForbidden),
        (405, "DENIED", True, RegistryForbidden),
        (404, "NAME_UNKNOWN", False, RepositoryUnknown),
        (404, "NAME_INVALID", False, RepositoryUnknown),
        (404, "MANIFEST_UNKNOWN", False, ManifestUnknown),
        (404, "BLOB_UNKNOWN", False, BlobUnknown),
        (400, "MANIFEST_BLOB_UNKNOWN", False, BlobUnknown),
        (405, "UNSUPPORTED", True, DeletionDisabled),
        (405, "", True, DeletionDisabled),
        (405, "", False, RegistryProtocolError),
        (429, "TOOMANYREQUESTS", False, RegistryUnavailable),
        (500, "", False, RegistryUnavailable),
        (503, "", False, RegistryUnavailable),
        (520, "", False, RegistryUnavailable),
        (501, "", False, RegistryProtocolError),
        (400, "MANIFEST_INVALID", False, RegistryProtocolError),
        (404, "", False, RegistryProtocolError),
        (409, "", True, RegistryProtocolError),
    ],
)
def test_each_refusal_has_its_error(
    status: int, code: str, deleting: bool, kind: type[RegistryError]
) -> None:
    found = failure(
        Answer(status, body=body(code)),
        registry="main",
        doing="do it",
        deleting=deleting,
    )

    assert type(found) is kind
    assert (found.status, found.code, found.registry) == (status, code, "main")
    assert found.detail == "no"
    assert found.message.startswith("Cannot do it: ")
    assert found.hint


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"errors": {}}',
        b'{"errors": []}',
        b'{"errors": [1]}',
        b'{"errors": [{"code": 1, "message": 2}]}',
        b'{"errors": [{"code": "no code at all"}]}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_says_nothing_says_nothing(text: bytes) -> None:
    assert complaint(Answer(500, body=text)) == Complaint()


def test_foreign_words_are_made_harmless() -> None:
    found = complaint(
        Answer(500, body=body("X", "a\x00\x1b[31m\nb\u202ec" + "d" * 600))
    )

    assert found.detail.startswith("a [31m b cd")
    assert len(found.detail) == 500
    assert found.detail.endswith("…")


@given(st.text(max_size=700), st.integers(1, 600))
def test_cleaning_holds_its_limit(text: str, limit: int) -> None:
    found = clean(text, limit)

    assert len(found) <= limit
    assert "\n" not in found


def test_words_are_ours_and_not_the_servers() -> None:
    assert Answer(202).words == "202 Accepted"
    assert Answer(299).words == "299"


def test_headers_are_found_by_name() -> None:
    answer = Answer(200, (("link", "a"), ("link", "b")))

    assert answer.header("link") == "a"
    assert answer.all("link") == ("a", "b")
    assert answer.header("etag") == ""
