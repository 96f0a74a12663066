"""Slack's own types as a second opinion on what we send (`scripts/slack_schema.py`).

`bot.slack.limits` is ours and written by hand; this is made from `@slack/types`. What
either of them refuses must not be sent.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator
from jsonschema.exceptions import best_match

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
        elif (error := best_match(validator.iter_errors(block))) is not None:
            path = ".".join(map(str, error.absolute_path))
            found.append(f"blocks[{at}] {path}: {error.message[:300]}")
    if not found:
        error = best_match(_validator(surface).iter_errors(plain))
        assert error is not None
        found.append(f"{surface}: {error.message[:300]}")
    return found
