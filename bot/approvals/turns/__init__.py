"""Whose turn it is: one change at a time on a registry's repository."""
