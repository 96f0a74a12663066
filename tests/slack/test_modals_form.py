from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.foresight import Foreseen
from bot.chat.form import YES
from bot.chat.reply import Button, Buttons, Paragraph, Press, Reply, line
from bot.chat.suggested import Suggested
from bot.commands import COMMANDS
from bot.slack.incoming import Malformed, Origin, Submitted
from bot.slack.limits import violations
from bot.slack.modals_form import (
    Sheet,
    errors_of,
    form_view,
    note,
    noted,
    options,
    remembered,
    shorten_in_the_middle,
    values_of,
)
from bot.slack.modals_plan import (
    Sent,
    carried,
    carry,
    end_view,
    plan_view,
    told_view,
    waiting_view,
)
from bot.wording import LANGUAGES, speaking
from tests.slack.schema import problems

REPOSITORY = "docker.example.com/team/app"
FORMS = [name for name, command in COMMANDS.items() if command.form is not None]
FULL: dict[str, str] = {
    "repository": REPOSITORY,
    "what": "tag",
    "tag": "1.4.2",
    "digest": "sha256:" + "a" * 64,
    "new": "2",
    "to": "docker.example.com/archive/app",
    "referrers": YES,
    "untagged": YES,
    "keep": "5",
    "reason": "why",
}


def sheet(name: str, values: dict[str, str], **over: Any) -> Sheet:
    form = COMMANDS[name].form
    assert form is not None
    return Sheet(name, form, "C0HERE", values, **over)


def checked(view: Any) -> dict[str, Any]:
    """A view that keeps our limits and Slack's types."""
    assert violations(view) == ()
    plain: dict[str, Any] = json.loads(json.dumps(view))
    assert problems("modal", plain) == []
    return plain


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("values", [{}, FULL, {**FULL, "what": "manifest"}])
@pytest.mark.parametrize("name", FORMS)
def test_forms_keep_limits(name: str, values: dict[str, str], language: str) -> None:
    with speaking(language):
        view = checked(form_view(sheet(name, values)))
    assert view["callback_id"] == f"form:{name}"
    assert noted(view["private_metadata"]) == ("C0HERE", values.get("repository", ""))


def blocks(view: Any) -> dict[str, dict[str, Any]]:
    return {each["element"]["action_id"]: dict(each) for each in view["blocks"]}


def test_what_is_chosen_already_stands_in_the_form() -> None:
    shown = Suggested(REPOSITORY, "team/app", "3 tags")
    view = form_view(sheet("copy", FULL, shown=shown))
    there = blocks(view)
    chosen = there["field:repository"]["element"]["initial_option"]
    assert chosen["text"]["text"] == "team/app"
    assert chosen["description"]["text"] == "3 tags"
    assert there["field:tag"]["element"]["initial_option"]["value"] == "1.4.2"
    assert there["field:referrers"]["element"]["initial_options"][0]["value"] == YES
    assert there["field:reason"]["element"]["initial_value"] == "why"
    delete = blocks(form_view(sheet("delete", {**FULL, "what": "manifest"})))
    assert delete["field:what"]["element"]["initial_option"]["value"] == "manifest"


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("values", [{}, FULL])
def test_without_menus_everything_is_there_and_typed(
    name: str, values: dict[str, str]
) -> None:
    shown = sheet(name, values, menus=False)
    view = checked(form_view(shown))
    form = COMMANDS[name].form
    assert form is not None
    assert [each["block_id"] for each in view["blocks"]] == [
        field.name for field in form.fields
    ]
    kinds = {each["element"]["type"] for each in view["blocks"]}
    assert kinds <= {"plain_text_input", "radio_buttons", "checkboxes"}
    assert not any(each.get("dispatch_action") for each in view["blocks"])
    needed = {each["block_id"] for each in view["blocks"] if not each["optional"]}
    assert "digest" not in needed
    assert ("tag" in needed) == bool(values and name != "prune")
    assert errors_of({"tag": "no"}, sheet(name, FULL, menus=False)) in (
        {"tag": "no"},
        {},
    )


def test_only_what_decides_about_fields_is_told_at_once() -> None:
    there = blocks(form_view(sheet("delete", FULL)))
    told = {name for name, block in there.items() if block.get("dispatch_action")}
    assert told == {"field:repository", "field:what"}
    prune = blocks(form_view(sheet("prune", FULL)))
    assert not any(block.get("dispatch_action") for block in prune.values())


def test_a_reason_may_be_left_out_or_not() -> None:
    there = blocks(form_view(sheet("delete", {})))
    assert there["field:reason"]["optional"]
    there = blocks(form_view(sheet("delete", {}, reason_required=True)))
    assert not there["field:reason"]["optional"]


def test_tags_of_another_repository_are_another_block() -> None:
    other = {**FULL, "repository": "docker.example.com/team/other"}
    first, second = (
        {block["block_id"] for block in form_view(sheet("delete", values))["blocks"]}
        for values in (FULL, other)
    )
    assert len(first & second) == 3


