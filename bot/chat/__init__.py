"""A conversation without Slack: a call comes in, a reply goes out."""
