"""Fills a sample registry with what a team of forty would have in theirs.

Applications, base images, tools; releases under several tags, nightly builds, images
for several platforms, a signed one. The same clock gives the same content, byte for
byte.
`populate_many` makes a registry with very many repositories, quickly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from bot.clock import Clock
from bot.demo.images import (
    BuiltImage,
    BuiltIndex,
    Layer,
    build_image,
    build_index,
    build_referrers_index,
    build_signature,
    layer,
)
from bot.demo.registry import SampleRegistry

AMD64 = ("linux/amd64",)
BOTH = ("linux/amd64", "linux/arm64")
ALL = ("linux/amd64", "linux/arm64", "linux/arm/v7")

SIGNED = ("prod/payments", "2.8.1")
"""The signed image: repository and tag."""


@dataclass(frozen=True)
class _Release:
    """One build: the tags on it and how many days ago it was made."""

    tags: tuple[str, ...]
    days: float


@dataclass(frozen=True)
class _Product:
    """One repository.

    Attributes:
        repository: its name.
        base: the base layer it shares with others: a key of `_BASES`.
        size: bytes of its own layer in the newest release.
        releases: the newest first.
        platforms: of every release.
        docker: pushed by an old docker, with Docker's media types.
        port: what it listens on, 0 for nothing.
    """

    repository: str
    base: str
    size: int
    releases: tuple[_Release, ...]
    platforms: tuple[str, ...] = AMD64
    docker: bool = False
    port: int = 0


_BASES = {
    "ubuntu-24.04": 180_000,
    "ubuntu-22.04": 165_000,
    "debian-12": 150_000,
    "alpine-3.20": 24_000,
    "distroless": 9_000,
}
"""Base layers, shared between repositories, and their sizes in bytes."""


def _line(*releases: tuple[str, float]) -> tuple[_Release, ...]:
    """Releases from lines such as `("1.4.2 1.4 latest", 3)`."""
    return tuple(_Release(tuple(tags.split()), days) for tags, days in releases)


def _nightly(count: int) -> tuple[_Release, ...]:
    return _line(
        ("nightly latest", 0.4), *((f"nightly-{n}", n + 0.4) for n in range(1, count))
    )


_PRODUCTS = (
    _Product("ubuntu", "ubuntu-24.04", 0, _line(("24.04 noble latest", 9)), ALL),
    _Product(
        "base/ubuntu", "ubuntu-22.04", 4_000, _line(("22.04", 40), ("20.04", 410))
    ),
    _Product("base/debian", "debian-12", 0, _line(("12 bookworm latest", 21)), BOTH),
    _Product("base/alpine", "alpine-3.20", 0, _line(("3.20 latest", 33)), ALL),
    _Product(
        "base/python",
        "debian-12",
        90_000,
        _line(("3.12 3 latest", 12), ("3.11", 12), ("3.10", 200), ("3.8", 700)),
        BOTH,
    ),
    _Product("base/node", "debian-12", 80_000, _line(("22 lts", 6), ("20", 90)), BOTH),
    _Product("base/java", "ubuntu-22.04", 120_000, _line(("21", 50), ("17", 52))),
    _Product(
        "team/app",
        "ubuntu-24.04",
        64_000,
        _line(
            ("1.4.2 1.4 latest stable", 2),
            ("1.4.1", 16),
            ("1.4.0", 30),
            ("1.3.9 1.3", 75),
            ("1.3.8", 120),
            ("1.2.0", 300),
        ),
        BOTH,
        port=8080,
    ),
    _Product(
        "team/api",
        "debian-12",
        42_000,
        _line(
            ("2.0.0-rc.2 next", 1), ("1.9.3 latest", 11), ("1.9.2", 25), ("1.8.0", 95)
        ),
        port=8000,
    ),
    _Product("team/web", "alpine-3.20", 31_000, _nightly(9), port=80),
    _Product("team/worker", "debian-12", 38_000, _line(("1.9.3 latest", 11))),
    _Product("team/sandbox", "alpine-3.20", 5_000, _line(("pr-871", 1), ("pr-860", 9))),
    _Product(
        "platform/nginx",
        "alpine-3.20",
        12_000,
        _line(("1.27 latest", 19), ("1.25", 240)),
        BOTH,
        port=80,
    ),
    _Product(
        "platform/redis", "alpine-3.20", 9_000, _line(("7.4 7", 44), ("6.2", 500))
    ),
    _Product(
        "platform/postgres", "debian-12", 70_000, _line(("16.4", 60), ("15.8", 61))
    ),
    _Product("platform/vault", "alpine-3.20", 55_000, _line(("1.17.5", 35))),
    _Product(
        "platform/ingress", "distroless", 26_000, _line(("1.11.2 latest", 28)), BOTH
    ),
    _Product(
        "platform/otel-collector", "distroless", 47_000, _line(("0.108.0", 26)), BOTH
    ),
    _Product(
        "prod/payments",
        "distroless",
        33_000,
        _line(("2.8.1 latest", 4), ("2.8.0", 18), ("2.7.5", 60)),
        port=8443,
    ),
    _Product(
        "prod/checkout", "distroless", 29_000, _line(("5.1.0 latest", 7), ("5.0.4", 40))
    ),
    _Product(
        "prod/ledger", "distroless", 21_000, _line(("1.0.12", 90), ("1.0.11", 130))
    ),
    _Product(
        "prod/frontend",
        "alpine-3.20",
        40_000,
        _line(("2026.3 live", 5), ("2026.2", 20)),
    ),
    _Product("staging/payments", "distroless", 33_000, _line(("2.9.0-rc.1", 0.2))),
    _Product("tools/payload-service", "debian-12", 15_000, _line(("0.3.1 latest", 80))),
    _Product(
        "tools/ci-runner",
        "ubuntu-22.04",
        98_000,
        _line(("v5 latest", 14), ("v4", 170)),
        docker=True,
    ),
    _Product("tools/db-backup", "alpine-3.20", 3_000, _line(("2.2", 150)), docker=True),
    _Product("tools/linter", "alpine-3.20", 18_000, _nightly(4)),
    _Product("data/etl", "debian-12", 110_000, _line(("2026-02", 13), ("2026-01", 41))),
    _Product(
        "data/notebook", "ubuntu-22.04", 210_000, _line(("latest", 55)), docker=True
    ),
    _Product(
        "data/spark", "ubuntu-22.04", 160_000, _line(("3.5.2", 70), ("3.4.1", 330))
    ),
    _Product(
        "ml/inference", "ubuntu-22.04", 250_000, _line(("0.9.0", 8), ("0.8.4", 33))
    ),
    _Product(
        "legacy/monolith",
        "ubuntu-22.04",
        140_000,
        _line(("final", 900), ("r4711", 1100)),
        docker=True,
    ),
)


def populate(registry: SampleRegistry, clock: Clock) -> None:
    """Fill the registry; build dates are counted back from the clock's present hour."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    for product in _PRODUCTS:
        # The oldest first, as they would have been pushed.
        for release in reversed(product.releases):
            created = now - timedelta(days=release.days)
            registry.store(
                product.repository, _build(product, release, created), tags=release.tags
            )
    _sign(registry, now)


