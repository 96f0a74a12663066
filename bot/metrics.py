"""What `/metrics` counts, in one place so that names stay stable.

Each `Metrics` has a collector registry of its own: two of them in one process (tests,
the demo) do not add up.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The program's counters; labels never hold names that people choose."""

    def __init__(self) -> None:
        self.collectors = CollectorRegistry()
        self.commands = Counter(
            "registry_bot_commands",
            "Slash commands answered, by command and result (ok, refused, error).",
            ["command", "result"],
            registry=self.collectors,
        )
        self.command_seconds = Histogram(
            "registry_bot_command_seconds",
            "Time from a command's arrival to its answer being ready.",
            ["command"],
            registry=self.collectors,
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
        )
        self.changes = Counter(
            "registry_bot_changes",
            "Changes that ended, by action and end (done, failed, voided, …).",
            ["action", "end"],
            registry=self.collectors,
        )
        self.slack_requests = Counter(
            "registry_bot_slack_requests",
            "HTTP requests to /slack/events, by result (accepted, refused).",
            ["result"],
            registry=self.collectors,
        )
        self.notifications = Counter(
            "registry_bot_notifications",
            "HTTP requests to /registry/notifications, by result (accepted, refused, "
            "malformed, not_stored).",
            ["result"],
            registry=self.collectors,
        )
        self.undelivered = Gauge(
            "registry_bot_undelivered_cards",
            "Cards and notices Slack has not taken yet.",
            registry=self.collectors,
        )
