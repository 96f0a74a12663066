"""Draws the golden messages and views as Slack would, to be looked at.

    make golden-pictures

Sheets of six scenes, one set for each language, into build/golden, and every sentence
of the wording beside them as text; nothing is committed. See tests/golden.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from bot.wording import LANGUAGES, speaking
from scripts.pictures.make import MODULES, prepare, screenshot, to_page
from tests.golden.scene import LATER
from tests.golden.sentences import sentences

ROOT = Path(__file__).resolve().parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
SHEETS = ROOT / "build" / "golden"
ON_A_SHEET = 6


def main() -> None:
    """Draw all of them."""
    prepare()
    assert MODULES.exists()
    for language in LANGUAGES:
        scenes = sorted((GOLDEN / language).glob("*.json"))
        folder = SHEETS / language
        folder.mkdir(parents=True, exist_ok=True)
        _tell(language, folder / "sentences.txt")
        for at in range(0, len(scenes), ON_A_SHEET):
            messages = [
                {"caption": path.stem, "blocks": _drawable(path)}
                for path in scenes[at : at + ON_A_SHEET]
            ]
            with tempfile.TemporaryDirectory() as work:
                page = to_page("sheet", messages, Path(work), LATER)
                target = folder / f"{at // ON_A_SHEET + 1:02}.png"
                screenshot(page, target)
                print(f"drew {target.relative_to(ROOT)}")


def _tell(language: str, target: Path) -> None:
    with speaking(language):
        lines = [f"{each.key}: {each.words} | {each.hint}\n" for each in sentences()]
    target.write_text("".join(lines), encoding="utf-8")
    print(f"wrote {target.relative_to(ROOT)}")


def _drawable(path: Path) -> list[object]:
    body = json.loads(path.read_text(encoding="utf-8"))
    blocks = list(body["blocks"])
    if title := body.get("title"):
        blocks.insert(0, {"type": "header", "text": title})
    return blocks


if __name__ == "__main__":
    main()
