"""What the app may do in Slack: the scopes of its token. Pure."""

from __future__ import annotations

SCOPES = frozenset(
    {
        "app_mentions:read",
        "chat:write",
        "commands",
        "files:write",
        "im:history",
        "im:write",
        "users:read",
    }
)
"""What every call of ours needs (docs/slack-app.yaml says for what)."""
GROUP_SCOPE = "usergroups:read"
"""Needed as well where the settings name a user group."""
