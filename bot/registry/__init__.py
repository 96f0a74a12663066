"""Speaks the distribution protocol; knows neither Slack nor SQL."""
