"""Starts the `local-slack` program and plays the people in it.

It has Slack's Web API, signed HTTP requests, Socket Mode and response URLs. It knows no
user groups, checks neither tokens nor limits and does not hide ephemeral messages: it
is for the way a story takes through a real server, not for rules.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import httpx

from tests.selection import local_slack

BOT_TOKEN = "xoxb-local-slack-token"
APP_TOKEN = "xapp-local-slack-token"
SIGNING_SECRET = "local-slack-signing-secret"
TEAM = "T0LOCAL"
GENERAL = "C0GENERAL"
APPROVALS = "C0APPROVE"
ALICE, BOB, CAROL = "U0ALICE", "U0BOB", "U0CAROL"
PATIENCE = 20.0
"""Seconds to wait for something to be shown."""

Found = TypeVar("Found")
Message = dict[str, Any]


async def until(
    look: Callable[[], Any], seconds: float = PATIENCE, *, every: float = 0.05
) -> Any:
    """What `look` (which may be awaited) returns as soon as that is something."""
    async with asyncio.timeout(seconds):
        while True:
            found = look()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(every)


class LocalSlack:
    """A running local-slack."""

    def __init__(self, base: str, http: httpx.AsyncClient) -> None:
        self.base = base
        self._http = http

    @property
    def api_url(self) -> str:
        """What `SLACK_API_URL` has to be."""
        return f"{self.base}/api/"

    async def connected(self) -> None:
        """Wait until the bot's Socket Mode connection is open."""
        await until(lambda: self._log_has("connected"))

    async def command(self, user: str, text: str, channel: str = GENERAL) -> None:
        """Somebody types `/registry TEXT`."""
        await self._post(
            "command", channel=channel, user=user, command="/registry", text=text
        )

    async def writes(self, user: str, text: str, channel: str = GENERAL) -> None:
        """Somebody writes a message."""
        await self._post("message", channel=channel, user=user, text=text)

    async def open_home(self, user: str) -> None:
        """Somebody opens the bot's Home."""
        await self._post("open-home", user=user)

    async def home_saying(self, user: str, text: str) -> Message:
        """Wait until the newest Home of somebody has these words."""

        async def look() -> Message | None:
            for entry in reversed(await self.log()):
                if entry["summary"] != "views.publish":
                    continue
                detail = entry["detail"]
                if detail["user_id"] != user:
                    continue
                shown: Message = detail["view"]
                return shown if text in words(shown) else None
            return None

        found: Message = await until(look)
        return found

    async def direct_channel(self, user: str) -> str:
        """Wait for the conversation of somebody with the bot."""

        async def look() -> str | None:
            state = (await self._http.get("/_control/state")).json()
            for place in state["channels"]:
                if place.get("is_im") and user in place["members"]:
                    found: str = place["id"]
                    return found
            return None

        found: str = await until(look)
        return found

    async def press(self, user: str, message: Message, label: str) -> None:
        """Somebody presses the button with this word on it."""
        for block in message["blocks"]:
            for element in block.get("elements", ()):
                if element.get("text", {}) == {
                    "type": "plain_text",
                    "text": label,
                    "emoji": False,
                }:
                    await self._post(
                        "interact",
                        channel=message["channel"],
                        messageTs=message["ts"],
                        user=user,
                        action={**element, "block_id": "b"},
                    )
                    return
        raise AssertionError(f"no button {label!r} in {words(message)!r}")

    async def submit_reason(self, user: str, reason: str) -> None:
        """Wait for the modal, type a reason and send it off."""
        async with aiohttp.ClientSession() as session:
            ui = f"{self.base.replace('http', 'ws')}/ui"
            async with session.ws_connect(ui) as socket, asyncio.timeout(PATIENCE):
                async for message in socket:
                    data = json.loads(message.data)
                    stack = data.get("stack") or data.get("state", {}).get("modalStack")
                    if stack:
                        break
                value = {"type": "plain_text_input", "value": reason}
                await socket.send_json(
                    {
                        "t": "view_submit",
                        "user": user,
                        "values": {"reason": {"reason": value}},
                    }
                )
                # Sent off means gone from the screen.
                async for message in socket:
                    data = json.loads(message.data)
                    if data["t"] == "view" and not data.get("stack"):
                        return

    async def messages(self, channel: str) -> list[Message]:
        """All messages of a channel, ephemeral ones too, oldest first."""
        answer = await self._http.get(f"/_control/messages/{channel}")
        found: list[Message] = answer.json()["messages"]
        return found

    async def saying(
        self, channel: str, text: str, *, to: str | None = None
    ) -> Message:
        """Wait for a message with these words; `to` for one person's alone."""

        async def look() -> Message | None:
            for message in reversed(await self.messages(channel)):
                if text in words(message) and message.get("ephemeral_to") == to:
                    return message
            return None

        try:
            found: Message = await until(look)
        except TimeoutError:
            seen = [words(message) for message in await self.messages(channel)]
            raise AssertionError(
                f"{text!r} was not said in {channel}: {seen}"
            ) from None
        return found

    async def direct(self, user: str, text: str) -> Message:
        """Wait for a direct message to somebody with these words."""

        return await self.saying(await self.direct_channel(user), text)

    async def log(self) -> list[dict[str, Any]]:
        """What local-slack and the bot said to each other."""
        entries: list[dict[str, Any]] = (await self._http.get("/_control/log")).json()[
            "log"
        ]
        return entries

    async def _log_has(self, word: str) -> bool:
        return word in json.dumps(await self.log())

    async def _post(self, what: str, **body: Any) -> None:
        answer = await self._http.post(f"/_control/{what}", json=body)
        assert answer.json()["ok"], answer.text


