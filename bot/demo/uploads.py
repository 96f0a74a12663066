"""Blob uploads: begin, send in pieces, finish by digest, or mount from elsewhere.

As in docker-registry 2.8, the address of an upload carries a state that tells how far
it is; an address that is behind is refused. Nothing counts before the digest is right.
"""

from __future__ import annotations

import base64
import json
import uuid
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from bot.demo.problems import error
from bot.demo.storage import Storage, is_digest, verifies


class Uploads:
    """Answers the upload routes; unfinished uploads live in the storage."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def check(self, request: Request, name: str, upload: str) -> None:
        """Refuse an address whose state is forged, foreign or behind."""
        try:
            text = base64.urlsafe_b64decode(request.query_params.get("_state", ""))
            state = json.loads(text)
            owner, known, offset = state["Name"], state["UUID"], state["Offset"]
        except (ValueError, KeyError, TypeError):
            raise error(404, "BLOB_UPLOAD_INVALID", detail={}) from None
        if (owner, known) != (name, upload):
            raise error(404, "BLOB_UPLOAD_INVALID")
        body = self._storage.repository(name).uploads.get(upload)
        if body is None:
            raise error(404, "BLOB_UPLOAD_UNKNOWN", detail={})
        if len(body) != offset:
            raise error(404, "BLOB_UPLOAD_INVALID")

    def answer(self, request: Request, name: str, upload: str, body: bytes) -> Response:
        """Answer a request whose address was checked; no upload is an empty name."""
        if request.method == "POST":
            return self._begin(request, name)
        if not upload:
            raise error(404, "BLOB_UPLOAD_UNKNOWN")
        uploads = self._storage.repository(name).uploads
        if request.method == "DELETE":
            del uploads[upload]
            headers = {"docker-upload-uuid": upload}
            return Response(status_code=204, headers=headers)
        if request.method in ("GET", "HEAD"):
            return self._progress(request, 204, name, upload)
        if request.method == "PATCH":
            kind = request.headers.get("content-type", "")
            if kind not in ("", "application/octet-stream"):
                raise error(500, "UNKNOWN", detail={})
            uploads[upload] += body
            return self._progress(request, 202, name, upload)
        return self._finish(request, name, upload, body)

    def _begin(self, request: Request, name: str) -> Response:
        digest = request.query_params.get("mount", "")
        source = request.query_params.get("from", "")
        if digest in self._storage.repository(source).layers:
            self._storage.link(name, digest)
            return self._created(request, name, digest)
        upload = str(uuid.uuid4())
        self._storage.create(name).uploads[upload] = b""
        return self._progress(request, 202, name, upload)

    def _finish(
        self, request: Request, name: str, upload: str, body: bytes
    ) -> Response:
        digest = request.query_params.get("digest", "")
        if not digest:
            raise error(400, "DIGEST_INVALID", detail="digest missing")
        if not is_digest(digest):
            raise error(400, "DIGEST_INVALID", detail="digest parsing failed")
        uploads = self._storage.repository(name).uploads
        uploads[upload] += body
        if not verifies(digest, uploads[upload]):
            raise error(400, "DIGEST_INVALID", detail={"Digest": digest, "Reason": {}})
        self._storage.add_blob(name, digest, uploads.pop(upload))
        return self._created(request, name, digest)

    def _created(self, request: Request, name: str, digest: str) -> Response:
        location = f"{request.base_url}v2/{name}/blobs/{digest}"
        headers = {"docker-content-digest": digest, "location": location}
        return Response(status_code=201, headers=headers)

    def _progress(
        self, request: Request, status: int, name: str, upload: str
    ) -> Response:
        size = len(self._storage.repository(name).uploads[upload])
        state = json.dumps({"Name": name, "UUID": upload, "Offset": size})
        query = urlencode({"_state": base64.urlsafe_b64encode(state.encode()).decode()})
        location = f"{request.base_url}v2/{name}/blobs/uploads/{upload}?{query}"
        return Response(
            status_code=status,
            headers={
                "docker-upload-uuid": upload,
                "location": location,
                "range": f"0-{max(size - 1, 0)}",
            },
        )
