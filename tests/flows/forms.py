"""Somebody fills in a form, as Slack shows it to them: what they may touch is what is
on the screen, and the bot hears of it through signed requests alone.

A test chooses fields by name and options by the words it reads. Values stay in blocks
that are there under the same name after a redraw, as in Slack, and are lost with those
that are not.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.slack.limits import violations
from tests.flows.world import World
from tests.slack.fake_slack import TEAM, all_text
from tests.slack.sending import form, interaction, slash, trigger


@dataclass
class Filling:
    """One person before a stack of modals."""

    world: World
    user: str
    team: str = TEAM
    state: dict[str, dict[str, Any]] = field(default_factory=dict)

    # -- what they do

    async def types(self, text: str, **over: Any) -> str:
        """`/registry TEXT`; returns where an answer would go."""
        name = self.world._next()
        url = self.world.slack.response_url(name)
        fields = slash(text, user=self.user, team=self.team, response_url=url, **over)
        answer = await self.world.send(form(fields))
        assert (answer.status_code, answer.text) == (200, "")
        await self.world.doors.work.idle()
        return name

    async def looks_for(self, name: str, typed: str) -> list[dict[str, Any]]:
        """Type into a menu; returns its options."""
        body = {
            **self._body("block_suggestion"),
            "action_id": f"field:{name}",
            "block_id": self._block(name)["block_id"],
            "value": typed,
            # Slack does not send what is filled in with this.
            "view": {**self.view, "state": {"values": {}}},
        }
        del body["trigger_id"]
        answer = await self.world.send(interaction(body))
        assert answer.status_code == 200, answer.text
        found = json.loads(answer.text)
        assert violations(found) == ()
        options: list[dict[str, Any]] = found["options"]
        return options

    async def chooses(self, name: str, words: str, typed: str = "") -> None:
        """Choose the option that reads so, after typing that."""
        block = self._block(name)
        kind = block["element"]["type"]
        if kind == "external_select":
            options = await self.looks_for(name, typed or words)
        else:
            options = block["element"]["options"]
        read = {each["text"]["text"]: each for each in options}
        assert words in read, f"{words!r} is not among {list(read)}"
        self.state[block["block_id"]] = {"type": kind, "selected_option": read[words]}
        await self._dispatched(block)

    async def ticks(self, name: str) -> None:
        block = self._block(name)
        on = block["element"]["options"]
        self.state[block["block_id"]] = {"type": "checkboxes", "selected_options": on}
        await self._dispatched(block)

    def writes(self, name: str, text: str) -> None:
        block = self._block(name)
        self.state[block["block_id"]] = {"type": "plain_text_input", "value": text}

    async def presses_submit(self, *, user: str = "") -> dict[str, str]:
        """Send the topmost modal off; returns the errors, by field."""
        answer = await self.submits(user=user)
        assert answer.status_code == 200, answer.text
        errors = self.world.slack.answered(json.loads(answer.text or "{}"))
        await self.world.doors.work.idle()
        return {block.partition("@")[0]: said for block, said in errors.items()}

    async def submits(self, *, user: str = "") -> httpx.Response:
        """Send the topmost modal off; returns what Slack is answered."""
        assert "submit" in self.view, f"nothing to press: {self.says}"
        body = self._body("view_submission")
        if user:
            body["user"]["id"] = user
        body["response_urls"] = []
        return await self.world.send(interaction(body))

    def goes_back(self) -> None:
        """Close the topmost modal."""
        closed = self.world.slack.stack.pop()
        if closed.get("clear_on_close"):
            self.world.slack.stack.clear()

    # -- what they see

    @property
    def view(self) -> dict[str, Any]:
        return self.world.slack.stack[-1]

    @property
    def says(self) -> str:
        return all_text(self.view)

    @property
    def fields(self) -> list[str]:
        inputs = [each for each in self.view["blocks"] if each["type"] == "input"]
        return [each["element"]["action_id"].removeprefix("field:") for each in inputs]

    def label(self, button: str) -> str:
        words: str = self.view[button]["text"]
        return words

    def value(self, name: str) -> str:
        """What a field holds on the screen."""
        block = self._block(name)
        given = self._state(block)
        option = given.get("selected_option") or given
        return str(option.get("value") or "")

    # -- how Slack tells of it

    def _block(self, name: str) -> dict[str, Any]:
        for block in self.view["blocks"]:
            if block.get("element", {}).get("action_id") == f"field:{name}":
                return dict(block)
        raise AssertionError(f"no field {name} among {self.fields}")

    def _state(self, block: dict[str, Any]) -> dict[str, Any]:
        if block["block_id"] in self.state:
            return self.state[block["block_id"]]
        element = block["element"]
        match element["type"]:
            case "plain_text_input":
                value = element.get("initial_value")
                return {"type": "plain_text_input", "value": value}
            case "checkboxes":
                chosen = element.get("initial_options", [])
                return {"type": "checkboxes", "selected_options": chosen}
            case kind:
                chosen = element.get("initial_option")
                return {"type": kind, "selected_option": chosen}

    def _values(self) -> dict[str, Any]:
        return {
            block["block_id"]: {block["element"]["action_id"]: self._state(block)}
            for block in self.view["blocks"]
            if block["type"] == "input"
        }

    async def _dispatched(self, block: dict[str, Any]) -> None:
        if not block.get("dispatch_action"):
            return
        action = {
            "action_id": block["element"]["action_id"],
            "block_id": block["block_id"],
            "action_ts": "1.0",
            **self.state[block["block_id"]],
        }
        body = {**self._body("block_actions"), "actions": [action]}
        answer = await self.world.send(interaction(body))
        assert (answer.status_code, answer.text) == (200, "")
        await self.world.doors.work.idle()
        # Slack forgets what was in blocks that are not there any more.
        there = {each.get("block_id") for each in self.view["blocks"]}
        self.state = {key: each for key, each in self.state.items() if key in there}

    def _body(self, kind: str) -> dict[str, Any]:
        return {
            "type": kind,
            "user": {"id": self.user, "username": "somebody", "team_id": self.team},
            "team": {"id": self.team, "domain": "example"},
            "api_app_id": "A0APP",
            "token": "verification",
            "container": {"type": "view", "view_id": self.view["id"]},
            "trigger_id": trigger(),
            "is_enterprise_install": False,
            "enterprise": None,
            "view": {
                **self.view,
                "team_id": self.team,
                "app_installed_team_id": TEAM,
                "state": {"values": self._values()},
            },
        }
