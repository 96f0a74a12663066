"""The program `registry-bot`: its commands, their options, their exit codes.

0 done, 1 the answer is no (a check or a verification found something), 2 wrong usage or
configuration. Errors are one line on standard error and a hint under it; a traceback is
a defect of ours, and goes through the log so that no secret is in it.
"""

from __future__ import annotations

import asyncio
import errno
import io
import sys
from collections.abc import Callable, Coroutine
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.text import Text

from bot import explaining, logs, operations, serving
from bot.config import cache_folder, load_settings
from bot.demo import local_slack, session, web
from bot.demo.keyboard import Keyboard
from bot.errors import BotError, ConfigurationError, UnavailableError, UsageError
from bot.wording import say

app = typer.Typer(
    name="registry-bot",
    help="Run a private container registry from Slack, with approval and record.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
audit_app = typer.Typer(help="The record, without Slack.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")
policy_app = typer.Typer(help="What the settings allow.", no_args_is_help=True)
app.add_typer(policy_app, name="policy")

log = structlog.stdlib.get_logger(__name__)


class ExportFormat(StrEnum):
    """What `audit export` can write."""

    CSV = "csv"
    JSONL = "jsonl"


class LogLevel(StrEnum):
    """What `serve` writes to its log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def main() -> None:
    """Entry point of the console script."""
    # JSON is UTF-8 whatever the locale; from 3.15 on Python does so by itself.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    app()


def _version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        version = metadata.version("registry-bot")
    except metadata.PackageNotFoundError:
        version = "of a checkout that is not installed"
    print(f"registry-bot {version}")
    raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print it and exit."
        ),
    ] = False,
) -> None:
    """Run a private container registry from Slack, with approval and record."""


def _run(
    coroutine: Coroutine[Any, Any, int],
    runner: Callable[[Coroutine[Any, Any, int]], int] = asyncio.run,
) -> None:
    """Run to the end and exit; the one place where an error becomes an exit code."""
    try:
        code = runner(coroutine)
    except (UsageError, ConfigurationError) as error:
        code = _complain(error, 2)
    except BotError as error:
        code = _complain(error, 1)
    except KeyboardInterrupt:
        code = 130
    except OSError as error:
        if error.errno == errno.EPIPE:
            raise  # Whoever read our output has seen enough; typer ends quietly.
        log.exception("defect")
        code = 1
    except Exception:
        log.exception("defect")
        code = 1
    raise typer.Exit(code)


def _complain(error: BotError, code: int) -> int:
    console = Console(stderr=True, soft_wrap=True)
    console.print(Text(f"registry-bot: {error.message}"))
    if error.hint:
        console.print(Text(f"  {error.hint}"))
    return code


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on.", show_default=True)
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks one.")
    ] = 3000,
    log_level: Annotated[
        LogLevel, typer.Option(help="The least of what is logged.")
    ] = LogLevel.INFO,
    no_worker: Annotated[
        bool,
        typer.Option(
            "--no-worker",
            help="Leave changes and periodic work to `registry-bot worker`.",
        ),
    ] = False,
) -> None:
    """Run the bot: HTTP, or Socket Mode as soon as SLACK_APP_TOKEN is set."""
    logs.configure(log_level.value)

    async def start() -> int:
        settings = load_settings()
        await serving.serve(settings, host=host, port=port, executes=not no_worker)
        return 0

    _run(start())


@app.command()
def worker(
    host: Annotated[
        str, typer.Option(help="Address for health and metrics.", show_default=True)
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port for them; 0 picks one.")
    ] = 3001,
    log_level: Annotated[
        LogLevel, typer.Option(help="The least of what is logged.")
    ] = LogLevel.INFO,
) -> None:
    """Carry out changes beside `serve`, as often as wanted; on PostgreSQL."""
    logs.configure(log_level.value)

    async def start() -> int:
        await serving.work(load_settings(), host=host, port=port)
        return 0

    _run(start())


@app.command()
def demo(
    tour: Annotated[
        bool, typer.Option("--tour", help="Play the main job by itself and exit.")
    ] = False,
    page: Annotated[
        bool, typer.Option("--web", help="On a local Slack page in the browser.")
    ] = False,
) -> None:
    """Try it: a sample registry inside the process and a chat in the terminal."""
    logs.configure("warning")
    if page and tour:
        raise typer.Exit(
            _complain(UsageError("--web and --tour are two demos: choose one"), 2)
        )
    if page and (program := _local_slack()) is not None:
        _run(web.web(Console(soft_wrap=True), program))
    if tour or not sys.stdin.isatty():
        _run(session.tour(Console()))
    else:
        keyboard = Keyboard()
        _run(session.demo(Console(), keyboard), keyboard.run)


def _local_slack() -> Path | None:
    """The program behind the page; None where somebody goes on in the terminal."""
    Console(stderr=True).print(Text(say("local-fetching"), style="dim"))
    try:
        try:
            return asyncio.run(local_slack.program(cache_folder()))
        except UnavailableError as error:
            code = _complain(error, 1)
            if not sys.stdin.isatty():
                raise typer.Exit(code) from None
            input(say("local-instead") + " ")
            return None
    except (KeyboardInterrupt, EOFError):
        print()
        raise typer.Exit(130) from None


@app.command()
def console() -> None:
    """`/registry …` in this terminal, against the configured registries."""
    logs.configure("warning")
    keyboard = Keyboard()

    async def start() -> int:
        return await session.console(load_settings(), Console(), keyboard)

    _run(start(), keyboard.run)


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    add_help_option=False,
    options_metavar="COMMAND… [--json]",
)
def run(
    context: typer.Context,
    json_lines: Annotated[
        bool, typer.Option("--json", help="One JSON object a line, for programs.")
    ] = False,
) -> None:
    """One reading command, for scripts: `registry-bot run search ubuntu --json`.

    Behind the command's name everything is as in Slack, `--help` too.
    """
    words = tuple(context.args)
    if words[:1] in (("--help",), ("-h",)):
        print(context.get_help())
        raise typer.Exit
    logs.configure("error")

    async def start() -> int:
        return await session.run_once(
            load_settings(), words, Console(), json_lines=json_lines
        )

    _run(start())


@app.command()
def check() -> None:
    """Look at settings, Slack and every registry; exit 1 when anything is unfit."""
    logs.configure("error")

    async def start() -> int:
        return await operations.check(load_settings(), Console(soft_wrap=True))

    _run(start())


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    logs.configure("warning")

    async def start() -> int:
        await operations.migrate(load_settings(), Console(soft_wrap=True))
        return 0

    _run(start())


@policy_app.command("explain")
def policy_explain(
    command: Annotated[
        str,
        typer.Argument(help='As typed in Slack: "delete prod/app:1.2".'),
    ],
    actor: Annotated[str, typer.Option(help="Slack user id of who would give it.")],
) -> None:
    """Which rule decides about a command, who may approve it, and why.

    Exits 1 where it would be refused.
    """
    logs.configure("error")

    async def start() -> int:
        out = Console(soft_wrap=True)
        return await explaining.policy_explain(load_settings(), command, actor, out)

    _run(start())


@audit_app.command("list")
def audit_list(
    json_lines: Annotated[
        bool, typer.Option("--json", help="One JSON object a line.")
    ] = False,
    limit: Annotated[
        int, typer.Option(min=0, help="The newest N entries; 0 for all of them.")
    ] = 0,
) -> None:
    """Print the record, oldest first."""
    logs.configure("warning")

    async def start() -> int:
        return await operations.audit_list(
            load_settings(), Console(soft_wrap=True), json_lines=json_lines, limit=limit
        )

    _run(start())


@audit_app.command("export")
def audit_export(
    form: Annotated[
        ExportFormat, typer.Option("--format", help="What to write.")
    ] = ExportFormat.JSONL,
    output: Annotated[
        Path | None, typer.Option(help="A file, instead of standard output.")
    ] = None,
) -> None:
    """Write the whole record as JSON Lines or CSV."""
    logs.configure("warning")

    async def start() -> int:
        return await operations.audit_export(load_settings(), form.value, output)

    _run(start())


@audit_app.command("verify")
def audit_verify(
    checkpoint: Annotated[
        str,
        typer.Option(
            metavar="SEQ:HASH",
            help="Hold the chain to an entry shown elsewhere: `audit #SEQ HASH` on a "
            "card; the hash may be a prefix of at least 12 digits.",
        ),
    ] = "",
) -> None:
    """Walk the chain; exit 1 on any break, and say where."""
    logs.configure("warning")

    async def start() -> int:
        return await operations.audit_verify(
            load_settings(), checkpoint, Console(soft_wrap=True)
        )

    _run(start())
