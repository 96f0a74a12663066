# What a change is about, where a request stands, the bytes it frees.

standing-pending = waits for approval
standing-approved = approved, about to be done
standing-approved-held = approved, held up by the freeze
standing-ready = about to be done
standing-ready-held = held up by the freeze
standing-running = being done
standing-done = done
standing-failed = failed
standing-voided = not done
standing-rejected = rejected
standing-expired = expired
standing-cancelled = cancelled

change-storage = Deleting frees no storage until the registry's garbage collection runs.
change-no-deletion = By all that is known of this registry it does not delete: deletion is off there, or it is read-only. If that stays so, this fails and every tag stays as it is.

# Short, for headings, summaries and lists: "C17: …", "C17, to …, waits".
short-undo = undo { $change }
short-put = { $action } to { $target }{ $more ->
    [0] { "" }
   *[other] { " " }and { $more } more
}
short-one = { $action } { $target }
short-several = { $action } { $items } of { $where }

# A part of a sentence: "Alice asks to …".
doing-undo-one = undo { $change }: put back { $target } on { $host }
doing-undo-several = undo { $change }: put back { $items } of { $where } on { $host }
doing-move = move the tag { $target } to { $digest } on { $host }
doing-put = put the tag { $target } on { $digest } on { $host }
doing-copy = copy { $source } to { $target } on { $host }
doing-one = { $action } { $target } on { $host }
doing-several = { $action } { $items } of { $where } on { $host }

count-tags = { $count ->
    [one] { $count } tag
   *[other] { $count } tags
}
count-manifests = { $count ->
    [one] { $count } manifest
   *[other] { $count } manifests
}
count-tags-and-manifests = { $tags } and { $manifests }
count-all = all ({ $tags })
count-repositories = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
}

item-is-manifest = (manifest)
item-is-repository = (repository)
item-ended = { $state ->
    [failed] failed, { $outcome }
    [voided] not done, { $outcome }
   *[done] { $outcome }
}

change-stays-same = Stays, on the same digest
change-stays-old = Stays, on the old digest

space-freed = { $freed } of { $total }
space-freed-at-most = at most { $freed } of { $total }
space-shared = { $size } are used elsewhere too
space-unread = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} of the registry not read yet
