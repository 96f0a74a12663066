"""Sentences people read stand in the wording, not in code.

A string in code is taken for a sentence when three words or more stand in it. What is
none, or is for operators, logs and the record, is named here, with the reason.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "approvals",
    "audit",
    "catalog",
    "chat",
    "commands",
    "plans",
    "registry",
    "slack",
)
MODULES = sorted(
    str(path.relative_to(ROOT / "bot"))
    for package in PACKAGES
    for path in (ROOT / "bot" / package).rglob("*.py")
)

ENGLISH = {
    "approvals/execution.py": "how items ended: the record",
    "approvals/explain.py": "registry-bot policy explain: operators",
    "approvals/record.py": "the record",
    "plans/undo.py": "how items ended: the record",
    "registry/artifacts.py": "kinds of artifacts, as their makers call them",
    "registry/blob_writes.py": "the worker alone writes: the record",
    "registry/deletion.py": "the worker alone writes: the record",
    "registry/naming.py": "the worker alone writes: the record",
    "registry/permit.py": "the worker alone writes: the record",
    "registry/placeholder.py": "stands in the registry",
    "registry/referrer_writes.py": "the worker alone writes: the record",
    "registry/removal.py": "how items ended: the record",
    "registry/restore.py": "the worker alone writes: the record",
    "registry/v1_writer.py": "the worker alone writes: the record",
    "registry/writer.py": "the worker alone writes: the record",
    "registry/writes.py": "the worker alone writes: the record",
    "slack/assembly.py": "at the start: operators",
    "slack/check.py": "registry-bot check: operators",
    "slack/sealing.py": "at the start: operators",
    "slack/limits.py": "our own mistakes, for the log",
}
"""Modules whose sentences are English, and why."""

ALLOWED = {
    "chat/tagging.py": {"stored and read back"},
    "commands/copy.py": {"stored and read back"},
    "commands/retag.py": {"stored and read back"},
    "slack/blocks.py": {"{date_short_pretty} at {time}"},
    "approvals/freezing.py": {"…: not an approver"},
    "approvals/policy.py": {"nothing is taken away"},
    "approvals/workflow.py": {"needs no approval", "nobody decided in time"},
    "chat/guide.py": {
        "tags team/app",
        "inspect team/app:1.4.2",
        "delete team/app:1.4.1",
    },
    "slack/delivery.py": {"It shows something else by now"},
    "slack/socket.py": {
        "Slack's websocket cannot be opened",
        "Slack opened a websocket and said nothing",
    },
}
"""What these write into the record or the log, name a rule by, or show to be typed."""

SILENT = {
    *("AssertionError", "Malformed", "NotYetError", "TypeError", "ValueError"),
    "Code",
}
"""Errors that are not put into words for anybody; what is typed."""

NOT_READ = {"examples", "name"}
"""Keywords whose values are typed or names, not sentences."""


def sentences(module: str) -> list[str]:
    tree = ast.parse((ROOT / "bot" / module).read_text("utf-8"))
    return [text for text in _strings(tree) if len(_words(text)) >= 3]


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z’']{2,}", text) if " " in text.strip() else []


def _strings(node: ast.AST) -> Iterator[str]:
    """The strings of a tree, formatted ones with … in their places."""
    if isinstance(node, ast.JoinedStr):
        yield "".join(
            part.value
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
            else "…"
            for part in node.values
        )
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                yield from _strings(part.value)
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
        return
    if isinstance(node, ast.Call) and _is_silent(node):
        return
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.Assert) and child is node.msg:
            continue
        if isinstance(child, ast.keyword) and child.arg in NOT_READ:
            continue
        yield from _strings(child)


def _is_silent(call: ast.Call) -> bool:
    """Logging, patterns, and errors that only a programmer meets."""
    called = call.func
    if isinstance(called, ast.Attribute):
        owner = called.value
        return isinstance(owner, ast.Name) and owner.id in {"log", "_log", "re"}
    return isinstance(called, ast.Name) and called.id in SILENT


@pytest.mark.parametrize("module", MODULES)
def test_sentences_stand_in_the_wording(module: str) -> None:
    found = [text for text in sentences(module) if text not in ALLOWED.get(module, ())]
    if module in ENGLISH:
        assert found, "nothing English in it any more: take it off the list"
    else:
        assert found == []


def test_lists_name_what_is_there() -> None:
    assert {*ENGLISH, *ALLOWED} <= set(MODULES)
    for module, texts in ALLOWED.items():
        assert texts <= set(sentences(module)), module


def test_a_sentence_is_found_wherever_it_stands() -> None:
    source = """
def f(name):
    \"\"\"A docstring says what it does.\"\"\"
    log.info("this is for the log")
    raise UsageError(f"{name} cannot be read", hint="Look for it again.")
"""
    found = [text for text in _strings(ast.parse(source)) if len(_words(text)) >= 3]
    assert found == ["… cannot be read", "Look for it again."]
