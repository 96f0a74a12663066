"""Slack: the door commands and presses come in by, and how answers are drawn."""
