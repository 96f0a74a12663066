"""Slack's own types as a second opinion on what we send (`scripts/slack_schema.py`).

`bot.slack.limits` is ours and written by hand; this is made from `@slack/types`. What
either of them refuses must not be sent.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema_rs import Draft7Validator, ValidationError

SCHEMA = Path(__file__).with_name("block_kit.schema.json")


@cache
def _validator(surface: str) -> Draft7Validator:
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    definition = f"#/definitions/{surface.capitalize()}"
    return Draft7Validator({"$ref": definition, "definitions": whole["definitions"]})


@cache
def _block(kind: str) -> Draft7Validator | None:
    """The validator of one kind of block, for messages that say what is wrong."""
    definitions = json.loads(SCHEMA.read_text(encoding="utf-8"))["definitions"]
    for name, schema in definitions.items():
        if kind in _kinds(schema) and name.endswith("Block"):
            ref = {"$ref": f"#/definitions/{name}", "definitions": definitions}
            return Draft7Validator(ref)
    return None


def _kinds(schema: dict[str, Any]) -> list[str]:
    kind = schema.get("properties", {}).get("type", {}).get("const")
    return [kind] if kind else []


def problems(surface: str, body: dict[str, Any]) -> list[str]:
    """What Slack's types refuse, in a `message`, `home` or `modal`."""
    plain = json.loads(json.dumps(body))
    if _validator(surface).is_valid(plain):
        return []
    found = []
    for at, block in enumerate(plain.get("blocks", [])):
        validator = _block(str(block.get("type")))
        if validator is None:
            found.append(f"blocks[{at}]: no such block, {block.get('type')}")
        elif not validator.is_valid(block):
            found.append(f"blocks[{at}] {_deepest(validator, block)}")
    return found or [f"{surface}: {_deepest(_validator(surface), plain)}"]


def _deepest(validator: Draft7Validator, body: object) -> str:
    """The error that is about the smallest part: the least is left to look at."""

    def depth(error: ValidationError) -> int:
        return len(error.instance_path)

    error = max(validator.iter_errors(body), key=depth)
    return f"{'.'.join(map(str, error.instance_path))}: {error.message[:300]}"
