from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot.db.lock import only_process
from bot.errors import ConfigurationError

HOLDER = """
import sys, time
from pathlib import Path
from bot.db.lock import only_process
with only_process(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_second_holder_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    with (
        only_process(file),
        pytest.raises(ConfigurationError, match=f"process {os.getpid()}"),
        only_process(file),
    ):
        pytest.fail("two processes on one file")
    with only_process(file):
        pass


def test_another_name_of_the_same_file_is_refused_too(tmp_path: Path) -> None:
    file, alias = tmp_path / "bot.db", tmp_path / "alias.db"
    alias.symlink_to(file)
    with (
        only_process(file),
        pytest.raises(ConfigurationError, match="already works"),
        only_process(alias),
    ):
        pytest.fail("two processes on one file")


def test_lock_goes_with_a_killed_process(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(ConfigurationError), only_process(file):
            pytest.fail("two processes on one file")
        holder.send_signal(signal.SIGKILL)
    with only_process(file):
        pass


def test_folder_that_cannot_be_written_is_a_wrong_setting(tmp_path: Path) -> None:
    with (
        pytest.raises(ConfigurationError, match="cannot be opened"),
        only_process(tmp_path / "nowhere" / "bot.db"),
    ):
        pytest.fail("not there")


def test_without_a_file_there_is_nothing_to_hold() -> None:
    with only_process(None), only_process(None):
        pass
