from __future__ import annotations

from typing import Any

import pytest

from bot.registry.scope import CATALOG, clean_scopes, repository_scope
from tests.registry.cases import group


@pytest.mark.parametrize("case", group("auth.scope_clean"))
def test_scopes_are_merged_and_sorted(case: dict[str, Any]) -> None:
    assert list(clean_scopes(case["input"])) == case["output"]


def test_a_name_may_hold_a_port() -> None:
    scopes = ["repository:r.test:5000/app:push", "repository:r.test:5000/app:pull"]

    assert clean_scopes(scopes) == ("repository:r.test:5000/app:pull,push",)


def test_nothing_is_no_scope() -> None:
    assert clean_scopes(["", CATALOG]) == (CATALOG,)


def test_a_scope_is_type_name_actions() -> None:
    assert repository_scope("team/app", "pull", "push") == (
        "repository:team/app:pull,push"
    )
