"""Requests to put to a registry, and documents to put into it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from bot.demo.images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    BuiltImage,
    Document,
    build_image,
    build_index,
    build_signature,
    digest_of,
    layer,
)

NOWHERE = "sha256:" + "0" * 64
ALL_TYPES = ", ".join((OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST))
USER, PASSWORD = "ci", "correct horse"


@dataclass(frozen=True)
class Ask:
    """One request.

    Attributes:
        loosely: compare the status and error codes alone, since the rest is the
            server's private affair (offsets in JSON, signatures).
    """

    method: str
    target: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    loosely: bool = False


def get(target: str, accept: str = "", *, loosely: bool = False) -> Ask:
    return Ask("GET", target, (("accept", accept),) if accept else (), b"", loosely)


def ask(method: str, *targets: str) -> list[Ask]:
    return [Ask(method, target) for target in targets]


def put(
    repository: str,
    reference: str,
    document: Document,
    *,
    content_type: str | None = None,
    loosely: bool = False,
) -> Ask:
    kind = document.media_type if content_type is None else content_type
    headers = (("content-type", kind),) if kind else ()
    target = f"/v2/{repository}/manifests/{reference}"
    return Ask("PUT", target, headers, document.body, loosely)


def upload(repository: str, *blobs: bytes) -> list[Ask]:
    asks = []
    for blob in blobs:
        asks.append(Ask("POST", f"/v2/{repository}/blobs/uploads/"))
        asks.append(Ask("PUT", f"{{upload}}&digest={digest_of(blob)}", (), blob))
    return asks


def push(repository: str, image: BuiltImage, *tags: str) -> list[Ask]:
    asks = upload(repository, *image.blobs)
    references = tags or (image.manifest.digest,)
    return asks + [put(repository, tag, image.manifest) for tag in references]


def oci(**fields: object) -> Document:
    """The OCI image with some fields changed; None leaves one out."""
    document = json.loads(OCI.manifest.body) | fields
    kept = {key: value for key, value in document.items() if value is not None}
    return Document(OCI_MANIFEST, json.dumps(kept).encode())


OCI = build_image([layer("oci", 100)], env=("A=1",), labels={"team": "x"})
OCI_ARM = build_image([layer("arm", 50)], platform="linux/arm64")
DOCKER = build_image([layer("docker", 200), layer("more", 20)], docker=True)
DOCKER_ARM = build_image([layer("arm", 60)], platform="linux/arm64", docker=True)
INDEX = build_index([OCI, OCI_ARM])
LIST = build_index([DOCKER_ARM, DOCKER], docker=True)
ARM_LIST = build_index([DOCKER_ARM], docker=True)
NAMELESS_INDEX = Document(
    OCI_INDEX,
    json.dumps(
        {k: v for k, v in json.loads(INDEX.manifest.body).items() if k != "mediaType"}
    ).encode(),
)
SIGNATURE = build_signature(OCI.manifest, with_subject=True)
BLOB = b"0123456789" * 20
STRANGE = b'{"schemaVersion": 2, "mediaType": "application/x-strange"}'
R = "/v2/team/app"
CATALOG = "/v2/_catalog"


def on(repository: str, kind: str, *references: str) -> list[str]:
    return [f"/v2/{repository}/{kind}/{reference}" for reference in references]


def basic(user: str, password: str) -> tuple[tuple[str, str], ...]:
    text = base64.b64encode(f"{user}:{password}".encode()).decode()
    return (("authorization", f"Basic {text}"),)


EVERYTHING = [
    *push("team/app", OCI, "oci", OCI.manifest.digest),
    *push("team/app", OCI_ARM),
    *push("team/app", DOCKER, "docker", "same"),
    *push("team/app", DOCKER_ARM),
    put("team/app", "index", INDEX.manifest),
    put("team/app", "list", LIST.manifest),
    put("team/app", "arm-list", ARM_LIST.manifest),
    put("team/app", "nameless", NAMELESS_INDEX),
]


def as_accepted() -> list[Ask]:
    """Every kind of manifest, by tag and by digest, asked for in every way."""
    converted = {"docker", "list"}
    asks = []
    for tag, document in (
        ("oci", OCI.manifest),
        ("docker", DOCKER.manifest),
        ("index", INDEX.manifest),
        ("list", LIST.manifest),
        ("arm-list", ARM_LIST.manifest),
        ("nameless", NAMELESS_INDEX),
    ):
        for reference in (tag, document.digest):
            for accept in (
                "",
                ALL_TYPES,
                OCI_MANIFEST,
                OCI_INDEX,
                DOCKER_MANIFEST,
                DOCKER_LIST,
                f"text/html;q=0.9, {DOCKER_MANIFEST};q=0.5",
                "application/*",
            ):
                old = reference in converted and DOCKER_MANIFEST not in accept
                loosely = old and not (tag == "list" and DOCKER_LIST in accept)
                asks.append(get(f"{R}/manifests/{reference}", accept, loosely=loosely))
    return asks


def guarded(headers: tuple[tuple[str, str], ...]) -> list[Ask]:
    requests = (
        ("GET", "/"),
        ("GET", "/v2/"),
        ("HEAD", "/v2/"),
        ("GET", "/v2"),
        ("GET", "/nothing"),
        ("GET", CATALOG),
        ("POST", CATALOG),
        ("GET", f"{R}/tags/list"),
        ("GET", f"{R}/manifests/a"),
        ("HEAD", f"{R}/manifests/a"),
        ("PUT", f"{R}/manifests/a"),
        ("DELETE", f"{R}/manifests/{NOWHERE}"),
        ("GET", f"{R}/blobs/{NOWHERE}"),
        ("DELETE", f"{R}/blobs/{NOWHERE}"),
        ("POST", f"{R}/blobs/uploads/"),
        ("POST", f"{R}/blobs/uploads/?mount={NOWHERE}&from=other/app"),
        ("GET", f"{R}/referrers/{NOWHERE}"),
    )
    return [Ask(method, target, headers) for method, target in requests]


def upload_to(*repositories: str) -> list[Ask]:
    """Make repositories by uploading a blob to each."""
    return [one for name in repositories for one in upload(name, b"x")]
