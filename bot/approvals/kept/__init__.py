"""The bytes of what was removed or replaced, kept so that it can be put back."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class SavedManifest:
    """A manifest's bytes."""

    digest: str
    media_type: str
    body: bytes = field(repr=False)
