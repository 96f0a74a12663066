"""Every sentence of the wording, said as an error and its hint in each language.

Scenes show what the bot builds of them; this is for those that stand alone. `make
golden-pictures` writes them all to build/golden/LANGUAGE/sentences.txt, to be read.
"""

from __future__ import annotations

import pytest

from bot.chat.answers import failed
from bot.errors import UnavailableError
from bot.slack.blocks import plain, to_blocks
from bot.slack.limits import violations
from bot.wording import LANGUAGES, Wording, speaking
from tests.golden.sentences import sentences
from tests.slack.schema import problems


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_makes_a_message_that_slack_takes(language: str) -> None:
    broken = []
    for sentence in sentences():
        hint = sentence.hint or Wording("try-again")
        with speaking(language):
            error = UnavailableError(sentence.words, hint=hint)
            reply = failed(error, "delete", "/registry")
            for drawn in (to_blocks(reply), plain(reply)):
                body = {"text": drawn.text, "blocks": list(drawn.blocks)}
                found = [*violations(body), *problems("message", body)]
                broken += [f"{sentence.key}: {each}" for each in found]
    assert broken == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_can_be_typed_is_set_off_on_both_sides(language: str) -> None:
    with speaking(language):
        odd = [
            each.key
            for each in sentences()
            for text in (str(each.words), str(each.hint))
            if text.count("`") % 2
        ]
    assert odd == []
