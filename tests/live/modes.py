"""The servers of issue 3's acceptance: docker-registry 2.8.2 in six modes, django-oci.

    with standing(MODES["token"], tmp_path) as place:
        place.back.push("team/app", "1.0")
        pair = place.connect()

Each docker-registry has a plain one beside it over the same storage. People push there
and witnesses read there, whatever the one in the mode refuses or asks for.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.registry.connect import ConnectOptions, RegistryPair, connect
from tests.live.django_oci_server import DjangoOciServer
from tests.live.nginx_server import NginxServer
from tests.live.pushing import Pushed
from tests.live.registry_server import RegistryServer, program
from tests.live.token_server import TokenServer

USER, PASSWORD = "ci", "correct horse: @staple"


@dataclass
class Place:
    """One server, reached as the bot reaches it, and where its content is seen.

    Attributes:
        back: to push to, and to read from as a witness.
        host: host and port of the server in its mode.
        url: its address.
        options: what the bot is told beside the address.
        skopeo: what skopeo is told.
    """

    back: Pushed
    host: str
    url: str
    folder: Path
    options: dict[str, Any] = field(default_factory=dict, repr=False)
    skopeo: tuple[str, ...] = ()

    def connect_options(self, **more: Any) -> ConnectOptions:
        """What the bot is told, with the right credentials unless said otherwise."""
        return ConnectOptions(url=self.url, **self.options | more)

    def connect(self, **more: Any) -> RegistryPair:
        """Both doors."""
        return connect("live", self.connect_options(**more))

    def told(self, repository: str, reference: str) -> dict[str, Any]:
        """What skopeo says of an image, through the mode's own door."""
        found: dict[str, Any] = json.loads(
            self._skopeo("inspect", *self.skopeo, self._source(repository, reference))
        )
        return found

    def pulls(self, repository: str, tag: str) -> bool:
        """Does skopeo pull it through that door, with every platform and layer?"""
        target = self.folder / f"pulled-{len(list(self.folder.iterdir()))}"
        options = [f"--src-{option.removeprefix('--')}" for option in self.skopeo]
        try:
            self._skopeo(
                *("copy", "--all", *options),
                *(self._source(repository, tag), f"dir:{target}"),
            )
        except subprocess.CalledProcessError:
            return False
        return True

    def _source(self, repository: str, reference: str) -> str:
        separator = "@" if ":" in reference else ":"
        return f"docker://{self.host}/{repository}{separator}{reference}"

    def _skopeo(self, *arguments: str) -> str:
        command = [program("skopeo", "skopeo"), "--insecure-policy", *arguments]
        return subprocess.run(
            command, capture_output=True, check=True, text=True, timeout=60
        ).stdout


@dataclass(frozen=True)
class Mode:
    """A kind of server, and what it can.

    Attributes:
        name: as in the issue.
        start: starts it; everything ends with the stack.
        how: the way a tag is deleted (`TagDeletion.how`); empty where it is refused.
        writes: does it take manifests.
        catalog: does it tell its repositories.
        indexes: does it serve an index as one.
        login: does it ask who we are.
        moves: does a PUT on a tag that exists move it.
        new_repositories: does it say of one that it does not have that it has not.
    """

    name: str
    start: Callable[[ExitStack, Path], Place]
    how: str = "placeholder"
    writes: bool = True
    catalog: bool = True
    indexes: bool = True
    login: bool = False
    moves: bool = True
    new_repositories: bool = True


@contextmanager
def standing(mode: Mode, folder: Path) -> Iterator[Place]:
    """Start the servers of a mode."""
    with ExitStack() as stack:
        yield mode.start(stack, folder)


def _two(
    stack: ExitStack, folder: Path, *, skopeo: tuple[str, ...] = (), **settings: object
) -> Place:
    """A docker-registry in a mode, and a plain one beside it."""
    content = folder / "content"
    back = RegistryServer.running(folder / "back", content=content)
    front = RegistryServer.running(folder / "front", content=content, **settings)
    server = stack.enter_context(front)
    return Place(
        stack.enter_context(back),
        server.host,
        server.url,
        folder,
        skopeo=("--tls-verify=false", *skopeo),
    )


def _plain(**settings: object) -> Callable[[ExitStack, Path], Place]:
    return lambda stack, folder: _two(stack, folder, **settings)


_LOGIN = {"username": USER, "password": SecretStr(PASSWORD)}
_CREDENTIALS = (f"--creds={USER}:{PASSWORD}",)


def _htpasswd(stack: ExitStack, folder: Path) -> Place:
    users = {USER: PASSWORD}
    place = _two(stack, folder, skopeo=_CREDENTIALS, users=users)
    place.options = dict(_LOGIN)
    return place


def _token(stack: ExitStack, folder: Path) -> Place:
    server = TokenServer.running(folder, user=USER, password=PASSWORD)
    tokens = stack.enter_context(server)
    place = _two(stack, folder, skopeo=_CREDENTIALS, token=tokens.settings)
    place.options = {**_LOGIN, "token_realms": (tokens.host,)}
    return place


def _nginx(stack: ExitStack, folder: Path) -> Place:
    back = stack.enter_context(RegistryServer.running(folder / "back"))
    front = stack.enter_context(
        NginxServer.running(folder / "nginx", back, users={USER: PASSWORD})
    )
    trusted = folder / "trusted"
    trusted.mkdir()
    (trusted / "ca.crt").write_bytes(front.authority.read_bytes())
    return Place(
        back,
        front.host,
        front.url,
        folder,
        options={**_LOGIN, "ca_file": front.authority},
        skopeo=(f"--cert-dir={trusted}", *_CREDENTIALS),
    )


def _django_oci(stack: ExitStack, folder: Path) -> Place:
    server = stack.enter_context(DjangoOciServer.running(folder / "django"))
    skopeo = ("--tls-verify=false",)
    return Place(server, server.host, server.url, folder, skopeo=skopeo)


MODES = {
    mode.name: mode
    for mode in (
        Mode("delete on", _plain()),
        Mode("delete off", _plain(delete=False), how=""),
        Mode("read-only", _plain(readonly=True), how="", writes=False, moves=False),
        Mode("htpasswd", _htpasswd, login=True),
        Mode("token", _token, login=True),
        Mode("nginx with TLS and basic auth", _nginx, login=True),
        Mode(
            "django-oci",
            _django_oci,
            how="native",
            catalog=False,
            indexes=False,
            moves=False,
            new_repositories=False,
        ),
    )
}
