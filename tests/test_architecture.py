"""The architecture holds: layers, doors, purity, independence, size.

The contracts are `[tool.importlinter]` in `pyproject.toml`; `make check` runs them too.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "bot").rglob("*.py"))
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))[
    "tool"
]["importlinter"]

LONGEST_MODULE = 400
"""Lines. Past that, split along a noun."""

EXEMPTION = re.compile(r"# (noqa|type: ignore)(.*)")
NAMED = re.compile(
    r"(: ?[A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*|\[[a-z-]+(, ?[a-z-]+)*\])\s+(--?|#)\s+\S"
)
"""`# noqa: F401 -- reason` and `# type: ignore[arg-type]  # reason`."""


def contracts(prefix: str) -> list[dict[str, Any]]:
    found = [item for item in LINTER["contracts"] if item["name"].startswith(prefix)]
    assert found, f"no contract {prefix!r}"
    return found


def lint_imports(root: Path, config: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("lint-imports")
    return subprocess.run(
        [program, "--no-cache", "--config", config],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_import_contracts_are_kept() -> None:
    result = lint_imports(ROOT, ROOT / "pyproject.toml")

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"{len(LINTER['contracts'])} kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("bot/change.py", "import bot.web", "layers: imports point down"),
        ("bot/newcomer.py", "", "layers: imports point down"),
        ("bot/registry/v2.py", "import httpx", "door: HTTP to registries"),
        ("bot/approvals/workflow.py", "import sqlalchemy", "door: SQL"),
        ("bot/chat/text.py", "import slack_sdk.web", "door: Slack"),
        ("bot/change.py", "import asyncio", "pure: decisions without I/O"),
        (
            "bot/commands/search.py",
            "import bot.commands.tags",
            "independence: a command is one file",
        ),
    ],
)
def test_a_contract_breaks_when_it_should(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    """A contract that nothing can break guards nothing."""
    copy = tmp_path / "bot"
    for source in MODULES:
        target = copy / source.relative_to(ROOT / "bot")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    broken = tmp_path / module
    before = broken.read_text("utf-8") if broken.exists() else ""
    broken.write_text(f"{before}\n{line}\n", "utf-8")

    result = lint_imports(tmp_path, ROOT / "pyproject.toml")

    assert result.returncode == 1
    assert f"{contract} BROKEN" in result.stdout, result.stdout + result.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_is_short_enough(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())

    assert lines < LONGEST_MODULE, f"{lines} lines: split it along a noun"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_states_its_promise(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text("utf-8"))), "no module docstring"


def test_modules_that_call_themselves_pure_are_held_to_it() -> None:
    listed = set(contracts("pure")[0]["source_modules"])
    claimed = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in MODULES
        if claims_purity(path)
    }

    assert claimed - listed == set()


def claims_purity(path: Path) -> bool:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
    return re.search(r"\bPure\b|\(pure\)", docstring) is not None


def test_pure_modules_import_none_of_the_libraries_behind_doors() -> None:
    behind_doors = {
        library for door in contracts("door") for library in door["forbidden_modules"]
    }

    assert behind_doors <= set(contracts("pure")[0]["forbidden_modules"])


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_config_reads_the_environment(path: Path) -> None:
    if path == ROOT / "bot" / "config" / "__init__.py":
        return
    tree = ast.parse(path.read_text("utf-8"))
    names = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}

    assert not names & {"environ", "getenv"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_exemptions_name_their_code_and_reason(path: Path) -> None:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        for _, rest in EXEMPTION.findall(line):
            assert NAMED.match(rest), f"line {number}: name the code and the reason"