def test_errors_are_told_by_block_and_only_for_what_is_shown() -> None:
    shown = sheet("delete", FULL)
    errors = errors_of({"tag": "no", "reason": "why", "keep": "x", "": "y"}, shown)
    assert set(errors.values()) == {"no", "why"}
    assert errors.keys() <= {each["block_id"] for each in form_view(shown)["blocks"]}


def test_values_come_back_by_field() -> None:
    origin = Origin("U1", "T1", "")
    inputs = {"field:tag": "1", "reason": "of another modal"}
    assert values_of(Submitted(origin, "form:delete", "", inputs)) == {"tag": "1"}


@pytest.mark.parametrize("metadata", ["", "x", "[]", "1", "null", '"x"'])
def test_what_is_not_ours_in_a_modal_is_malformed(metadata: str) -> None:
    with pytest.raises(Malformed):
        noted(metadata)


def test_only_texts_are_remembered() -> None:
    assert remembered('{"a": "b", "c": 1, "d": null}') == {"a": "b"}
    assert noted("{}") == ("", "")
    assert noted(note("C1", "r")) == ("C1", "r")


def test_options_are_unique_and_no_more_than_slack_takes() -> None:
    many = [Suggested(f"v{n % 150}", f"t{n}") for n in range(300)]
    found = options([*many, Suggested("", "empty"), Suggested("v" * 151, "long")])
    assert violations(found) == ()
    assert len(found["options"]) == 100
    assert violations(options([])) == ()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("", ""), ("short", "short"), ("a" * 10 + "b" * 10, "aaa…bbbbbb")],
)
def test_the_middle_goes_first(text: str, wanted: str) -> None:
    assert shorten_in_the_middle(text, 10) == wanted


@given(value=st.text(max_size=300), text=st.text(max_size=300), about=st.text())
def test_any_option_keeps_the_limits(value: str, text: str, about: str) -> None:
    found = options([Suggested(value, text, about)])
    assert violations(found) == ()


@given(
    name=st.sampled_from(FORMS),
    values=st.dictionaries(
        st.sampled_from([*FULL, "match", "except", "older-than", "new-tag"]),
        st.text(max_size=600),
    ),
)
def test_any_values_keep_the_limits_of_a_form(
    name: str, values: dict[str, str]
) -> None:
    form = COMMANDS[name].form
    assert form is not None
    values = form.cleaned(values)
    # A repository is shown and remembered once it was read as one: 255 characters.
    values["repository"] = values.get("repository", "")[:320]
    assert violations(form_view(sheet(name, values))) == ()


# -- what follows a form

REPLY = Reply(
    "Summary.",
    (
        Paragraph(line("A plan.")),
        Buttons((Button("Next", Press.NEXT, "x"),)),
    ),
)
SENT = Sent("C0HERE", {"repository": REPOSITORY, "reason": 'a "b" ü'}, "f" * 64)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("approvals", [0, 2])
@pytest.mark.parametrize("moved", [False, True])
def test_a_plan_keeps_limits_and_carries_what_it_needs(
    language: str, approvals: int, moved: bool
) -> None:
    foreseen = Foreseen(REPLY, "f" * 64, approvals)
    with speaking(language):
        view = checked(plan_view("delete", "Delete", foreseen, SENT, moved=moved))
    assert view["callback_id"] == "plan:delete"
    assert carried(view["private_metadata"]) == SENT
    assert len(view["blocks"]) == 1 + moved


def test_a_plan_that_carries_too_much_is_an_error() -> None:
    sent = Sent("C0HERE", {"reason": "x" * 3000}, "f")
    with pytest.raises(ValueError, match="characters"):
        plan_view("delete", "Delete", Foreseen(REPLY, "f", 1), sent)


def test_what_a_plan_carried_is_read_from_nothing_else() -> None:
    assert carried("{}") == Sent("", {}, "")
    assert carried(carry(SENT)) == SENT
    with pytest.raises(Malformed):
        carried("x")


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_modals_keep_limits_and_have_nothing_to_press(language: str) -> None:
    with speaking(language):
        views = [
            waiting_view("Delete"),
            waiting_view("Delete", "plan-1"),
            told_view("Delete", REPLY),
            end_view("Delete", REPLY),
        ]
    for view in views:
        plain = checked(view)
        assert "submit" not in plain
        assert not any(block["type"] == "actions" for block in plain["blocks"])
    assert views[1]["external_id"] == "plan-1"
    assert views[3]["clear_on_close"] is True


@given(st.text(), st.text(max_size=5000))
def test_any_answer_keeps_the_limits_of_a_modal(title: str, words: str) -> None:
    reply = Reply(words, (Paragraph(line(words)),))
    assert violations(told_view(f"x{title}", reply)) == ()
