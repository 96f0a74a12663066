"""What is installed is whole: migrations inside, nothing of the workshop with it.

That the wheel also runs in an empty virtual environment, `tests/image` shows.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
import tomllib
import venv
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
    "project"
]
LOCK = (ROOT / "requirements.lock").read_text("utf-8").splitlines()


def normalized(name: str) -> str:
    """https://packaging.python.org/en/latest/specifications/name-normalization/"""
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built with the locked build backend, without a network."""
    out = tmp_path_factory.mktemp("wheel")
    result = subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--wheel", "-o", out, ROOT],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        return HeaderParser().parsestr(archive.read(name).decode("utf-8"))


def test_wheel_holds_every_module(names: set[str]) -> None:
    modules = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert modules <= names


def test_wheel_holds_every_migration(names: set[str]) -> None:
    migrations = {
        f"bot/{path.relative_to(ROOT)}"
        for path in (ROOT / "migrations").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert "bot/migrations/env.py" in migrations
    assert "bot/migrations/script.py.mako" in migrations
    assert any(name.startswith("bot/migrations/versions/") for name in migrations)
    assert migrations <= names


def test_wheel_holds_nothing_else(names: set[str]) -> None:
    others = {n for n in names if not n.startswith(("bot/", "registry_bot-"))}

    assert others == set()
    assert not [n for n in names if n.endswith(".pyc") or "__pycache__" in n]


def test_wheel_names_licence_python_and_program(
    wheel: Path, metadata: Message, names: set[str]
) -> None:
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = (n for n in names if n.endswith("/entry_points.txt"))
        points = archive.read(entry).decode("utf-8")
    assert points.split() == ["[console_scripts]", "registry-bot", "=", "bot.cli:main"]


def test_postgres_is_an_extra(metadata: Message) -> None:
    required = metadata.get_all("Requires-Dist", [])
    psycopg = [line for line in required if line.startswith("psycopg")]

    assert psycopg
    assert all("extra == 'postgres'" in line for line in psycopg)


@pytest.fixture(scope="module")
def installed(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """The wheel in a virtual environment beside ours: (its program, another folder).

    The libraries are those of this environment, lent by a `.pth` file that does not
    run the `.pth` files there; so the checkout cannot be found.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home / "venv", with_pip=False)
    python = home / "venv" / "bin" / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"),
            *("--python", python, "install", "--no-deps", "--no-index", wheel),
        ],
        check=True,
        timeout=120,
    )
    (ours,) = {path for path in sys.path if path.endswith("site-packages")}
    (theirs,) = (home / "venv" / "lib").glob("python3.*/site-packages")
    (theirs / "lent.pth").write_text(ours, "utf-8")
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    return home / "venv" / "bin", elsewhere


def test_installed_program_migrates_from_another_folder(
    installed: tuple[Path, Path],
) -> None:
    programs, elsewhere = installed
    where = subprocess.run(
        [programs / "python", "-c", "import bot; print(bot.__file__)"],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    result = subprocess.run(
        [programs / "registry-bot", "migrate"],
        cwd=elsewhere,
        env={"DATABASE_URL": "sqlite+aiosqlite:///made.db", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert str(programs.parent) in where.stdout
    assert result.returncode == 0, result.stdout + result.stderr
    assert (elsewhere / "made.db").stat().st_size > 0


def pins() -> dict[str, str]:
    lines = [line for line in LOCK if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


@pytest.mark.parametrize("line", [line for line in LOCK if not line.startswith("#")])
def test_lock_names_exact_versions_and_no_address(line: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*==[0-9][0-9a-z.+]*", line)


def test_lock_comments_name_no_address() -> None:
    comments = [line for line in LOCK if line.startswith("#")]

    assert not [line for line in comments if "://" in line or "--" in line]


def test_lock_covers_every_dependency() -> None:
    extras = PROJECT["optional-dependencies"]
    asked = [*PROJECT["dependencies"], *itertools.chain(*extras.values())]
    named = {normalized(re.split(r"[\[<>=!~; ]", item)[0]) for item in asked}

    assert named - set(pins()) == set()


def test_this_environment_is_the_locked_one() -> None:
    """Tests show something about the locked versions only if they ran with them."""
    result = subprocess.run(
        [sys.executable, "-m", "pip", "list", "--format=freeze", "--exclude-editable"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    present = {
        normalized(name): version
        for name, version in (line.split("==") for line in result.stdout.splitlines())
    }
    locked = pins()

    assert {n: v for n, v in locked.items() if present.get(n) != v} == {}
