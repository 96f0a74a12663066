"""Coverage sees what tests run, except those that are marked."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("processes", ["0", "1"])
def test_coverage_looks_away_and_back_again(
    pytester: pytest.Pytester, processes: str
) -> None:
    pytester.makeini("[pytest]\nmarkers =\n    unwatched: without coverage\n")
    pytester.makepyfile(
        module="""
            def seen():
                return 1

            def unseen():
                return 2
        """,
        test_it="""
            import pytest
            import module

            @pytest.mark.unwatched
            def test_unwatched():
                assert module.unseen() == 2

            def test_watched():
                assert module.seen() == 1
        """,
    )
    pytester.syspathinsert(ROOT)
    result = pytester.runpytest_subprocess(
        *("-p", "tests.unwatched", "-p", "no:randomly", "-n", processes),
        *("--cov=module", "--cov-report=term-missing"),
    )
    result.assert_outcomes(passed=2)
    (line,) = [line for line in result.outlines if line.startswith("module.py")]
    assert line.split()[1:3] == ["4", "1"], line
    assert line.endswith("5"), "the inside of unseen()"
