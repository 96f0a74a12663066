from __future__ import annotations

import pytest

from bot.registry.answer import Answer
from bot.registry.ping import is_not_v2, is_v1, is_v2

V2 = (("docker-distribution-api-version", "registry/2.0"),)
V1 = (("x-docker-registry-standalone", "True"),)


@pytest.mark.parametrize(
    ("answer", "v2", "not_v2"),
    [
        (Answer(200, V2, b"<html>"), True, False),
        (Answer(200, (), b"{}"), True, False),
        (Answer(200, (), b" true\n"), True, False),
        (Answer(200, (), b""), True, False),
        (Answer(200, (), b"<html>welcome"), False, True),
        (Answer(200, (("docker-distribution-api-version", "x"),), b"no"), False, True),
        (Answer(404, V2), False, True),
        (Answer(405), False, True),
        (Answer(410), False, True),
        # A login, a refusal, a breakdown: what is behind it nobody knows.
        (Answer(401, V2), False, False),
        (Answer(403), False, False),
        (Answer(400), False, False),
        (Answer(503), False, False),
    ],
)
def test_only_what_is_clear_counts(answer: Answer, v2: bool, not_v2: bool) -> None:
    assert (is_v2(answer), is_not_v2(answer)) == (v2, not_v2)


@pytest.mark.parametrize(
    ("answer", "v1"),
    [
        (Answer(200, V1, b"whatever"), True),
        (Answer(200, (("x-docker-registry-version", "0.6"),), b"no"), True),
        (Answer(200, (), b"{}"), True),
        (Answer(200, (), b"true"), True),
        (Answer(200, (), b"<html>"), False),
        (Answer(404, V1), False),
        (Answer(401, V1), False),
    ],
)
def test_a_v1_ping_is_known_by_its_headers_or_its_empty_answer(
    answer: Answer, v1: bool
) -> None:
    assert is_v1(answer) is v1
