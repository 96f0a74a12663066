"""The container image: built for real, small inside, and it serves.

`make image-test` runs these. Everything is built in a store of its own, which is
thrown away. `chroot` isolation shares this machine's network, so servers listen on
loopback and ports are free ones.
"""

from __future__ import annotations

import http.server
import json
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.image

ROOT = Path(__file__).resolve().parent.parent.parent
IMAGE = "localhost/registry-bot:test"
USER = 10001
SCOPES = (
    "app_mentions:read,chat:write,commands,files:write,im:history,im:write,"
    "usergroups:read,users:read"
)

Env = dict[str, str]

BUILD_TIMEOUT_S = 900
ANSWER_TIMEOUT_S = 60


class Buildah:
    """The buildah command on a store of our own, and one container in it."""

    def __init__(self, store: Path) -> None:
        self._command = (
            *("buildah", "--root", f"{store}/root", "--runroot", f"{store}/run"),
            *("--storage-driver", "vfs"),
        )
        self.container = ""

    def __call__(self, *words: str) -> str:
        result = subprocess.run(
            [*self._command, *words], capture_output=True, text=True, timeout=300
        )
        assert result.returncode == 0, result.stderr
        return result.stdout.strip()

    def in_container(self, *words: str, env: Env | None = None) -> tuple[str, ...]:
        """The command that runs `words` in the container, as the image's user."""
        settings = [f"--env={name}={value}" for name, value in (env or {}).items()]
        return (
            *self._command,
            *("run", "--isolation", "chroot", *settings, self.container, "--", *words),
        )

    def run(
        self, *words: str, env: Env | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.in_container(*words, env=env),
            capture_output=True,
            text=True,
            timeout=ANSWER_TIMEOUT_S,
        )


@pytest.fixture(scope="session")
def buildah(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildah]:
    store = tmp_path_factory.mktemp("store")
    built = subprocess.run(
        [ROOT / "tests" / "image" / "build", IMAGE, store],
        capture_output=True,
        text=True,
        timeout=BUILD_TIMEOUT_S,
    )
    assert built.returncode == 0, built.stdout[-4000:] + built.stderr[-4000:]
    buildah = Buildah(store)
    buildah.container = buildah("from", IMAGE)
    yield buildah
    buildah("rm", buildah.container)
    shutil.rmtree(store)


@pytest.fixture(scope="session")
def settings(buildah: Buildah) -> dict[str, Any]:
    inspected: dict[str, Any] = json.loads(buildah("inspect", "--type", "image", IMAGE))
    config: dict[str, Any] = inspected["Docker"]["config"]
    return config


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Ask again until it holds."""
    pause = threading.Event()
    end = time.monotonic() + ANSWER_TIMEOUT_S
    while not condition():
        assert time.monotonic() < end, f"waited {ANSWER_TIMEOUT_S} s for {what}"
        pause.wait(0.05)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except OSError:  # refused, or an HTTP error: not yet
        return False


@contextmanager
def process(command: tuple[str, ...], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            yield child
        finally:
            if child.poll() is None:
                # buildah does not hand signals on to what it runs.
                family = psutil.Process(child.pid).children(recursive=True)
                for member in family:
                    member.terminate()
                _, alive = psutil.wait_procs(family, ANSWER_TIMEOUT_S)
                for member in alive:
                    member.kill()
                child.terminate()
                child.wait(ANSWER_TIMEOUT_S)


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """Debian's docker-registry with deletion on; its address."""
    port = free_port()
    config = tmp_path / "registry.yml"
    config.write_text(
        json.dumps(  # JSON is YAML
            {
                "version": 0.1,
                "log": {"level": "error"},
                "storage": {
                    "filesystem": {"rootdirectory": str(tmp_path / "registry")},
                    "delete": {"enabled": True},
                },
                "http": {"addr": f"127.0.0.1:{port}"},
            }
        ),
        "utf-8",
    )
    address = f"http://127.0.0.1:{port}"
    command = ("docker-registry", "serve", str(config))
    with process(command, tmp_path / "registry.log"):
        wait_until(lambda: answers(f"{address}/v2/"), "docker-registry")
        yield address


