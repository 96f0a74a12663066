"""Every number that comes from a registry, or waits for one, has its bound here.

A registry may be broken, slow or hostile; what it sends is read up to these limits and
no further. They are one frozen value, so that a test can make waiting short.
"""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds, counts in what the name says."""

    manifest_bytes: int = 4 * MIB
    """The specification's own advice for a manifest."""
    config_bytes: int = 8 * MIB
    """An image config; the history of a big build is well under one MiB."""
    catalog_page_bytes: int = 8 * MIB
    tags_page_bytes: int = 32 * MIB
    """distribution 2.8 sends all tags in one page whatever is asked for."""
    error_bytes: int = 64 * KIB
    """Of an error answer; the rest is not read."""
    token_bytes: int = 256 * KIB
    header_text: int = 500
    """Characters kept of a foreign text shown to people."""

    catalog_page_sizes: tuple[int, ...] = (1000, 500, 100, 0)
    """Names asked for at once, stepping down on a 400; 0 asks for the server's own."""
    pages: int = 10_000
    """Of one list."""
    names: int = 2_000_000
    """Of one list."""
    redirects: int = 3
    """Of one read; a write follows none."""
    index_children: int = 100
    """Manifests of an index that are read for its size and platforms."""
    referrers: int = 10_000
    """Of one manifest."""
    referrer_edits: int = 5
    """Tries to change a fallback tag's index that others are changing too."""
    question_seconds: float = 3.0
    """For one question about what a registry can do; then it counts as not known."""
    v1_ancestors: int = 1000
    """Of one image of a v1 registry; docker itself made no more than 127."""
    v1_images: int = 20_000
    """Images of a v1 registry whose size and build step are remembered."""
    repository_manifests: int = 50_000
    """Tags, or manifests, of one repository that are read to know what it holds."""
    anatomy_depth: int = 16
    """Steps from a tag: to a child of an index, to a referrer, to what signs that."""
    warnings: int = 20
    """Different `Warning: 299` texts that are kept."""

    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    """For the next piece of an answer."""
    total_seconds: float = 90.0
    """For one answer altogether; a server that drips a byte a second ends here."""

    streams: int = 4
    """Blobs read at once, and sent at once, beside all other requests."""
    slowest_rate: int = 64 * KIB
    """Bytes a second; a blob that comes or goes slower than that is given up."""
    resumptions: int = 20
    """How often the reading of one blob goes on after it broke off."""
    cancel_seconds: float = 5.0
    """For taking back an upload that failed."""

    attempts: int = 4
    """Of one read; a write has one."""
    backoff_seconds: float = 0.5
    """Before the second attempt, doubled each time, and shortened by chance."""
    wait_seconds: float = 30.0
    """The longest single wait between attempts."""
    waits_seconds: float = 60.0
    """All waits of one read together."""

    confirm_seconds: float = 15.0
    """How long a deletion may take to show, on servers that delete later."""
    confirm_step_seconds: float = 0.2
    """Between the first two looks; doubled each time up to two seconds."""

    token_minimum_life: float = 60.0
    """What a token without `expires_in`, or with less, is taken to live."""
    token_maximum_life: float = 24 * 3600.0
    token_early: float = 10.0
    """Renewed that long before it ends."""
    tokens: int = 512
    """Kept at once."""

    helper_seconds: float = 10.0
    """For a docker credential helper."""
    helper_bytes: int = 64 * KIB
    docker_config_bytes: int = 4 * MIB

    def seconds_for(self, size: int) -> float:
        """How long a blob of so many bytes may take."""
        return self.total_seconds + size / self.slowest_rate


DEFAULT = Limits()
