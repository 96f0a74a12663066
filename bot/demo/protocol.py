"""Answers registry requests as docker-registry 2.8.2 does, from a `Storage` in memory.

Status, error codes and headers were recorded on the real server;
`tests/live/test_sample_registry_honest.py` puts the same requests to both and compares.
Where a `Behaviour` says so, it answers as other servers do instead.

Known not to be the same: the signature of a schema 1 manifest, ranges that cannot be
satisfied (2.8.2 breaks the connection, here 416), several ranges in one request (here
the whole blob).
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from bisect import bisect_right
from collections.abc import Iterable
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from bot.demo.behaviour import Behaviour
from bot.demo.documents import (
    ManifestRefused,
    ManifestUnreadable,
    Stored,
    accepted_types,
    read_put,
    read_stored,
    to_schema_1,
)
from bot.demo.images import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    digest_of,
)
from bot.demo.problems import ABSENT, Problem, error
from bot.demo.referrers import referrers_index, subject_of
from bot.demo.routes import METHODS, PLAIN, elsewhere, match
from bot.demo.storage import Pending, Repository, Storage, is_digest, walk_key
from bot.demo.uploads import Uploads

MANIFEST_LIMIT = 4 * 1024 * 1024
"""Largest manifest the server takes, in bytes."""


class Protocol:
    """An ASGI application; one request at a time changes the storage."""

    def __init__(self, storage: Storage, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self._storage = storage
        self._uploads = Uploads(storage)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = await request.body()
        try:
            response = self._answer(request, body)
        except Problem as problem:
            response = problem.response()
        if request.url.path != "/":
            response.headers["docker-distribution-api-version"] = "registry/2.0"
        await response(scope, receive, send)

    def _answer(self, request: Request, body: bytes) -> Response:
        path = request.scope["path"]
        if path == "/":
            return Response(headers={"cache-control": "no-cache"})
        clean = re.sub("//+", "/", path)
        if clean != path:
            return Response(status_code=301, headers={"location": clean})
        route, parts = match(path)
        if route == "referrers" and not self.behaviour.referrers_api:
            route = ""
        if not route:
            return elsewhere(request, path)
        self._authorize(request, route, parts)
        if route == "base":
            return _json({})
        if route == "upload":
            # Before the method is looked at: a forged state is no 405.
            self._uploads.check(request, parts["name"], parts["upload"])
        allowed = METHODS[route]
        if self.behaviour.read_only:
            allowed = tuple(verb for verb in allowed if verb in ("GET", "HEAD"))
        if request.method not in allowed:
            headers = {"allow": ", ".join(allowed), "content-type": PLAIN}
            return Response("Method not allowed\n", 405, headers)
        if route == "catalog":
            return self._catalog(request)
        name = parts["name"]
        if len(name) > 255:
            raise error(500, "UNKNOWN", detail={"Name": name, "Reason": {}})
        if route == "tags":
            return self._tags(name)
        if route == "referrers":
            index = referrers_index(self._storage, name, parts["reference"])
            return Response(index, headers={"content-type": OCI_INDEX})
        if route == "blob":
            return self._blob(request, name, parts["reference"])
        if route in ("uploads", "upload"):
            return self._uploads.answer(request, name, parts.get("upload", ""), body)
        reference = parts["reference"]
        if request.method == "PUT":
            return self._put(request, name, reference, body)
        if request.method == "DELETE":
            return self._delete(name, reference)
        return self._manifest(request, name, reference)

    # Who may

    def _authorize(self, request: Request, route: str, parts: dict[str, str]) -> None:
        expected = self.behaviour
        if not expected.username:
            return
        credentials = f"{expected.username}:{expected.password.get_secret_value()}"
        given = request.headers.get("authorization", "")
        basic = base64.b64encode(credentials.encode()).decode()
        if hmac.compare_digest(given.encode(), f"Basic {basic}".encode()):
            return
        raise error(
            401,
            "UNAUTHORIZED",
            detail=_needed(request, route, parts),
            headers={"www-authenticate": f'Basic realm="{expected.realm}"'},
        )

    # Lists

    def _catalog(self, request: Request) -> Response:
        text = request.query_params.get("n", "")
        limit = self.behaviour.page_limit
        count = int(text) if re.fullmatch(r"-?\d{1,18}", text) else limit
        if count < 0:
            count = limit
        if count > limit:
            raise error(400, "PAGINATION_NUMBER_INVALID", detail={"n": count})
        names = self._storage.catalog()
        last = walk_key(request.query_params.get("last", ""))
        start = bisect_right(names, last, key=walk_key)
        page = names[start : start + count]
        response = _json({"repositories": page})
        more = start + count < len(names)
        if self.behaviour.link_on_full_page:
            more = len(page) == count
        if page and more:
            query = urlencode({"last": page[-1], "n": count})
            response.headers["link"] = f'</v2/_catalog?{query}>; rel="next"'
        return response

    def _tags(self, name: str) -> Response:
        repository = self._storage.repository(name)
        repository.read()
        empty = self.behaviour.emptied_unknown and not repository.tags
        if not repository.tagged or empty:
            raise error(404, "NAME_UNKNOWN", detail={"name": name})
        return _json({"name": name, "tags": list(repository.tags) or None})

    # Manifests

    def _manifest(self, request: Request, name: str, reference: str) -> Response:
        repository = self._storage.repository(name)
        repository.read()
        accepted = accepted_types(request.headers.getlist("accept"))
        tag = "" if is_digest(reference) else reference
        if ":" in tag:
            raise error(500, "UNKNOWN", detail=_tag_path(name, f"{tag}/current"))
        if tag and tag not in repository.tags:
            raise error(404, "MANIFEST_UNKNOWN", detail={"Tag": tag})
        digest = repository.tags[tag] if tag else reference
        if request.headers.get("if-none-match", "") in (digest, f'"{digest}"'):
            return Response(status_code=304)
        stored = self._stored(name, repository, digest)
        document = stored.document
        media_type = document.media_type
        if media_type == OCI_MANIFEST and OCI_MANIFEST not in accepted:
            raise _not_accepted("OCI manifest", "OCI manifests")
        if stored.declared == OCI_INDEX and OCI_INDEX not in accepted:
            raise _not_accepted("OCI index", "OCI indexes")
        if tag and media_type == DOCKER_LIST and DOCKER_LIST not in accepted:
            if not stored.default:
                raise error(404, "MANIFEST_UNKNOWN")
            document = self._stored(name, repository, stored.default).document
        if (
            tag
            and document.media_type == DOCKER_MANIFEST
            and DOCKER_MANIFEST not in accepted
        ):
            config = read_stored(document.body).references[0]
            document = to_schema_1(
                name, tag, document, self._storage.blobs.get(config, b"{}")
            )
        return Response(
            document.body,
            headers={
                "content-type": document.media_type,
                "docker-content-digest": document.digest,
                "etag": f'"{document.digest}"',
            },
        )

    def _stored(self, name: str, repository: Repository, digest: str) -> Stored:
        if not repository.holds(digest):
            raise error(
                404, "MANIFEST_UNKNOWN", detail={"Name": name, "Revision": digest}
            )
        try:
            return read_stored(self._storage.blobs[digest])
        except ManifestUnreadable:
            raise error(500, "UNKNOWN", detail={}) from None

    def _put(
        self, request: Request, name: str, reference: str, body: bytes
    ) -> Response:
        if len(body) > MANIFEST_LIMIT:
            raise error(400, "MANIFEST_INVALID", detail="http: request body too large")
        try:
            stored = read_put(request.headers.get("content-type", ""), body)
        except ManifestRefused:
            raise error(400, "MANIFEST_INVALID", detail={}) from None
        except ManifestUnreadable:
            raise error(500, "UNKNOWN", detail={}) from None
        digest = digest_of(body)
        by_digest = is_digest(reference)
        if by_digest and reference != digest:
            raise error(400, "DIGEST_INVALID")
        self._check_references(name, stored)
        if ":" in reference and not by_digest:
            index = f"{reference}/index/{digest.replace(':', '/')}"
            raise error(500, "UNKNOWN", detail=_tag_path(name, index))
        tags = () if by_digest else (reference,)
        self._storage.add_manifest(name, digest, body, tags)
        location = f"{request.base_url}v2/{name}/manifests/{digest}"
        headers = {"docker-content-digest": digest, "location": location}
        if self.behaviour.referrers_api and (subject := subject_of(body)):
            headers["oci-subject"] = subject
        return Response(status_code=201, headers=headers)

    def _check_references(self, name: str, stored: Stored) -> None:
        """Everything a manifest names must be in the repository, or it is refused."""
        repository = self._storage.repository(name)
        missing: list[Problem] = []
        for digest in stored.references:
            known = digest in repository.layers
            if stored.children:
                known = repository.holds(digest)
            if known:
                continue
            if not is_digest(digest):
                missing.append(error(400, "DIGEST_INVALID"))
            missing.append(error(400, "MANIFEST_BLOB_UNKNOWN", detail=digest))
        if missing:
            raise Problem(400, tuple(e for p in missing for e in p.errors))

    def _delete(self, name: str, reference: str) -> Response:
        behaviour = self.behaviour
        native = behaviour.tag_deletion and not is_digest(reference)
        always = native and behaviour.tag_deletion_always
        if not (behaviour.delete_enabled or always):
            raise error(405, "UNSUPPORTED")
        repository = self._storage.repository(name)
        if native:
            if reference not in repository.tags:
                raise error(404, "MANIFEST_UNKNOWN", detail={"Tag": reference})
        elif not is_digest(reference):
            raise error(400, "DIGEST_INVALID")
        elif not repository.holds(reference):
            raise error(404, "MANIFEST_UNKNOWN")
        if behaviour.late_deletion:
            repository.pending.append(Pending(reference, behaviour.late_deletion))
        elif not behaviour.ignored_deletion:
            repository.remove(reference)
        return Response(status_code=202)

    # Blobs

    def _blob(self, request: Request, name: str, digest: str) -> Response:
        repository = self._storage.repository(name)
        if not is_digest(digest):
            raise error(400, "DIGEST_INVALID", detail={})
        deletion = request.method == "DELETE"
        if deletion and not self.behaviour.delete_enabled:
            raise error(405, "UNSUPPORTED")
        if digest not in repository.layers:
            raise error(404, "BLOB_UNKNOWN", detail=ABSENT if deletion else digest)
        if deletion:
            repository.layers.discard(digest)
            return Response(status_code=202)
        headers = {
            "cache-control": "max-age=31536000",
            "docker-content-digest": digest,
            "etag": f'"{digest}"',
        }
        if request.headers.get("if-none-match", "") == f'"{digest}"':
            return Response(status_code=304, headers=headers)
        headers |= {
            "accept-ranges": "bytes",
            "content-type": "application/octet-stream",
        }
        return _part(self._storage.blobs[digest], request, headers)


def _json(value: object) -> Response:
    # The real server ends every JSON body but that of /v2/ with a newline.
    text = json.dumps(value, separators=(",", ":")) + ("\n" if value else "")
    return Response(text, headers={"content-type": "application/json; charset=utf-8"})


def _needed(
    request: Request, route: str, parts: dict[str, str]
) -> list[dict[str, str]] | None:
    """What a refused request would have needed, as the body of a 401 lists it."""

    def access(kind: str, name: str, actions: Iterable[str]) -> list[dict[str, str]]:
        return [
            {"Type": kind, "Class": "", "Name": name, "Action": action}
            for action in actions
        ]

    if route == "base":
        return None
    if route == "catalog":
        return access("registry", "catalog", ["*"])
    actions = {"GET": ["pull"], "HEAD": ["pull"], "DELETE": ["delete"]}
    needed = access(
        "repository", parts["name"], actions.get(request.method, ["pull", "push"])
    )
    if source := request.query_params.get("from"):
        needed += access("repository", source, ["pull"])
    return needed


def _not_accepted(found: str, kind: str) -> Problem:
    message = f"{found} found, but accept header does not support {kind}"
    return error(404, "MANIFEST_UNKNOWN", message=message)


def _tag_path(name: str, rest: str) -> dict[str, str]:
    """2.8 shows where it looked when a reference is neither a tag nor a digest."""
    root = "/docker/registry/v2/repositories"
    return {
        "Path": f"{root}/{name}/_manifests/tags/{rest}/link",
        "DriverName": "filesystem",
    }


def _part(body: bytes, request: Request, headers: dict[str, str]) -> Response:
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if not found or not (found[1] or found[2]):
        return Response(body, headers=headers)
    size = len(body)
    start = int(found[1]) if found[1] else max(size - int(found[2]), 0)
    end = min(int(found[2]), size - 1) if found[1] and found[2] else size - 1
    if start > end:
        return Response(status_code=416, headers={"content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{end}/{size}"
    return Response(body[start : end + 1], 206, headers)
