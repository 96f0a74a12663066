"""A Slack on the loopback interface: Web API, response URLs, Socket Mode, faults.

It stands for the outside world, so it is strict where Slack is: a wrong token, a
trigger used twice, a person or channel it does not know. What Slack would refuse to
draw is kept in `violations`, which must be empty when a test ends.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from bot.slack.limits import violations
from tests.slack.schema import problems

BOT_TOKEN = "xoxb-fake-bot-token-0001"
APP_TOKEN = "xapp-fake-app-token-0001"
TEAM = "T0HOME"


@dataclass(frozen=True)
class Fault:
    """What to answer instead, once."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


RATE_LIMITED = Fault(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "0"})
DOWN = Fault(503, "upstream is down")


def refused(code: str, **more: str) -> Fault:
    return Fault(200, {"ok": False, "error": code, **more})


@dataclass(frozen=True)
class Called:
    method: str
    args: dict[str, Any]
    token: str = ""


def person(user_id: str, **over: Any) -> dict[str, Any]:
    """A full member, as `users.info` describes one."""
    return {
        "id": user_id,
        "team_id": TEAM,
        "deleted": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_stranger": False,
        **over,
    }


class FakeSlack:
    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, list[str]] = {}
        self.enterprise = ""
        self.closed: dict[str, str] = {}
        """Channels where we may not post, and what it answers then."""
        self.elsewhere: dict[str, str] = {}
        """Tokens of other workspaces, and which those are."""
        self.grants: dict[str, dict[str, Any]] = {}
        """What `oauth.v2.access` gives for a code, once."""
        self.client = ("", "")
        """Client id and secret that it wants to see."""
        self.calls: list[Called] = []
        self.messages: dict[tuple[str, str], dict[str, Any]] = {}
        self.ephemerals: list[dict[str, Any]] = []
        self.responses: list[tuple[str, dict[str, Any]]] = []
        self.views: list[dict[str, Any]] = []
        self.stack: list[dict[str, Any]] = []
        self.homes: dict[str, dict[str, Any]] = {}
        self.uploads: dict[str, tuple[str, bytes]] = {}
        self.files: list[tuple[str, str, bytes]] = []
        self.violations: list[str] = []
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.acks: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.sockets: list[web.WebSocketResponse] = []
        self.acked: list[tuple[web.WebSocketResponse, str]] = []
        self.says_hello = True
        self._used_triggers: set[str] = set()
        self._team = TEAM
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None
        self.base = ""

    # -- life

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_route("POST", "/upload/{name}", self._upload)
        app.router.add_post("/response/{name}", self._response)
        app.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        server = site._server
        assert isinstance(server, asyncio.Server)
        self.base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        for socket in self.sockets:
            await socket.close()
        assert self._runner is not None
        await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        return f"{self.base}/api/"

    def response_url(self, name: str = "one") -> str:
        return f"{self.base}/response/{name}"

    # -- what a test does

    def add(self, *user_ids: str, **over: Any) -> None:
        for user_id in user_ids:
            self.users[user_id] = person(user_id, **over)

    def fail(self, method: str, *faults: Fault) -> None:
        """Answer the next calls of a method (or `response_url`) with these."""
        self.faults[method].extend(faults)

    def named(self, method: str) -> list[dict[str, Any]]:
        return [call.args for call in self.calls if call.method == method]

    def message_in(self, channel: str) -> dict[str, Any]:
        """The newest message of a channel."""
        found = [
            value for (where, _), value in self.messages.items() if where == channel
        ]
        assert found, f"no message in {channel}"
        return found[-1]

    async def deliver(
        self, envelope: dict[str, Any], socket: web.WebSocketResponse | None = None
    ) -> dict[str, Any]:
        """Send something over Socket Mode and wait for the acknowledgement."""
        future = asyncio.get_running_loop().create_future()
        self.acks[envelope["envelope_id"]] = future
        await (socket or self.sockets[-1]).send_json(envelope)
        return await asyncio.wait_for(future, 5)

    @property
    def connected(self) -> list[web.WebSocketResponse]:
        """The websockets that are open now, oldest first."""
        return [each for each in self.sockets if not each.closed]

    # -- what Slack does

    async def _fault(self, name: str) -> web.StreamResponse | None:
        if not self.faults[name]:
            return None
        fault = self.faults[name].popleft()
        if fault.drop:
            raise ConnectionResetError
        if isinstance(fault.body, str):
            return web.Response(
                status=fault.status, text=fault.body, headers=fault.headers
            )
        return web.json_response(fault.body, status=fault.status, headers=fault.headers)

    async def _api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        if request.content_type == "application/json":
            args = await request.json()
        else:
            args = {**request.query, **dict(await request.post())}
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.calls.append(Called(method, args, token))
        try:
            fault = await self._fault(method)
        except ConnectionResetError:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if fault is not None:
            return fault
        if method == "oauth.v2.access":
            return web.json_response(self._granted(args))
        wanted = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if token not in (wanted, *self.elsewhere):
            return web.json_response({"ok": False, "error": "invalid_auth"})
        self._team = self.elsewhere.get(token, TEAM)
        handler: Callable[[dict[str, Any]], dict[str, Any] | str] = getattr(
            self, "_" + method.replace(".", "_")
        )
        answer = handler(args)
        if isinstance(answer, str):
            return web.json_response({"ok": False, "error": answer})
        return web.json_response({"ok": True, **answer})

    def _granted(self, args: dict[str, Any]) -> dict[str, Any]:
        if (args["client_id"], args["client_secret"]) != self.client:
            return {"ok": False, "error": "bad_client_secret"}
        grant = self.grants.pop(args["code"], None)
        if grant is None:
            return {"ok": False, "error": "invalid_code"}
        self.elsewhere[grant["access_token"]] = grant["team"]["id"]
        return {"ok": True, **grant}

    def _auth_revoke(self, _args: dict[str, Any]) -> dict[str, Any]:
        token = self.calls[-1].token
        del self.elsewhere[token]
        return {"revoked": True}

    def _auth_test(self, _args: dict[str, Any]) -> dict[str, Any]:
        more = {"enterprise_id": self.enterprise} if self.enterprise else {}
        return {"team_id": self._team, "user_id": "U0BOT", **more}

    def _users_info(self, args: dict[str, Any]) -> dict[str, Any] | str:
        user = self._person(args["user"])
        return {"user": user} if user else "user_not_found"

    def _person(self, user_id: str) -> dict[str, Any] | None:
        """Somebody as a workspace knows them: ids are its own."""
        if self._team == TEAM:
            return self.users.get(user_id)
        return self.users.get(f"{self._team}:{user_id}")

    def _usergroups_users_list(self, args: dict[str, Any]) -> dict[str, Any] | str:
        users = self.groups.get(args["usergroup"])
        return "no_such_subteam" if users is None else {"users": users}

    def _conversations_open(self, args: dict[str, Any]) -> dict[str, Any] | str:
        if not self._person(args["users"]):
            return "user_not_found"
        return {"channel": {"id": f"D{args['users']}"}}

    def _chat_postMessage(self, args: dict[str, Any]) -> dict[str, Any] | str:  # noqa: N802
        self._look_at(args)
        if not args["channel"].startswith(("C", "D")):
            return "channel_not_found"
        if code := self.closed.get(args["channel"]):
            return code
        ts = f"{next(self._numbers):06}.000000"
        self.messages[args["channel"], ts] = args
        return {"channel": args["channel"], "ts": ts}

    def _chat_update(self, args: dict[str, Any]) -> dict[str, Any] | str:
        self._look_at(args)
        where = args["channel"], args["ts"]
        if where not in self.messages:
            return "message_not_found"
        self.messages[where] = args
        return {"channel": args["channel"], "ts": args["ts"]}

    def _chat_postEphemeral(self, args: dict[str, Any]) -> dict[str, Any] | str:  # noqa: N802
        self._look_at(args)
        self.ephemerals.append(args)
        return {"message_ts": "1.0"}

    def _files_getUploadURLExternal(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        name = f"F{next(self._numbers)}"
        self.uploads[name] = (str(args["filename"]), b"")
        return {"upload_url": f"{self.base}/upload/{name}", "file_id": name}

    def _files_completeUploadExternal(self, args: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        files = json.loads(args["files"])
        for each in files:
            filename, body = self.uploads[each["id"]]
            self.files.append((str(args["channel_id"]), filename, body))
        return {"files": files}

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        filename, _ = self.uploads[name]
        self.uploads[name] = (filename, await request.read())
        return web.Response(text="OK")

    def _views_open(self, args: dict[str, Any]) -> dict[str, Any] | str:
        if args["trigger_id"] in self._used_triggers:
            return "exchanged_trigger_id"
        self._used_triggers.add(args["trigger_id"])
        self._look_at_view(args["view"])
        self.views.append(args["view"])
        self.stack = [self._instance(args["view"])]
        return {"view": self.stack[-1]}

    def _views_update(self, args: dict[str, Any]) -> dict[str, Any] | str:
        self._look_at_view(args["view"])
        for at, view in enumerate(self.stack):
            external = args.get("external_id")
            if args.get("view_id") == view["id"] or (
                external and external == view.get("external_id")
            ):
                if args.get("hash", view["hash"]) != view["hash"]:
                    return "hash_conflict"
                self.views.append(args["view"])
                self.stack[at] = self._instance(args["view"], view["id"])
                return {"view": self.stack[at]}
        return "not_found"

    def answered(self, answer: dict[str, Any]) -> dict[str, str]:
        """What Slack does with the answer to a modal that was sent off.

        Returns:
            The errors it shows, by block.
        """
        match answer.get("response_action"):
            case "errors":
                there = {block.get("block_id") for block in self.stack[-1]["blocks"]}
                errors: dict[str, str] = answer["errors"]
                assert errors, (
                    "errors without an error: Slack closes nothing, says nothing"
                )
                assert set(errors) <= there, "an error for a block that is not there"
                return errors
            case "push":
                assert len(self.stack) < 3, "Slack stacks three modals at most"
                self._look_at_view(answer["view"])
                self.views.append(answer["view"])
                self.stack.append(self._instance(answer["view"]))
            case "update":
                self._look_at_view(answer["view"])
                self.views.append(answer["view"])
                self.stack[-1] = self._instance(answer["view"], self.stack[-1]["id"])
            case "clear":
                self.stack = []
            case _:
                self.stack.pop()
        return {}

    def _instance(self, view: dict[str, Any], view_id: str = "") -> dict[str, Any]:
        number = next(self._numbers)
        return {**view, "id": view_id or f"V{number}", "hash": f"{number}.hash"}

    def _views_publish(self, args: dict[str, Any]) -> dict[str, Any] | str:
        user = args["user_id"]
        if user not in self.users:
            return "user_not_found"
        shown = self.homes.get(user)
        if "hash" in args and (shown is None or args["hash"] != shown["hash"]):
            return "hash_conflict"
        self._look_at_view(args["view"])
        mark = f"{next(self._numbers)}.home"
        self.homes[user] = {**args["view"], "hash": mark}
        return {"view": {"id": f"V{user}", "hash": mark}}

    def _apps_connections_open(self, _args: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"{self.base.replace('http', 'ws')}/socket?ticket=one-time"}

    async def _response(self, request: web.Request) -> web.StreamResponse:
        name, body = request.match_info["name"], await request.json()
        if (fault := await self._fault("response_url")) is not None:
            return fault
        self._look_at(body)
        self.responses.append((name, body))
        return web.Response(text="ok")

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        if self.says_hello:
            hello = {"type": "hello", "num_connections": len(self.connected)}
            await socket.send_json(hello)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                ack = json.loads(message.data)
                self.acked.append((socket, ack["envelope_id"]))
                future = self.acks.pop(ack["envelope_id"], None)
                if future is not None and not future.done():
                    future.set_result(ack)
        return socket

    def _look_at(self, message: dict[str, Any]) -> None:
        body = message_of(message)
        self.violations += [*violations(body), *problems("message", body)]

    def _look_at_view(self, view: dict[str, Any]) -> None:
        self.violations += [*violations(view), *problems(str(view["type"]), view)]


def message_of(args: dict[str, Any]) -> dict[str, Any]:
    """The part of a call that `violations` is about."""
    return {"text": args.get("text", ""), "blocks": args.get("blocks", [])}


def all_text(message: dict[str, Any]) -> str:
    """Every word of a message's blocks, a block a line."""

    def words(value: Any) -> str:
        if isinstance(value, dict):
            return "".join(
                inner
                if key in ("text", "user_id", "usergroup_id") and isinstance(inner, str)
                else words(inner)
                for key, inner in value.items()
                if key not in ("type", "value", "action_id")
            )
        return "".join(map(words, value)) if isinstance(value, list) else ""

    return "\n".join(words(block) for block in message.get("blocks", []))


def menus_of(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The menus beside rows, by the first line of the row; selects by `select`."""
    found = {
        block["text"]["text"].partition("\n")[0]: block["accessory"]
        for block in message.get("blocks", [])
        if "accessory" in block
    }
    for block in message.get("blocks", []):
        if block["type"] == "actions":
            for element in block["elements"]:
                if element["type"] == "static_select":
                    found[element["action_id"]] = element
    return found


def buttons_of(message: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A message's buttons by the word on them."""
    return {
        element["text"]["text"]: element
        for block in message.get("blocks", [])
        if block["type"] == "actions"
        for element in block["elements"]
        if element["type"] == "button"
    }