class SlackStub(http.server.BaseHTTPRequestHandler):
    """As much of Slack's Web API as starting up asks for."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = json.dumps(
            {
                "ok": True,
                "url": "https://example.slack.com/",
                "team": "Example",
                "team_id": "T0EXAMPLE",
                "user": "registry-bot",
                "user_id": "U0BOT",
                "bot_id": "B0BOT",
                "is_enterprise_install": False,
                "usergroups": [],
                "members": [],
            }
        ).encode("utf-8")
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-oauth-scopes", SCOPES)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST  # noqa: N815 -- the name http.server calls

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def slack() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlackStub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def environment(registry: str, slack: str) -> Env:
    return {
        "SLACK_BOT_TOKEN": "xoxb-0-not-a-token",
        "SLACK_SIGNING_SECRET": "0123456789abcdef0123456789abcdef",
        "SLACK_API_URL": slack,
        "REGISTRY_URL": registry,
    }


@pytest.fixture
def configured(buildah: Buildah, environment: Env, tmp_path: Path) -> Env:
    """The environment, and a settings file that names who may approve."""
    file = tmp_path / "registry-bot.toml"
    file.write_text('[approvals]\napprovers = ["U02BOB"]\n', "utf-8")
    file.chmod(0o644)
    buildah("copy", buildah.container, str(file), "/etc/registry-bot.toml")
    return {**environment, "REGISTRY_BOT_CONFIG": "/etc/registry-bot.toml"}


def test_it_runs_as_an_unprivileged_user(
    buildah: Buildah, settings: dict[str, Any]
) -> None:
    assert settings["User"] == f"{USER}:{USER}"
    assert buildah.run("id", "-u").stdout.strip() == str(USER)


def test_only_the_data_folder_is_its_own(buildah: Buildah) -> None:
    found = buildah.run(
        *("find", "/opt", "/data", "/usr", "/etc", "-xdev", "-user", str(USER))
    )

    folders = {path.split("/")[1] for path in found.stdout.split()}
    assert folders == {"data"}


@pytest.mark.parametrize(
    "tool", ["gcc", "cc", "c++", "make", "ld", "pip", "pip3", "git", "hatchling"]
)
def test_no_build_tool_is_left_inside(buildah: Buildah, tool: str) -> None:
    assert buildah.run("sh", "-c", f"command -v {tool}").stdout == ""


@pytest.mark.parametrize("python", ["/opt/registry-bot/bin/python", "/usr/bin/python3"])
@pytest.mark.parametrize("module", ["pip", "ensurepip", "hatchling", "pytest"])
def test_no_build_module_is_left_inside(
    buildah: Buildah, python: str, module: str
) -> None:
    result = buildah.run(python, "-c", f"import {module}")

    assert "ModuleNotFoundError" in result.stderr


def test_it_holds_the_locked_versions(buildah: Buildah) -> None:
    listed = buildah.run(
        "python",
        "-c",
        "import importlib.metadata as m\n"
        "for d in m.distributions(): print(d.name, d.version)",
    )
    lines = listed.stdout.lower().replace("_", "-").splitlines()
    inside = dict(line.split() for line in lines)
    del inside["registry-bot"]
    lock = (ROOT / "requirements.lock").read_text("utf-8").splitlines()
    locked = dict(line.split("==") for line in lock if not line.startswith("#"))

    assert {"slack-bolt", "sqlalchemy", "psycopg-binary"} <= set(inside)
    assert {name: locked.get(name) for name in inside} == inside


def test_what_it_offers_is_declared(settings: dict[str, Any]) -> None:
    assert settings["Entrypoint"] == ["registry-bot"]
    assert settings["Cmd"] == ["serve", "--host", "0.0.0.0"]
    assert settings["ExposedPorts"] == {"3000/tcp": {}}
    assert settings["Volumes"] == {"/data": {}}
    assert "DATABASE_URL=sqlite+aiosqlite:////data/registry-bot.db" in settings["Env"]


def test_check_finds_everything_fit(buildah: Buildah, configured: Env) -> None:
    # `serve` would make the schema; `check` changes nothing.
    migrated = buildah.run("registry-bot", "migrate", env=configured)
    result = buildah.run("registry-bot", "check", env=configured)

    assert migrated.returncode == 0, migrated.stderr
    assert result.returncode == 0, result.stdout + result.stderr


def test_check_says_that_the_registry_is_down(
    buildah: Buildah, configured: Env
) -> None:
    down = f"http://127.0.0.1:{free_port()}"

    result = buildah.run(
        "registry-bot", "check", env={**configured, "REGISTRY_URL": down}
    )

    # buildah itself exits 1 for any failure inside and then names the status.
    assert "exited with status 1" in result.stderr, result.stdout + result.stderr
    assert down.removeprefix("http://") in result.stdout


def test_serve_answers_is_healthy_and_stops_when_told(
    buildah: Buildah,
    environment: Env,
    settings: dict[str, Any],
    tmp_path: Path,
) -> None:
    port = free_port()
    log = tmp_path / "serve.log"
    probe = [
        word.replace("3000", str(port)) for word in settings["Healthcheck"]["Test"]
    ]
    assert probe.pop(0) == "CMD"
    command = buildah.in_container(
        *settings["Entrypoint"],
        *("serve", "--host", "127.0.0.1", "--port", str(port)),
        env=environment,
    )

    assert "exited with status 1" in buildah.run(*probe).stderr
    with process(command, log) as child:
        wait_until(
            lambda: (
                child.poll() is not None or answers(f"http://127.0.0.1:{port}/healthz")
            ),
            "serve",
        )
        assert child.poll() is None, log.read_text("utf-8")
        healthy = buildah.run(*probe)
        ready = answers(f"http://127.0.0.1:{port}/readyz")
        (inside,) = (
            member
            for member in psutil.Process(child.pid).children(recursive=True)
            if "python" in Path(member.exe()).name  # the others are buildah's own
        )
        owner = inside.uids().real
        inside.send_signal(signal.SIGTERM)
        status = child.wait(ANSWER_TIMEOUT_S)

    written = log.read_text("utf-8")
    assert healthy.returncode == 0, healthy.stderr
    assert ready, written
    assert owner == USER
    assert status == 0, written
    assert "Traceback" not in written
    for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"):
        assert environment[name] not in written


def test_the_database_lies_in_the_volume(buildah: Buildah, environment: Env) -> None:
    migrated = buildah.run("registry-bot", "migrate", env=environment)
    listed = buildah.run("stat", "-c", "%u %n", "/data/registry-bot.db")

    assert migrated.returncode == 0, migrated.stderr
    assert listed.stdout.split() == [str(USER), "/data/registry-bot.db"]


def test_what_this_machine_needs_is_not_in_the_dockerfile() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")

    assert "PIP_CERT" not in text
    assert "index-url" not in text
