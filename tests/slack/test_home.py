from __future__ import annotations

from bot.chat.reply import Button, Buttons, Note, Paragraph, Press, Reply, line
from bot.slack.home import home_view, plain_home
from bot.slack.limits import VIEW_BLOCKS, violations
from bot.wording import say, speaking
from tests.slack.fake_slack import all_text


def test_buttons_stand_where_they_belong_and_have_ids_of_their_own() -> None:
    def row(value: str) -> Buttons:
        return Buttons(
            (
                Button("Approve", Press.APPROVE, value),
                Button("Reject", Press.REJECT, value),
            )
        )

    view = home_view(
        Reply("s", (Paragraph(line("one")), row("C1"), Note(line("two")), row("C2")))
    )
    assert [block["type"] for block in view["blocks"]] == [
        "rich_text",
        "actions",
        "context",
        "actions",
    ]
    ids = [
        element["action_id"]
        for block in view["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]
    assert ids == ["approve", "reject", "approve:2", "reject:2"]
    assert violations(view) == ()


def test_what_does_not_fit_is_left_out_and_said() -> None:
    reply = Reply("s", tuple(Note(line(f"row {at}")) for at in range(150)))
    view = home_view(reply)
    assert len(view["blocks"]) == VIEW_BLOCKS
    assert all_text(view).endswith("More than fits on this page.")
    assert violations(view) == ()
    with speaking("de"):
        assert all_text(home_view(reply)).endswith(say("home-cut"))


def test_a_home_without_parts_says_its_summary() -> None:
    for reply in (Reply("Nothing.", ()), Reply("Nothing.", (Buttons(()),))):
        assert all_text(home_view(reply)) == "Nothing."
        assert violations(home_view(reply)) == ()
    assert all_text(plain_home(Reply("", ()))) == "registry-bot"