def words(message: Message) -> str:
    """A message's blocks as characters: texts, code, mentions."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if isinstance(inner, str) and key in ("text", "user_id"):
                    found.append(inner)
                elif key != "value":
                    walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(message.get("blocks") or message.get("text", ""))
    return "".join(found)


@asynccontextmanager
async def running(
    folder: Path, *, request_url: str | None
) -> AsyncIterator[LocalSlack]:
    """Start the program.

    Args:
        folder: for its configuration.
        request_url: the bot's `/slack/events`; None for Socket Mode.
    """
    program = local_slack()
    assert program is not None, "needs_local_slack deselects these tests"
    config = folder / "slack.json"
    config.write_text(json.dumps(_config(request_url)), encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        program,
        "--config",
        config,
        "--port",
        "0",
        "--base-host",
        "127.0.0.1",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    drain = None
    try:
        base = await _address(process.stdout)
        drain = asyncio.create_task(process.stdout.read())
        async with httpx.AsyncClient(base_url=base, trust_env=False) as http:
            yield LocalSlack(base, http)
    finally:
        process.terminate()
        await process.wait()
        if drain is not None:
            await drain


async def _address(output: asyncio.StreamReader) -> str:
    said = ""
    async with asyncio.timeout(PATIENCE):
        async for line in output:
            said += line.decode()
            if found := re.search(r"Web UI:\s+(http://\S+)", said):
                return found[1]
    raise AssertionError(f"local-slack did not start: {said}")


def _config(request_url: str | None) -> dict[str, Any]:
    people = [(ALICE, "alice"), (BOB, "bob"), (CAROL, "carol")]
    app: dict[str, Any] = {
        "appId": "A0BOT",
        "botUserId": "U0BOT",
        "botName": "registry-bot",
        "botToken": BOT_TOKEN,
        "appToken": APP_TOKEN,
        "signingSecret": SIGNING_SECRET,
        "mode": "events" if request_url else "socket",
    }
    if request_url:
        app["requestUrl"] = request_url
    members = ["U0BOT", *[user_id for user_id, _ in people]]
    return {
        "workspace": {"name": "Example", "domain": "example", "teamId": TEAM},
        "apps": [app],
        "users": [{"id": user_id, "name": name} for user_id, name in people],
        "channels": [
            {"id": GENERAL, "name": "general", "members": members},
            {"id": APPROVALS, "name": "approvals", "members": members},
        ],
    }
