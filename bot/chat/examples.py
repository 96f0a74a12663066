"""The examples of help, with names of the person's own registry in them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_REPOSITORY = "team/app"
"""In the examples of all commands: a repository, and the group it is in."""
_OLD, _NEW = "1.4.1", "1.4.2"
"""Likewise an older tag, and the newest."""
_NAMES = re.compile(rf"{_REPOSITORY}(?![a-z0-9])|{re.escape(_OLD)}|{re.escape(_NEW)}")


@dataclass(frozen=True)
class Own:
    """Names to put into examples; empty ones leave them alone.

    Attributes:
        repository: one that has tags.
        tags: two of them, the newest version first.
    """

    repository: str = ""
    tags: tuple[str, ...] = ()

    def put_into(self, examples: Iterable[str]) -> tuple[str, ...]:
        """The examples with these names in the places of ours."""
        if not self.repository:
            return tuple(examples)
        named = {_REPOSITORY: self.repository}
        if self.tags:
            named |= {_NEW: self.tags[0], _OLD: self.tags[-1]}
        return tuple(
            _NAMES.sub(lambda found: named.get(found[0], found[0]), example)
            for example in examples
        )
