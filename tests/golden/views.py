"""The modals: forms, the plans they show, what is said in their place, the filter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bot.change import Effects
from bot.chat.answers import failed
from bot.chat.command import Planned
from bot.chat.foresight import foreseen
from bot.chat.form import YES
from bot.commands import COMMANDS
from bot.errors import UnavailableError
from bot.slack import modals
from bot.slack.filtering import filter_modal
from bot.slack.incoming import Origin, Pressed
from bot.slack.modals_form import Sheet, form_view
from bot.slack.modals_plan import Sent, end_view, plan_view, told_view, waiting_view
from bot.wording import Wording
from tests.factories import ALICE, CHANNEL, DIGEST, TEAM, make_change, make_request

FORMS = [name for name, command in COMMANDS.items() if command.form is not None]
FILLED: dict[str, str] = {
    "repository": "docker.example.com/team/app",
    "what": "tag",
    "tag": "1.4.2",
    "digest": DIGEST,
    "new": "stable",
    "to": "docker.example.com/archive/app",
    "referrers": YES,
    "untagged": YES,
    "keep": "5",
    "reason": "superseded",
}


def views() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every modal: its name, and what is sent."""
    yield "modal-reject", dict(modals.reject_modal("C17"))
    for name in FORMS:
        form = COMMANDS[name].form
        assert form is not None
        yield f"modal-form-{name}", dict(form_view(Sheet(name, form, CHANNEL, {})))
        filled = Sheet(name, form, CHANNEL, FILLED, reason_required=True)
        yield f"modal-form-{name}-filled", dict(form_view(filled))
        typed = Sheet(name, form, CHANNEL, {}, menus=False)
        yield f"modal-form-{name}-typed", dict(form_view(typed))
    form = COMMANDS["delete"].form
    assert form is not None
    title = form.title
    effects = Effects(kept_tags=("1.4", "latest"), platforms=("linux/amd64",))
    plan = foreseen(make_request(effects=effects), Planned(make_change()))
    sent = Sent(CHANNEL, FILLED, plan.fingerprint)
    for moved in (False, True):
        name = "modal-plan-moved" if moved else "modal-plan"
        yield name, dict(plan_view("delete", title, plan, sent, moved=moved))
    yield "modal-waiting", dict(waiting_view(title))
    down = UnavailableError(Wording("slack-silent"), hint=Wording("try-again"))
    said = failed(down, "delete", "/registry")
    yield "modal-told", dict(told_view(title, said))
    yield "modal-end", dict(end_view(title, said))
    for command in ("tags team/app --match 1.*", "search ''"):
        pressed = Pressed(Origin(ALICE, TEAM, CHANNEL), None, "filter", command, True)
        yield f"modal-filter-{command.split()[0]}", dict(filter_modal(pressed))
