from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.spotting import Fragment
from bot.slack.speech import command_in, fragments


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("<@U0BOT> search ubuntu", "search ubuntu"),
        ("<@U0BOT|registry-bot>: search ubuntu", "search ubuntu"),
        ("<@U0BOT>, search ubuntu", "search ubuntu"),
        ("hey <@U0BOT> search ubuntu", "search ubuntu"),
        ("search ubuntu <@U0BOT>", "search ubuntu"),
        ("<@U0BOT>", ""),
        ("<@U0BOT>\nsearch ubuntu", "search ubuntu"),
        ("<@U0BOT>\u00a0search ubuntu", "search ubuntu"),
        ("<@U0BOT> /registry search ubuntu", "search ubuntu"),
        ("<@U0BOT> /registry", ""),
        ("/registry search  two", "search  two"),
        ("<@U0BOT> `search ubuntu`", "search ubuntu"),
        ("```search ubuntu```", "search ubuntu"),
        ("search ubuntu", "search ubuntu"),
        ("<@U0BOT> audit --actor <@U0BOT>", "audit --actor <@U0BOT>"),
        ("<@U0OTHER> search", "<@U0OTHER> search"),
        ("", ""),
    ],
)
def test_what_somebody_wants(text: str, wanted: str) -> None:
    assert command_in(text, "U0BOT", "/registry") == wanted


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"blocks": [{"type": "rich_text", "elements": list(elements)}]}


def section(*elements: dict[str, Any], kind: str = "section") -> dict[str, Any]:
    return {"type": f"rich_text_{kind}", "elements": list(elements)}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words, **({"style": style} if style else {})}


LINK = {"type": "link", "url": "http://docker.example.com/team/app"}


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ({"text": "plain"}, [("plain", False)]),
        ({"text": "a `b` c"}, [("a ", False), ("b", True), (" c", False)]),
        ({"text": "```x\ny```"}, [("x\ny", True)]),
        ({"text": "<http://h/a|h/a>:1.2 &lt;"}, [("h/a:1.2 <", False)]),
        ({"text": "<https://h/a:1>"}, [("https://h/a:1", False)]),
        ({"text": "by <@U1> in <#C1|x> <!here>"}, [("by   in    ", False)]),
        (rich(section(text("a "), text("b", code=True))), [("a ", False), ("b", True)]),
        # A link that Slack cut short, and the rest of the name.
        (
            rich(section({**LINK, "text": "docker.example.com/team/app"}, text(":1"))),
            [("docker.example.com/team/app:1", False)],
        ),
        (rich(section(LINK, text(":1"))), [(LINK["url"] + ":1", False)]),
        (rich(section(text("x"), kind="preformatted")), [("x", True)]),
        (rich(section(text("x"), kind="quote")), [("x", False)]),
        (
            rich({"type": "rich_text_list", "elements": [section(text("x"))]}),
            [("x", False)],
        ),
        (
            rich(section(text("a"), {"type": "emoji", "name": "b"}, text("c"))),
            [("a c", False)],
        ),
        (
            {
                "blocks": [
                    {"type": "section", "text": {"type": "mrkdwn", "text": "`m`"}},
                    {"type": "header", "text": {"type": "plain_text", "text": "h"}},
                    {
                        "type": "section",
                        "fields": [{"type": "mrkdwn", "text": "f"}],
                    },
                    {
                        "type": "context",
                        "elements": [{"type": "plain_text", "text": "c"}],
                    },
                    {"type": "markdown", "text": "d"},
                ]
            },
            [("m", True), ("h", False), ("f", False), ("c", False), ("d", False)],
        ),
        (
            {
                "blocks": [
                    {"type": "table", "rows": [[{"type": "raw_text", "text": "t"}]]}
                ]
            },
            [("t", False)],
        ),
        (
            {
                "attachments": [
                    {"pretext": "p", "text": "t", "fields": [{"value": "v"}]},
                    {"blocks": rich(section(text("x")))["blocks"]},
                ]
            },
            [("p", False), ("t", False), ("v", False), ("x", False)],
        ),
        ({}, []),
        ({"fields": [{"value": 3}, {"value": "v"}]}, [("v", False)]),
        ({"blocks": [{"type": "mrkdwn", "text": 3}]}, []),
        ({"text": 3, "blocks": "no", "attachments": [4]}, []),
        ({"blocks": [{"type": "rich_text", "elements": {"a": 1}}, 7, {}]}, []),
    ],
)
def test_every_piece_of_a_message(
    message: dict[str, Any], wanted: list[tuple[str, bool]]
) -> None:
    pieces = [(each.text, each.code) for each in fragments(message) if each.text]
    assert pieces == wanted


def test_blocks_in_blocks_have_an_end() -> None:
    block: dict[str, Any] = {"type": "mrkdwn", "text": "deep"}
    for _ in range(2000):
        block = {"type": "section", "text": block}
    assert fragments({"blocks": [block]}) == ()
    message: dict[str, Any] = {"text": "deep"}
    for _ in range(50):
        message = {"attachments": [message]}
    assert fragments(message) == ()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "text", "elements", "fields", "blocks", "style", "url", "rows"]
            ),
            inner
            | st.sampled_from(
                ["rich_text", "rich_text_section", "link", "mrkdwn", "table"]
            ),
            max_size=5,
        )
    ),
    max_leaves=40,
)


@given(st.dictionaries(st.sampled_from(["text", "blocks", "attachments"]), JSON))
def test_any_message_at_all_is_read(message: dict[str, Any]) -> None:
    assert all(isinstance(each, Fragment) for each in fragments(message))


@given(st.text(max_size=200))
def test_any_text_is_a_command_of_some_kind(said: str) -> None:
    assert isinstance(command_in(said, "U0BOT", "/registry"), str)
