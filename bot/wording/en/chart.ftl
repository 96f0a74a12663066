# The chart of usage.

chart-own = freed by deleting it
chart-shared = shared with other repositories
chart-value = { $total }, { $freed } freed
chart-bar = { $name }: { $total }, { $freed } freed by deleting it.
chart-title = { $host } holds { $total }
chart-largest = The { $count ->
    [one] largest repository
   *[other] { $count } largest repositories
} of { $read }, each digest counted once
chart-freeing = { $count ->
    [one] The repository that frees most
   *[other] The { $count } repositories that free most
}, of { $read }
chart-named = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} of { $read }, by name
chart-matching = { $host }, { $query }: { $total }
chart-note = Freed by the registry's garbage collection, once it has run.
chart-note-at-most = ≤: at most, since not everything is read yet. Freed by the registry's garbage collection, once it has run.
chart-button = As a chart
chart-comes = The chart comes as a direct message, to you alone: Slack shows no picture in a message that only you see.
chart-none = There is nothing to draw yet.
chart-one = A chart compares repositories: write usage --chart, or a glob as in usage team/* --chart
chart-nowhere = A terminal has no place for a picture
