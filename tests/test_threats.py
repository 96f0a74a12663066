"""The table of threats in docs/security.md names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs/security.md").read_text(encoding="utf-8")

ROWS = re.findall(r"(?m)^\| ([^|`]+) \| (`[^|]+::[^|]+`) \|$", PAGE)

MUST = (
    *("forged", "replayed", "click by somebody", "second request", "double click"),
    *("approving and rejecting at once", "content that changed", "after it expired"),
    *("forge a card", "redirects credentials", "loops pages", "lies about digests"),
    *("answers gigabytes", "Slack down", "database away for five seconds"),
    *("kill -9 at every point", "two replicas", "frozen one that wakes", "is full"),
)
"""What has to be tested and not assumed away."""


@pytest.mark.parametrize("threat", MUST)
def test_every_threat_has_a_row(threat: str) -> None:
    assert [told for told, _ in ROWS if threat in told], threat


@pytest.mark.parametrize(("threat", "named"), ROWS, ids=[told for told, _ in ROWS])
def test_every_test_that_is_named_is_there(threat: str, named: str) -> None:
    names = re.findall(r"`([^`]+)::([^`]+)`", named)
    assert names, threat
    for file, test in names:
        there = ast.parse((TESTS / file).read_text(encoding="utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        found = {node.name for node in ast.walk(there) if isinstance(node, kinds)}
        assigned = {
            target.id
            for node in there.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert test in found | assigned, f"{file}::{test}"
