"""Media types of manifests and configs, and what we ask registries for (pure).

OCI: https://github.com/opencontainers/image-spec/blob/v1.1.0/media-types.md
Docker: https://distribution.github.io/distribution/spec/manifest-v2-2/
"""

from __future__ import annotations

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
SCHEMA1_SIGNED = "application/vnd.docker.distribution.manifest.v1+prettyjws"
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+json"

# The v1 API has no media types: these are the bot's own names for what it keeps of it.
V1_IMAGE = "application/vnd.registry-bot.v1.image+json"
V1_LAYER = "application/vnd.registry-bot.v1.layer"
V1_REPOSITORY = "application/vnd.registry-bot.v1.repository+json"

INDEXES = frozenset({OCI_INDEX, DOCKER_LIST})
IMAGES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
SCHEMA1_TYPES = frozenset({SCHEMA1, SCHEMA1_SIGNED})
MANIFESTS = INDEXES | IMAGES | SCHEMA1_TYPES
CONFIGS = frozenset({OCI_CONFIG, DOCKER_CONFIG})

# All of them, every time: asked for a list by tag without its type, distribution 2.8
# answers one platform's manifest under another digest, and deleting that breaks the
# list.
ACCEPT_MANIFEST = ", ".join(
    (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST, SCHEMA1_SIGNED, SCHEMA1)
)


def is_index(media_type: str) -> bool:
    """Does a manifest of this type list other manifests?"""
    return media_type in INDEXES


def bare(content_type: str) -> str:
    """A Content-Type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()
