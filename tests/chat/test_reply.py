from __future__ import annotations

import pytest

from bot.approvals.standing import Standing
from bot.change import Effects
from bot.chat import answers
from bot.chat.command import Command
from bot.chat.guide import Reader, of, overview, unknown, usage_line
from bot.chat.reply import Code, Paragraph, Record, Reply, Text, joined, line, record
from bot.chat.usage import Usage
from bot.commands import COMMANDS
from bot.errors import ConflictError, UsageError
from tests.factories import BOB, make_items, make_request, make_target
from tests.world import words


def test_bare_strings_are_plain_text() -> None:
    assert line("a", Code("b")) == (Text("a"), Code("b"))


def test_joined_puts_a_separator_between() -> None:
    assert joined([Code("a"), Code("b")]) == (Code("a"), Text(", "), Code("b"))
    assert joined([]) == ()


def test_a_record_keeps_its_order() -> None:
    assert record(b=1, a=None) == Record((("b", 1), ("a", None)))


def test_an_error_is_its_message_and_its_hint() -> None:
    reply = answers.failed(UsageError("It is wrong", hint="Do it right"), "", "/r")
    assert not reply.ok
    assert reply.summary == "It is wrong. Do it right."
    assert reply.parts == (
        Paragraph(line("It is wrong.")),
        Paragraph(line("Do it right.")),
    )


def test_only_a_mistake_in_typing_points_to_help() -> None:
    typed = answers.failed(UsageError("x"), "search", "/registry")
    assert "/registry help search" in words(typed)
    other = answers.failed(ConflictError("x"), "search", "/registry")
    assert "help search" not in words(other)


def test_foreign_words_in_an_error_stay_short_and_on_their_line() -> None:
    reply = answers.failed(UsageError("a\nb\u202e" + "x" * 5000), "", "/r")
    assert "\n" not in reply.summary
    assert len(reply.summary) <= answers.MAX_SHOWN + 1


def test_a_submitted_change_says_what_and_for_whom() -> None:
    request = make_request()
    reply = answers.submitted(request)
    assert reply.ok
    assert "C17" in reply.summary
    assert BOB in words(reply)
    assert "not from yourself" in words(reply)
    assert request.target.digest in words(reply)


def test_a_submitted_change_names_what_goes_along() -> None:
    request = make_request(effects=Effects(lost_tags=tuple("abcdefghijkl")))
    assert "Goes along" in words(answers.submitted(request))
    assert "and 2 more" in words(answers.submitted(request))


def test_a_command_without_options_or_examples_is_explained() -> None:
    bare = Command("help", Usage(), lambda _: None, run=_nothing)
    assert "For example" not in words(of(bare, "/reg"))


async def _nothing(*_: object) -> Reply:
    return Reply("", ())


def test_a_command_reads_or_changes_and_never_both() -> None:
    with pytest.raises(ValueError, match="either run, or plan"):
        Command("none", Usage(), lambda _: None)
    with pytest.raises(ValueError, match="reads without run"):
        Command("none", Usage(), lambda _: None, plan=_nothing, reads=True)  # type: ignore[arg-type]  # never called


def test_what_scripts_may_run_decides_nothing() -> None:
    reading = {name for name, command in COMMANDS.items() if command.reads}
    assert reading == {
        "audit",
        "help",
        "inspect",
        "push",
        "requests",
        "search",
        "status",
        "tags",
        "usage",
    }


def test_help_tells_usage_options_and_examples() -> None:
    said = words(of(COMMANDS["delete"], "/reg"))
    assert "/reg delete REPO:TAG|REPO@DIGEST|REPO [--reason TEXT]" in said
    assert "/reg delete team/app:1.4.1" in said
    assert "--reason TEXT" in said


def test_the_overview_has_every_command() -> None:
    reply = overview(COMMANDS, "/reg", Reader(Standing(True, False), ("one.example",)))
    assert len(reply.data) == len(COMMANDS)


def test_what_may_be_left_out_is_in_brackets() -> None:
    assert usage_line(COMMANDS["search"]) == (
        "search [QUERY] [--registry NAME] [--limit N]"
    )
    assert usage_line(COMMANDS["cancel"]) == "cancel ID"


def test_an_unknown_word_is_shown_short() -> None:
    assert len(unknown("x" * 999, COMMANDS, "/reg").summary) < 100


def test_what_has_no_digest_shows_none() -> None:
    entry = make_target(tag="", digest="")
    reply = answers.submitted(make_request(items=make_items(entry)))
    assert "Digest" not in words(reply)
    assert "team/app" in words(reply)
