"""Orders tags as versions: `2.0.0`, `2.0.0-rc.1`, `1.10`, `v1.9`, then what is none.

Pure. The precedence is that of https://semver.org/#spec-item-11, read leniently: a `v`
in front does not count, a missing minor or patch number is 0, and what follows `_` is
build metadata (tags have no `+`) and does not count. More than three numbers are none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_VERSION = re.compile(
    r"v?(\d{1,18})(?:\.(\d{1,18}))?(?:\.(\d{1,18}))?"
    r"(?:-([0-9A-Za-z.-]+))?(?:_[0-9A-Za-z._-]*)?",
    re.ASCII,
)

Key = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]


def version_key(tag: str) -> Key | None:
    """What to sort a version by; None for a tag that is none."""
    found = _VERSION.fullmatch(tag)
    if found is None:
        return None
    major, minor, patch, before = found.groups()
    identifiers = tuple(_identifier(part) for part in (before or "").split(".") if part)
    # A pre-release comes before its release: 0 sorts before 1.
    released = 0 if before else 1
    return (int(major), int(minor or 0), int(patch or 0), released, identifiers)


def newest_version_first(tags: Iterable[str]) -> tuple[str, ...]:
    """Versions downwards, the longer spelling of equal ones first, then other tags."""
    keys = {tag: version_key(tag) for tag in tags}
    versions = sorted(
        ((key, len(tag), tag) for tag, key in keys.items() if key is not None),
        reverse=True,
    )
    others = sorted(tag for tag, key in keys.items() if key is None)
    return (*(tag for _, _, tag in versions), *others)


def _identifier(part: str) -> tuple[int, int, str]:
    if part.isdigit() and len(part) <= 18:
        return (0, int(part), "")
    return (1, 0, part)
