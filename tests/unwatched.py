"""Coverage looks away from tests marked `unwatched`: a pytest plugin.

They run the same lines thousands of times, which other tests cover; watched, they take
twice as long. pytest-cov's own `no_cover` has no effect in the processes of
pytest-xdist: it has coverage begun twice there, and stops one of them.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import pytest


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Take the trace function away for as long as the test runs."""
    if item.get_closest_marker("unwatched") is None:
        yield
        return
    here, others = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # typeshed wants a function
    try:
        yield
    finally:
        threading.settrace(others)  # type: ignore[arg-type]
        sys.settrace(here)
