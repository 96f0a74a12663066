"""Which tests this machine can run, said aloud: a pytest plugin.

Nothing is left out in silence. A test is either run, or **deselected by name** with the
reason printed at the end of the run, or its fixture fails and says what to install. A
skip that is not listed in `ALLOWED_SKIPS` fails the run, so `pytest.skip` and
`importorskip` cannot hide that a server was missing. The same with several processes
(pytest-xdist): the workers tell what they deselected, and the first of them is counted.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import postgres_server as postgres

ROOT = Path(__file__).resolve().parent.parent

TOOLS = ROOT / ".tools"
"""Where `scripts/setup-test-servers` puts what it makes."""

LOCAL_SLACK = TOOLS / "local-slack"

ALLOWED_SKIPS: tuple[str, ...] = ()
"""Reasons, word for word, for which a test may be skipped."""


def local_slack() -> Path | None:
    """The local-slack program, or the one `LOCAL_SLACK` names; None where it is not."""
    path = Path(os.environ.get("LOCAL_SLACK") or LOCAL_SLACK)
    return path if os.access(path, os.X_OK) else None


V1_SERVER = TOOLS / "docker-registry-v1"


def v1_server() -> Path | None:
    """The folder of docker-registry 0.9.1 and its Python 2.7; None where it is not.

    Its stamp is written last: a folder without one was not finished.
    """
    python, stamp = V1_SERVER / "bin" / "python", V1_SERVER / "versions"
    return V1_SERVER if os.access(python, os.X_OK) and stamp.exists() else None


def tool(name: str) -> str:
    """The Python of a virtual environment that `scripts/setup-test-servers` made.

    Missing, it fails the test: nothing keeps it from being made on any machine.
    """
    python = TOOLS / name / "bin" / "python"
    if not os.access(python, os.X_OK):
        pytest.fail(f"{name} is not here; run: scripts/setup-test-servers .tools")
    return str(python)


@dataclass(frozen=True)
class Need:
    """What tests with a marker need, and why they are left out where it is missing."""

    marker: str
    present: Callable[[pytest.Config], bool]
    reason: str


NEEDS = (
    Need(
        "needs_local_slack",
        lambda config: local_slack() is not None,
        "local-slack is not here: npm (Linux, x86-64) brings it; "
        "`make test` then fetches it",
    ),
    Need(
        "needs_v1_server",
        lambda config: v1_server() is not None,
        "docker-registry 0.9.1, the v1 server, is not here: it needs Python 2.7 "
        "(PYTHON27 names one; `make test` then builds it). What was recorded from it "
        "is replayed in tests/registry/test_v1_cases.py instead",
    ),
    Need(
        "needs_postgres",
        lambda config: (
            bool(os.environ.get("TEST_DATABASE_URL")) or postgres.programs() is not None
        ),
        "PostgreSQL is not here: `make test` installs it, or TEST_DATABASE_URL names "
        "one to test against",
    ),
    Need(
        "image",
        lambda config: bool(config.getoption("--image")),
        "builds the container image: `make image-test` runs it",
    ),
)


DESELECTED = "registry-bot: deselected"
"""Under which a worker tells the process that reports."""


@dataclass
class Elsewhere:
    """A test of a worker, for the count at the end."""

    nodeid: str


class Selection:
    """Deselects by name, counts skips, and reports both at the end."""

    def __init__(self, needs: Iterable[Need], allowed: tuple[str, ...]) -> None:
        self.needs = tuple(needs)
        self.allowed = allowed
        self.deselected: dict[str, list[str]] = {}
        self.skipped: list[tuple[str, str]] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        missing = [need for need in self.needs if not need.present(config)]
        out: list[pytest.Item] = []
        for item in items:
            for need in missing:
                if item.get_closest_marker(need.marker):
                    self.deselected.setdefault(need.reason, []).append(item.nodeid)
                    out.append(item)
                    break
        if out:
            config.hook.pytest_deselected(items=out)
            items[:] = [item for item in items if item not in out]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker has ended: all of them collected the same."""
        told: dict[str, list[str]] = getattr(node, "workeroutput", {}).get(
            DESELECTED, {}
        )
        if told and not self.deselected:
            self.deselected = told
            items = [Elsewhere(name) for names in told.values() for name in names]
            node.config.hook.pytest_deselected(items=items)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # A test that is expected to fail reports "skipped" too, and did run.
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.skipped:
            self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        longrepr = report.longrepr
        text = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)
        reason = text.removeprefix("Skipped: ")
        if reason not in self.allowed:
            self.skipped.append((report.nodeid, reason))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        told: dict[str, object] | None = getattr(session.config, "workeroutput", None)
        if told is not None:
            told[DESELECTED] = self.deselected
        if self.skipped and session.exitstatus in (
            pytest.ExitCode.OK,
            pytest.ExitCode.NO_TESTS_COLLECTED,
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        for reason, names in self.deselected.items():
            terminalreporter.section(f"deselected: {reason}", sep="-")
            for name in names:
                terminalreporter.line(f"DESELECTED {name}")
        if self.skipped:
            terminalreporter.section("skipped, which fails the run", sep="-", red=True)
            for name, reason in self.skipped:
                terminalreporter.line(f"SKIPPED {name}: {reason}")
            terminalreporter.line(
                "Let the test's fixture fail and say what to install, "
                "or add a marker to NEEDS in tests/selection.py."
            )


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--image",
        action="store_true",
        help="run the tests that build and start the container image",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Selection(NEEDS, ALLOWED_SKIPS), "selection-of-tests")