def populate_many(registry: SampleRegistry, count: int, *, tags: int = 1) -> None:
    """Add `count` repositories that share one small image: `group-007/service-00042`.

    Args:
        registry: where to.
        count: how many repositories.
        tags: how many tags each gets, `v1` and so on; all on one digest.
    """
    image = build_image([layer("many", 500)])
    names = tuple(f"v{number}" for number in range(1, tags + 1))
    for number in range(count):
        repository = f"group-{number % 100:03}/service-{number:05}"
        registry.store(repository, image, tags=names)


def _build(
    product: _Product, release: _Release, created: datetime
) -> BuiltImage | BuiltIndex:
    images = [
        _image(product, release, created, platform) for platform in product.platforms
    ]
    if len(images) == 1:
        return images[0]
    return build_index(images, docker=product.docker)


# Of several sample registries in a process the second is there at once.
@lru_cache(maxsize=128)
def _image(
    product: _Product, release: _Release, created: datetime, platform: str
) -> BuiltImage:
    name = product.repository.rpartition("/")[2]
    ports = (f"{product.port}/tcp",) if product.port else ()
    return build_image(
        _layers(product, release, platform),
        platform=platform,
        created=created,
        docker=product.docker,
        env=(
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            f"APP_VERSION={release.tags[0]}",
            "LANG=C.UTF-8",
        ),
        labels={
            "org.opencontainers.image.title": name,
            "org.opencontainers.image.version": release.tags[0],
            "org.opencontainers.image.vendor": "Example Inc.",
        },
        entrypoint=(f"/usr/local/bin/{name}",) if product.size else (),
        command=("serve",) if ports else ("/bin/sh",),
        user="app" if product.repository.startswith("prod/") else "",
        ports=ports,
    )


def _layers(product: _Product, release: _Release, platform: str) -> Sequence[Layer]:
    """The shared base, the product's own layer, steps that change the config alone."""
    base = layer(
        f"{product.base} {platform}",
        _BASES[product.base],
        created_by=f"ADD {product.base}-rootfs.tar.gz /",
        path="etc/os-release.d/rootfs",
    )
    if not product.size:
        return (base, Layer('CMD ["/bin/sh"]', {}))
    name = product.repository.rpartition("/")[2]
    older = product.releases.index(release)
    own = layer(
        f"{product.repository}:{release.tags[0]} {platform}",
        product.size - older * product.size // 40,
        created_by=f"COPY /build/{name} /usr/local/bin/{name}",
        path=f"usr/local/bin/{name}",
    )
    return (base, own, Layer(f'ENTRYPOINT ["/usr/local/bin/{name}"]', {}))


def _sign(registry: SampleRegistry, now: datetime) -> None:
    """Sign one image twice: as cosign tags it, and as a referrer (fallback tag)."""
    repository, tag = SIGNED
    product = next(p for p in _PRODUCTS if p.repository == repository)
    release = next(r for r in product.releases if tag in r.tags)
    signed = _build(product, release, now - timedelta(days=release.days)).manifest
    fallback = signed.digest.replace(":", "-")
    registry.store(
        repository,
        build_signature(signed, with_subject=False),
        tags=(f"{fallback}.sig",),
    )
    referrer = build_signature(signed, with_subject=True)
    registry.store(repository, referrer)
    registry.store(
        repository, build_referrers_index([referrer.manifest]), tags=(fallback,)
    )
