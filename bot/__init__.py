"""registry-bot: a private container registry run from Slack, with approvals."""
