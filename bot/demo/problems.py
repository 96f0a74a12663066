"""The errors of the registry protocol, and the JSON they are told in.

https://github.com/opencontainers/distribution-spec/blob/v1.1.0/spec.md#error-codes
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

MESSAGES = {
    "BLOB_UNKNOWN": "blob unknown to registry",
    "BLOB_UPLOAD_INVALID": "blob upload invalid",
    "BLOB_UPLOAD_UNKNOWN": "blob upload unknown to registry",
    "DIGEST_INVALID": "provided digest did not match uploaded content",
    "MANIFEST_BLOB_UNKNOWN": "blob unknown to registry",
    "MANIFEST_INVALID": "manifest invalid",
    "MANIFEST_UNKNOWN": "manifest unknown",
    "NAME_UNKNOWN": "repository name not known to registry",
    "PAGINATION_NUMBER_INVALID": "invalid number of results requested",
    "UNAUTHORIZED": "authentication required",
    "UNKNOWN": "unknown error",
    "UNSUPPORTED": "The operation is unsupported.",
}
"""Code to message, in the words of docker-registry 2.8.2."""


ABSENT = object()
"""No detail at all, which is not the same as `null`."""


class Problem(Exception):
    """An answer that is an error: a status and the errors of the body."""

    def __init__(
        self,
        status: int,
        errors: tuple[Mapping[str, object], ...],
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status)
        self.status = status
        self.errors = errors
        self.headers = dict(headers or {})

    def response(self) -> Response:
        body = json.dumps({"errors": list(self.errors)}, separators=(",", ":")) + "\n"
        headers = {"content-type": "application/json; charset=utf-8", **self.headers}
        return Response(body, self.status, headers)


def error(
    status: int,
    code: str,
    *,
    message: str = "",
    headers: Mapping[str, str] | None = None,
    detail: object = ABSENT,
) -> Problem:
    """One error; its detail appears in the body where it is given, even if None."""
    body: dict[str, object] = {"code": code, "message": message or MESSAGES[code]}
    if detail is not ABSENT:
        body["detail"] = detail
    return Problem(status, (body,), headers)
