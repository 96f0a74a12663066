"""What every test has: the selection of tests that is said aloud, and plain logs."""

from __future__ import annotations

from tests.program import plain_logs

pytest_plugins = ["tests.selection", "tests.unwatched", "tests.databases", "pytester"]

plain_logs()
