"""Requests that wait for a decision: whom to remind, what moved meanwhile."""
