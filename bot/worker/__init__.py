"""Carries out what was approved, and does what has to be done from time to time.

`Worker.execute(number)` may be called any number of times, by an engine that knows
nothing of what a change is. Item by item the registry is read again, what goes is kept,
one target is handed to the command's `execute` (of an undo: to the `reverse` of the
command it undoes), and the end of the item is written down together with its audit
entry. Whatever stops it in between (a kill, a cancellation, the database) leaves the
request running, and the next call goes on at the item that has no end yet.

An approval is for the content that was approved: a tag that moved, and a name that has
been protected since, are not touched. A registry that does not answer is asked again
for a few minutes; then the item has failed, and says so.
"""

from bot.worker.worker import RETRY_DELAYS, Worker

__all__ = ["RETRY_DELAYS", "Worker"]
