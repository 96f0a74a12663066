"""Writes tests/slack/block_kit.schema.json: what Slack's own types say of its blocks.

python scripts/slack_schema.py TOOLS

`@slack/types` (npm) is turned into a JSON Schema by `ts-json-schema-generator`; the
limits, which stand in its comments alone, are read from there. Both are fetched into
the folder TOOLS, run no install scripts, and are needed for this alone.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "tests" / "slack" / "block_kit.schema.json"

VERSIONS = ("@slack/types@3.2.0", "ts-json-schema-generator@2.10.0")

TYPES = """
import type { KnownBlock, HomeView, ModalView } from '@slack/types';
export interface Message {
    /** Maximum length is 40000, https://docs.slack.dev/changelog/2018-truncating */
    text: string;
    /** Maximum of 50 blocks, https://docs.slack.dev/reference/block-kit/blocks */
    blocks: KnownBlock[];
}
export interface Home extends Omit<HomeView, 'blocks'> {
    /** Maximum of 100 blocks */
    blocks: KnownBlock[];
}
export interface Modal extends Omit<ModalView, 'blocks'> {
    /** Maximum of 100 blocks */
    blocks: KnownBlock[];
}
export interface Surfaces { message: Message; home: Home; modal: Modal; }
"""

COMPILER = {
    "compilerOptions": {
        "module": "nodenext",
        "moduleResolution": "nodenext",
        "strict": True,
        "skipLibCheck": True,
    },
    "files": ["types.ts"],
}

TEXT = re.compile(r"[Mm]ax(?:imum)? length\D{0,60}?(?:is|of) (\d+)")
ITEMS = re.compile(
    r"(?:[Mm]aximum (?:number of (?:items|options|option groups) is|of)?|[Mm]ax of|"
    r"up to|Minimum 1, maximum) ?(\d+)"
)

# The comment is older than the limit: https://docs.slack.dev/reference/block-kit/
# composition-objects/option-object says 150.
NEWER = {("PlainTextOption", "value"): 150, ("MrkdwnOption", "value"): 150}


def main(tools: Path) -> None:
    """Fetch, generate, read the limits, write."""
    folder = tools / "slack-schema"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "package.json").write_text("{}", encoding="utf-8")
    (folder / "types.ts").write_text(TYPES, encoding="utf-8")
    (folder / "tsconfig.json").write_text(json.dumps(COMPILER), encoding="utf-8")
    quiet = ["--silent", "--no-save", "--no-package-lock", "--ignore-scripts"]
    subprocess.run(["npm", "install", *quiet, *VERSIONS], cwd=folder, check=True)
    program = folder / "node_modules" / ".bin" / "ts-json-schema-generator"
    options = ["-p", "types.ts", "-f", "tsconfig.json", "-t", "Surfaces"]
    made = subprocess.run(
        [program, *options, "--no-top-ref"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    schema = json.loads(made.stdout)
    for name, definition in schema["definitions"].items():
        for place, value in definition.get("properties", {}).items():
            _limit(name, place, value)
    schema["$comment"] = f"Made by scripts/slack_schema.py from {VERSIONS[0]}."
    written = json.dumps(_bare(schema), indent=1, sort_keys=True)
    SCHEMA.write_text(f"{written}\n", encoding="utf-8")


def _limit(name: str, place: str, schema: dict[str, Any]) -> None:
    """Put the limits that a comment tells into the schema of its property."""
    said = " ".join(schema.get("description", "").split())
    longest = NEWER.get((name, place)) or _number(TEXT, said)
    if schema.get("type") == "string" and longest:
        schema["maxLength"] = longest
    elif schema.get("type") == "array":
        if most := _number(ITEMS, said):
            schema["maxItems"] = most
    elif longest and "$ref" in schema:
        # A text object: the limit is its text's.
        limited = {"properties": {"text": {"maxLength": longest}}}
        schema["allOf"] = [{"$ref": schema.pop("$ref")}, limited]


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    found = pattern.search(text)
    return int(found[1]) if found else None


def _bare(value: Any) -> Any:
    """Without the comments: they are Slack's prose, and not needed here."""
    if isinstance(value, dict):
        return {
            name: _bare(inner)
            for name, inner in value.items()
            if not (name == "description" and isinstance(inner, str))
        }
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    return value


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
