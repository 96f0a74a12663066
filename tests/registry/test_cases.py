from __future__ import annotations

import re
from pathlib import Path

from tests.registry.cases import EXCLUDED, groups

SOURCES = "".join(
    path.read_text("utf-8")
    for path in Path(__file__).parent.glob("test_*.py")
    if path.name != Path(__file__).name
)
USED = set(re.findall(r'groups?\(\)?\[?"([a-z0-9_.]+)"', SOURCES))


def test_every_group_is_used_or_left_out_with_a_reason() -> None:
    assert set(groups()) == USED | EXCLUDED.keys()


def test_no_group_is_both_used_and_left_out() -> None:
    assert not USED & EXCLUDED.keys()


def test_no_group_lost_its_cases() -> None:
    assert all(len(group["cases"]) == group["count"] for group in groups().values())
