"""What every test has: the selection of tests that is said aloud."""

from __future__ import annotations

pytest_plugins = ["tests.selection", "tests.databases", "pytester"]
