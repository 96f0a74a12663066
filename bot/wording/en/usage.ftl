# The answers of usage.

at-most = at most { $size }
usage-one = { $repository } holds { $total }. Deleting it frees { $freed } once the registry's garbage collection has run.
usage-own-freed = { $freed }, freed if it is deleted
usage-shared-with = { $shared }, with other repositories
usage-untagged = { $count ->
    [one] { $count } manifest
   *[other] { $count } manifests
}, { $freed } freed if deleted
usage-label-untagged = Of these untagged
usage-label-read = Read
usage-stale = It could not be read now: { $why }
usage-failed = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} could not be read; the log says why.
usage-meaning = Own bytes are in no other repository: deleting the repository lets the registry's garbage collection free them. Until that has run, nothing is freed.
usage-v1 = { $host } is a v1 registry, which does not tell what its images share, so their bytes cannot be counted
usage-nothing-known = No repository of { $host } is known yet.
usage-unread = { $count ->
    [one] { $count } repository in { $host }; its contents are not read yet
   *[other] { $count } repositories in { $host }; the contents of none are read yet
}.
usage-unread-matching = { $count ->
    [one] { $count } repository matching “{ $query }” in { $host }; its contents are not read yet
   *[other] { $count } repositories matching “{ $query }” in { $host }; the contents of none are read yet
}.
usage-all = { $count ->
    [one] { $count } repository in { $host } holds
   *[other] { $count } repositories in { $host } hold
} { $total }, each digest counted once. Of these, { $own } are not shared between repositories.
usage-matching-one = 1 repository matching “{ $query }” in { $host } holds { $total }, each digest counted once. Deleting it frees { $freed }.
usage-matching = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} matching “{ $query }” in { $host } hold { $total }, each digest counted once. Deleting all of them frees { $freed }; { $own } are not shared between repositories.
usage-bit-by-bit = They are read bit by bit; { $command } reads up to { $most } now.
usage-at-most = At most, since the contents of { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} in this registry are not read yet and may share more. They are read bit by bit; { $command } reads up to { $most } now.
usage-at-most-some = At most, since the contents of { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} in this registry are not read yet, { $asked } of those asked for among them, and may share more. They are read bit by bit; { $command } reads up to { $most } now.
usage-at-most-list = At most, since the registry's list of repositories was not read to its end: there may be more of them, sharing more.
usage-oldest = Counted from the catalog; its oldest reading here is from { $when }.
