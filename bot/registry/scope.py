"""Scopes of registry token authentication, cleaned and made (pure).

`registry:catalog:*`, `repository:team/app:pull`: type, name, actions.
https://distribution.github.io/distribution/spec/auth/scope/
"""

from __future__ import annotations

from collections.abc import Iterable

CATALOG = "registry:catalog:*"


def repository_scope(repository: str, *actions: str) -> str:
    """What one asks for to do `actions` in a repository."""
    return f"repository:{repository}:{','.join(actions)}"


def clean_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """Merge, sort, drop duplicates; `*` absorbs, and no actions means no scope.

    What is not `type:name:actions` is kept as it is: a registry's own invention is for
    its own token server to understand.
    """
    merged: dict[str, set[str]] = {}
    odd: set[str] = set()
    for scope in scopes:
        resource, colon, actions = scope.rpartition(":")
        # Names may hold colons (a port), so the type ends at the first one and the
        # actions start after the last.
        if not colon or ":" not in resource:
            odd.update(filter(None, [scope]))
            continue
        wanted = {action for action in actions.split(",") if action}
        if wanted:
            merged.setdefault(resource, set()).update(wanted)
    cleaned = {
        f"{resource}:{'*' if '*' in actions else ','.join(sorted(actions))}"
        for resource, actions in merged.items()
    }
    return tuple(sorted(cleaned | odd))
