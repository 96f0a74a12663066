# undo: what can be put back, and why not.

undo-no-id = This is not the ID of a change
    .hint = An ID is on its card: `undo C17`.
undo-of-undo = { $id } is an undo itself
    .hint = Delete again what it put back, if that should go.
undo-not-ended = { $id } has not ended yet
    .hint = Its card shows how it goes.
undo-not-done = { $id } was not carried out, so there is nothing to put back
    .hint = Its card shows how it ended.
undo-took-nothing = { $id } took nothing away: the name was free
    .hint = To remove it: `delete { $target }`.
undo-lost = { $id } cannot be undone: the registry no longer has { $count ->
    [one] { $count } blob
   *[other] { $count } blobs
} ({ $names }) of { $things }. Nothing was changed
    .hint = Its garbage collection has run; push the images again.
    .hint-partial = Its garbage collection has run; push the images again. `undo { $id } --partial` puts the rest back.
undo-used = { $id } cannot be undone: { $names }. Nothing was changed
    .hint = Delete or retag those first, if the old ones should come back.
undo-used-one = { $target } names { $digest } by now
undo-not-kept = { $id } removed nothing that was still there
    .hint = It was gone already when its turn came, so nothing was kept.
undo-done-already = { $by } has undone { $id } already
undo-there-already = Everything { $id } removed is there already.

undo-note-used = { $count } used again since and left alone.
undo-note-lost = { $count } lost to garbage collection.
undo-note-there = { $count } there already.
undo-note-not-kept = { $count } gone before the change, so nothing was kept.
