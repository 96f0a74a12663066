"""The addresses of the registry protocol, as docker-registry 2.8 tells them apart."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response

PLAIN = "text/plain; charset=utf-8"

# `-+` where the server writes `-*`: the same names, without exponential backtracking.
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
# A first part that could be a host is taken as well, capital letters and all.
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_NAME = rf"(?P<name>(?:{_HOST}/)?{_COMPONENT}(?:/{_COMPONENT})*)"
_DIGEST = r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+"
_ROUTES = {
    "base": re.compile(r"/v2/"),
    "catalog": re.compile(r"/v2/_catalog"),
    "tags": re.compile(rf"/v2/{_NAME}/tags/list"),
    "manifest": re.compile(
        rf"/v2/{_NAME}/manifests/(?P<reference>{_DIGEST}|\w[\w.-]{{0,127}})"
    ),
    "referrers": re.compile(rf"/v2/{_NAME}/referrers/(?P<reference>{_DIGEST})"),
    "blob": re.compile(rf"/v2/{_NAME}/blobs/(?P<reference>{_DIGEST})"),
    "uploads": re.compile(rf"/v2/{_NAME}/blobs/uploads/"),
    "upload": re.compile(rf"/v2/{_NAME}/blobs/uploads/(?P<upload>[\w.=-]+)"),
}
METHODS = {
    "catalog": ("GET",),
    "tags": ("GET",),
    "manifest": ("DELETE", "GET", "HEAD", "PUT"),
    "referrers": ("GET",),
    "blob": ("DELETE", "GET", "HEAD"),
    "uploads": ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"),
    "upload": ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"),
}


def match(path: str) -> tuple[str, dict[str, str]]:
    """The route a path belongs to and the parts of it; no route is an empty name."""
    for route, pattern in _ROUTES.items():
        if found := pattern.fullmatch(path):
            return route, found.groupdict()
    return "", {}


def elsewhere(request: Request, path: str) -> Response:
    """A path without a route: redirected where only the last slash is wrong."""
    other = path[:-1] if path.endswith("/") else f"{path}/"
    if not match(other)[0]:
        return Response("404 page not found\n", 404, {"content-type": PLAIN})
    query = request.url.query
    headers = {"location": f"{other}?{query}" if query else other}
    if request.method not in ("GET", "HEAD"):
        return Response(status_code=301, headers=headers)
    headers["content-type"] = "text/html; charset=utf-8"
    page = f'<a href="{headers["location"]}">Moved Permanently</a>.\n\n'
    return Response(page, 301, headers)
