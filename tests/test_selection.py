"""A test that does not run is named, with the reason; a silent skip fails the run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.selection import ROOT, Need, Selection

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Runs a file of tests inside this process with a selection of its own."""
    pytester.makeini(
        "[pytest]\n"
        "asyncio_default_fixture_loop_scope = function\n"
        "markers =\n"
        "    needs_moon: only at night\n"
    )

    def inner(
        source: str, *, present: bool = False, allowed: tuple[str, ...] = ()
    ) -> pytest.RunResult:
        pytester.makepyfile(source)
        moon = Need("needs_moon", lambda config: present, "the moon is not up")
        return pytester.runpytest_inprocess(
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            plugins=[Selection([moon], allowed)],
        )

    return inner


MOON = """
    import pytest

    @pytest.mark.needs_moon
    def test_tide():
        pass

    def test_land():
        pass
"""


def test_what_is_missing_is_deselected_by_name_with_the_reason(run: Run) -> None:
    result = run(MOON)

    assert result.ret == 0
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(
        ["*deselected: the moon is not up*", "DESELECTED *.py::test_tide"]
    )


def test_what_is_present_runs(run: Run) -> None:
    result = run(MOON, present=True)

    result.assert_outcomes(passed=2)
    assert "DESELECTED" not in result.stdout.str()


def test_the_summary_line_comes_last(run: Run) -> None:
    result = run(MOON)

    assert "1 passed, 1 deselected" in result.stdout.str().splitlines()[-1]


@pytest.mark.parametrize(
    "source",
    [
        "import pytest\ndef test_a(): pytest.skip('no server')\ndef test_b(): pass",
        "import pytest\n@pytest.mark.skip(reason='no server')\ndef test_a(): pass",
        "import pytest\npytest.skip('no server', allow_module_level=True)",
    ],
    ids=["in a test", "by mark", "a whole module"],
)
def test_a_skip_fails_the_run_and_is_named(run: Run, source: str) -> None:
    result = run(source)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skipped, which fails the run*", "SKIPPED *server"])


def test_a_listed_reason_may_skip(run: Run) -> None:
    result = run(
        "import pytest\ndef test_a(): pytest.skip('no server')\ndef test_b(): pass",
        allowed=("no server",),
    )

    assert result.ret == 0
    result.assert_outcomes(passed=1, skipped=1)
    assert "fails the run" not in result.stdout.str()


def test_an_expected_failure_is_not_a_skip(run: Run) -> None:
    result = run(
        "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_a(): assert False"
    )

    assert result.ret == 0
    result.assert_outcomes(xfailed=1)


def test_a_failure_stays_a_failure(run: Run) -> None:
    result = run("def test_a(): assert False")

    assert result.ret == pytest.ExitCode.TESTS_FAILED


SEVERAL = """
    from tests.selection import Need, Selection

    def pytest_configure(config):
        moon = Need("needs_moon", lambda config: False, "the moon is not up")
        config.pluginmanager.register(Selection([moon], ()), "selection-of-tests")
"""


@pytest.fixture
def run_in_two(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a file of tests in two processes, as the whole suite is."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini(
        "[pytest]\n"
        "asyncio_default_fixture_loop_scope = function\n"
        "markers =\n"
        "    needs_moon: only at night\n"
    )
    pytester.makeconftest(SEVERAL)

    def inner(source: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        return pytester.runpytest_subprocess(
            *("-p", "no:cacheprovider", "-n", "2", "--dist", "worksteal")
        )

    return inner


def test_several_processes_name_what_is_deselected_once(run_in_two: Run) -> None:
    result = run_in_two(MOON)

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*deselected: the moon is not up*"])
    told = [line for line in result.outlines if line.startswith("DESELECTED ")]
    assert [line.rpartition("::")[2] for line in told] == ["test_tide"]
    assert "1 passed, 1 deselected" in result.outlines[-1]


def test_several_processes_do_not_hide_a_skip(run_in_two: Run) -> None:
    result = run_in_two(
        "import pytest\ndef test_a(): pytest.skip('no server')\ndef test_b(): pass"
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skipped, which fails the run*", "SKIPPED *server"])
    assert "1 passed, 1 skipped" in result.outlines[-1]
