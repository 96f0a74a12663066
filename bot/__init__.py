"""registry-bot: run a private container registry from Slack, with approval and record."""
