"""Requests put both to docker-registry 2.8.2 and to the sample registry.

A story is a list of requests that build on each other; each runs on a fresh registry of
either kind. `{upload}` in a target stands for the address of the upload under way,
`{begun}` for the one it had at first, `{foreign}` for the same in another repository.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import SecretStr

from bot.demo.images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    Document,
    build_index,
    build_referrers_index,
    digest_of,
)
from bot.demo.registry import Behaviour
from tests.live.sample_registry_asks import (
    ALL_TYPES,
    ARM_LIST,
    BLOB,
    CATALOG,
    DOCKER,
    EVERYTHING,
    INDEX,
    LIST,
    NAMELESS_INDEX,
    NOWHERE,
    OCI,
    OCI_ARM,
    PASSWORD,
    SIGNATURE,
    STRANGE,
    USER,
    Ask,
    R,
    as_accepted,
    ask,
    basic,
    get,
    guarded,
    oci,
    on,
    push,
    put,
    upload,
    upload_to,
)

# 2.8 sorts a slash before every other character, and takes what is no number for none.
PAGES = (
    *("n=3", "n=3&last=a/c", "n=3&last=a%2Fb", "n=3&last=a/bb", "n=2&last=a0"),
    *("n=2&last=ab/c", "n=1&last=ab/c", "n=1&last=b", "n=7", "n=8", "n=9", "n=1000"),
    *("n=1001", "n=-1", "n=0", "n=abc", "n=", "last=a0", "n=0&last=b", "n=2&last=zz"),
    *("n=2&last=a.b&other=1", "n=99999999999999999999"),
)


@dataclass(frozen=True)
class Story:
    asks: list[Ask]
    behaviour: Behaviour = field(default_factory=Behaviour)


STORIES = {
    "addresses": Story(
        [
            *ask("GET", "/", "/v2/", "/v2", "/v2//", "/nothing", "/v1/_ping", "/v3/"),
            *ask("HEAD", "/v2/", "/nothing"),
            *ask("POST", "/v2/", CATALOG, "/v2"),
            *ask("OPTIONS", "/v2/"),
            *ask("GET", f"{CATALOG}/", "/v2/a//b/tags/list", "/v2/team/app"),
            *ask("GET", f"{R}/tags/list/", f"{R}/manifests/", "/v2/tags/list"),
            *ask("GET", "/v2/NONE/tags/list", "/v2/-x/tags/list", "/v2/a/-x/tags/list"),
            *ask("GET", "/v2/a..b/tags/list", "/v2/a__b/tags/list"),
            *ask("GET", "/v2/a___b/tags/list", "/v2/a--b.c_d/tags/list"),
            *ask("GET", f"/v2/{'a' * 256}/tags/list", "/v2/team%2Fapp/tags/list"),
            *ask("GET", "/v2/Team/app/tags/list", "/v2/Team/App/tags/list"),
            *ask("GET", "/v2/HOST.example/app/manifests/a", "/v2/a-/b/tags/list"),
            *ask("DELETE", CATALOG, f"{R}/tags/list"),
            *ask("HEAD", CATALOG, f"{R}/tags/list"),
            *ask("GET", f"{R}/referrers/{NOWHERE}", f"{R}/blobs/junk"),
            *ask("PATCH", f"{R}/manifests/a", f"{R}/blobs/{NOWHERE}"),
            *ask("POST", f"{R}/blobs/uploads", f"{R}/manifests/a"),
            *ask("PUT", f"{R}/blobs/uploads/", f"{R}/blobs/{NOWHERE}"),
            *ask("GET", f"{R}/blobs/uploads/", f"{R}/blobs/uploads/x"),
            *ask("PATCH", f"{R}/blobs/uploads/x?_state=junk"),
        ]
    ),
    "nothing there": Story(
        [
            *ask("GET", CATALOG, f"{R}/tags/list", f"{R}/tags/list?n=1"),
            *ask("GET", *on("team/app", "manifests", "a", NOWHERE, "sha256:00", "a:b")),
            *ask("HEAD", *on("team/app", "manifests", "a", NOWHERE, "-bad")),
            *ask("GET", *on("team/app", "manifests", "sha256:" + "A" * 64, "a" * 129)),
            *ask("DELETE", *on("team/app", "manifests", "a", NOWHERE, "sha256:00")),
            *ask("DELETE", *on("team/app", "manifests", "sha512:" + "0" * 128)),
            *ask("GET", *on("team/app", "blobs", NOWHERE, "sha256:00", "x:y")),
            *ask("HEAD", *on("team/app", "blobs", NOWHERE)),
            *ask("DELETE", *on("team/app", "blobs", NOWHERE, "sha256:00")),
        ]
    ),
    "catalog pages": Story(
        [
            *upload_to("b", "a-b", "a", "a/b", "a.b", "a0", "a/c", "ab/c"),
            *ask("GET", CATALOG, *(f"{CATALOG}?{query}" for query in PAGES)),
        ]
    ),
    "one repository fills a page": Story(
        [*upload("solo", b"x"), *ask("GET", f"{CATALOG}?n=1", f"{CATALOG}?n=2")]
    ),
    "uploads": Story(
        [
            *ask("POST", f"{R}/blobs/uploads/"),
            *ask("GET", CATALOG, f"{R}/tags/list", "{upload}"),
            Ask("PATCH", "{upload}", (), BLOB[:50]),
            *ask("GET", "{upload}"),
            *ask("HEAD", "{upload}"),
            Ask(
                "PATCH",
                "{upload}",
                (("content-type", "application/octet-stream"),),
                BLOB[50:],
            ),
            *ask("GET", "{begun}", "{foreign}"),
            *ask("PATCH", "{begun}"),
            *ask("PUT", "{upload}", "{upload}&digest=nonsense"),
            *ask("PUT", f"{{upload}}&digest={NOWHERE}"),
            *ask("PUT", f"{{upload}}&digest={digest_of(BLOB)}"),
            *ask("GET", CATALOG, f"{R}/tags/list"),
            *ask("POST", f"{R}/blobs/uploads/"),
            Ask("PATCH", "{upload}", (("content-type", "text/plain"),), b"x", True),
            *ask("DELETE", "{upload}", "{upload}"),
            *ask("GET", "{upload}"),
            *ask("PATCH", "{upload}"),
            *ask("PUT", f"{{upload}}&digest={digest_of(b'')}"),
            *ask("POST", f"{R}/blobs/uploads/?digest={digest_of(BLOB)}"),
        ]
    ),
    "blobs": Story(
        [
            *upload("team/app", BLOB),
            *ask("HEAD", f"{R}/blobs/{digest_of(BLOB)}"),
            *ask("GET", f"{R}/blobs/{digest_of(BLOB)}"),
            *ask("GET", f"/v2/other/app/blobs/{digest_of(BLOB)}"),
            *(
                Ask("GET", f"{R}/blobs/{digest_of(BLOB)}", ((name, value),))
                for name, value in (
                    ("range", "bytes=0-0"),
                    ("range", "bytes=5-"),
                    ("range", "bytes=-5"),
                    ("range", "bytes=190-999"),
                    ("if-none-match", f'"{digest_of(BLOB)}"'),
                    ("if-none-match", digest_of(BLOB)),
                )
            ),
            Ask("HEAD", f"{R}/blobs/{digest_of(BLOB)}", (("range", "bytes=0-9"),)),
            get(f"{R}/manifests/{digest_of(BLOB)}", loosely=True),
            *upload("team/app", STRANGE),
            get(f"{R}/manifests/{digest_of(STRANGE)}", ALL_TYPES, loosely=True),
            *(
                Ask("POST", f"/v2/other/{name}/blobs/uploads/?{query}")
                for name, query in (
                    ("a", f"mount={digest_of(BLOB)}&from=team/app"),
                    ("b", f"mount={digest_of(BLOB)}&from=team/none"),
                    ("b", f"mount={NOWHERE}&from=team/app"),
                    ("b", "mount=junk&from=team/app"),
                    ("b", f"mount={digest_of(BLOB)}&from=TEAM/app"),
                    ("b", f"mount={digest_of(BLOB)}"),
                )
            ),
            *ask("HEAD", f"/v2/other/a/blobs/{digest_of(BLOB)}"),
            *ask("GET", CATALOG),
            *ask("DELETE", *[f"{R}/blobs/{digest_of(BLOB)}"] * 2),
            *ask("GET", f"{R}/blobs/{digest_of(BLOB)}"),
            *ask("GET", f"/v2/other/a/blobs/{digest_of(BLOB)}", CATALOG),
        ]
    ),
    "manifests that are refused": Story(
        [
            put("team/app", "early", OCI.manifest),
            put("team/app", "early", INDEX.manifest),
            put("team/app", "early", LIST.manifest),
            *ask("GET", CATALOG, f"{R}/tags/list"),
            *push("team/app", OCI),
            *ask("GET", CATALOG, f"{R}/tags/list"),
            *push("team/app", OCI_ARM),
            *push("team/app", DOCKER),
            put("team/app", NOWHERE, OCI.manifest),
            put("team/app", "-bad", OCI.manifest),
            put("team/app", "sha256:00", OCI.manifest),
            put("team/app", "x", OCI.manifest, content_type=""),
            put("team/app", "x", OCI.manifest, content_type="application/json"),
            put("team/app", "x", OCI.manifest, content_type=DOCKER_MANIFEST),
            put("team/app", "x", DOCKER.manifest, content_type=OCI_MANIFEST),
            put("team/app", "x", INDEX.manifest, content_type=OCI_MANIFEST),
            put("team/app", "x", INDEX.manifest, content_type=DOCKER_LIST),
            put("team/app", "x", OCI.manifest, content_type=OCI_INDEX),
            put("team/app", "x", oci(mediaType=None), content_type=OCI_INDEX),
            put("team/app", "x", NAMELESS_INDEX, content_type=OCI_MANIFEST),
            put("team/app", "x", oci(mediaType=None), content_type=DOCKER_MANIFEST),
            *(
                put("team/app", "x", Document(OCI_MANIFEST, body), loosely=True)
                for body in (b"not json", b"", b"[]", b"{}", b'{"a":', b" " * 4194305)
            ),
            put("team/app", "x", oci(schemaVersion=1)),
            put("team/app", "x", oci(config=None)),
            put("team/app", "x", oci(layers=[{"digest": NOWHERE, "size": 3}])),
            *ask("GET", CATALOG, f"{R}/tags/list"),
            put("team/app", "x" * 128, oci(layers=[])),
            put("team/app", "y", oci(mediaType=None, annotations={"a": "b"})),
            put("team/app", "z", OCI.manifest, content_type=f"{OCI_MANIFEST}; q=1"),
            put("only/index", "empty", build_index([]).manifest),
            *ask("GET", CATALOG, "/v2/only/index/tags/list", f"{R}/tags/list"),
            get(f"{R}/manifests/y", ALL_TYPES),
            get("/v2/only/index/manifests/empty", ALL_TYPES),
        ]
    ),
    "accepted types": Story([*EVERYTHING, *as_accepted()]),
    "reading": Story(
        [
            *EVERYTHING,
            *ask("GET", f"{R}/tags/list", f"{R}/tags/list?n=1", CATALOG),
            *ask("GET", f"{R}/tags/list?n=2&last=docker"),
            *(
                Ask("HEAD", target, (("accept", ALL_TYPES),))
                for target in on("team/app", "manifests", "oci", "list", "none")
            ),
            *ask("HEAD", f"{R}/manifests/oci", f"{R}/manifests/index"),
            *(
                Ask(
                    "GET",
                    f"{R}/manifests/same",
                    (("accept", ALL_TYPES), ("if-none-match", tag)),
                )
                for tag in (
                    DOCKER.manifest.digest,
                    f'"{DOCKER.manifest.digest}"',
                    f'W/"{DOCKER.manifest.digest}"',
                    '"x"',
                    "*",
                )
            ),
            *ask("GET", f"{R}/blobs/{OCI.manifest.digest}"),
            get(f"{R}/manifests/{digest_of(OCI.blobs[0])}", ALL_TYPES, loosely=True),
            get(f"{R}/manifests/{digest_of(OCI.blobs[1])}", ALL_TYPES, loosely=True),
            get("/v2/other/app/manifests/oci", ALL_TYPES),
            get(f"/v2/other/app/manifests/{OCI.manifest.digest}", ALL_TYPES),
        ]
    ),
    "deleting": Story(
        [
            *EVERYTHING,
            *ask("DELETE", *on("team/app", "manifests", "docker", "none", "sha256:00")),
            *ask("DELETE", f"/v2/other/app/manifests/{OCI.manifest.digest}"),
            # A child first: the list stays and is broken.
            *ask("DELETE", *[f"{R}/manifests/{DOCKER.manifest.digest}"] * 2),
            *ask("GET", f"{R}/tags/list", f"{R}/manifests/same"),
            get(f"{R}/manifests/{DOCKER.manifest.digest}", ALL_TYPES),
            get(f"{R}/manifests/list", DOCKER_MANIFEST),
            get(f"{R}/manifests/list", ALL_TYPES),
            put("team/app", "list", LIST.manifest),
            # The blobs stay, so the bytes can be put back.
            *ask("HEAD", f"{R}/blobs/{digest_of(DOCKER.blobs[0])}"),
            put("team/app", "back", DOCKER.manifest),
            put("team/app", "list", LIST.manifest),
            *ask("GET", f"{R}/tags/list"),
            # An index: its children stay.
            *ask("DELETE", f"{R}/manifests/{INDEX.manifest.digest}"),
            get(f"{R}/manifests/oci", ALL_TYPES),
            get(f"{R}/manifests/{OCI_ARM.manifest.digest}", ALL_TYPES),
            # A tag that moved away is not taken along.
            put("team/app", "oci", OCI_ARM.manifest),
            *ask("DELETE", f"{R}/manifests/{OCI.manifest.digest}"),
            get(f"{R}/manifests/oci", ALL_TYPES),
            # A blob by the manifests route, and what that breaks.
            *ask("DELETE", f"{R}/manifests/{digest_of(DOCKER.blobs[0])}"),
            put("team/app", "back", DOCKER.manifest),
            *ask("DELETE", f"{R}/blobs/{digest_of(DOCKER.blobs[1])}"),
            put("team/app", "back", DOCKER.manifest),
            *ask(
                "DELETE",
                *(
                    f"{R}/manifests/{document.digest}"
                    for document in (
                        *(OCI_ARM.manifest, DOCKER.manifest, LIST.manifest),
                        *(ARM_LIST.manifest, NAMELESS_INDEX),
                    )
                ),
            ),
            *ask("GET", f"{R}/tags/list", CATALOG, f"{R}/manifests/oci"),
            put("team/app", "again", OCI.manifest),
            *ask("GET", f"{R}/tags/list"),
        ]
    ),
    "placeholder on a tag": Story(
        [
            *push("team/app", OCI, "a", "b"),
            *upload("team/app", b"{}"),
            put("team/app", "a", oci(layers=[], annotations={"placeholder": "1"})),
            *ask(
                "DELETE",
                f"{R}/manifests/"
                f"{oci(layers=[], annotations={'placeholder': '1'}).digest}",
            ),
            *ask("GET", f"{R}/tags/list"),
            get(f"{R}/manifests/b", ALL_TYPES),
        ]
    ),
    "referrers": Story(
        [
            *push("team/app", OCI, "a"),
            *push("team/app", SIGNATURE),
            put(
                "team/app",
                OCI.manifest.digest.replace(":", "-"),
                build_referrers_index([SIGNATURE.manifest]),
            ),
            *ask("GET", f"{R}/referrers/{OCI.manifest.digest}", f"{R}/tags/list"),
            get(f"{R}/manifests/{OCI.manifest.digest.replace(':', '-')}", ALL_TYPES),
            get(f"{R}/manifests/{SIGNATURE.manifest.digest}", ALL_TYPES),
        ]
    ),
    "deletion off": Story(
        [
            *push("team/app", DOCKER, "a", "b"),
            *ask("DELETE", *on("team/app", "manifests", "a", "none", NOWHERE)),
            *ask("DELETE", *on("team/app", "manifests", DOCKER.manifest.digest)),
            *ask("DELETE", *on("team/app", "manifests", "sha256:00", "a:b", "-bad")),
            *ask("DELETE", *on("other/app", "manifests", "a", NOWHERE)),
            *ask("DELETE", *on("team/app", "blobs", NOWHERE, "junk", "sha256:00")),
            *ask("DELETE", *on("team/app", "blobs", digest_of(DOCKER.blobs[0]))),
            *ask("GET", f"{R}/tags/list"),
            get(f"{R}/manifests/a", ALL_TYPES),
        ],
        Behaviour(delete_enabled=False),
    ),
    "read only": Story(
        [
            *ask("DELETE", *on("team/app", "manifests", "a", NOWHERE)),
            *ask("DELETE", *on("team/app", "blobs", NOWHERE)),
            put("team/app", "a", OCI.manifest),
            *ask("POST", f"{R}/blobs/uploads/"),
            *ask("PATCH", f"{R}/blobs/uploads/x"),
            *ask("GET", CATALOG, f"{R}/tags/list", f"{R}/manifests/a"),
        ],
        Behaviour(read_only=True),
    ),
    "a password": Story(
        [
            *guarded(()),
            *guarded(basic(USER, "wrong")),
            *guarded((("authorization", "Bearer x"),)),
            *guarded(basic(USER, PASSWORD)),
        ],
        Behaviour(username=USER, password=SecretStr(PASSWORD), realm="guarded"),
    ),
}
