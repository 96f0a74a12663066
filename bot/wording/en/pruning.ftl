# Why a tag or manifest goes or stays: prune's plan, and the targets of a removal.

ground-rules = what you asked for
ground-company = belongs to what goes
ground-newest = among the newest
ground-young = not old enough
ground-no-age = of unknown age
ground-no-match = not matching
ground-unasked = not asked about
ground-excepted = excepted
ground-protected = protected
ground-unreadable = unreadable
ground-shared = on a digest that is kept
ground-child = listed by an index that is kept
ground-attached = attached to what is kept

why-unasked = no rule is about tags
why-excepted = excepted
why-no-match = does not match
why-newest = { $count ->
    [1] the newest
   *[other] one of the newest { $count }
}
    .no-age = { $count ->
    [1] the newest, its age unknown
   *[other] one of the newest { $count }, its age unknown
}
why-no-age = age unknown
why-built = built { $date }
why-goes = { $rule }: { $age }
why-goes-both = { $rule }, { $other }: { $age }
why-not-newest = { $count ->
    [1] not the newest
   *[other] not among the newest { $count }
}
why-older = older than { $age }
why-matches = matches { $glob }

why-shared = shares its digest with { $tag } (kept)
why-child-kept = child of index { $tag } (kept)
why-belongs-kept = belongs to { $tag } (kept)
    .untagged = belongs to a manifest without a tag (kept)
why-belongs = belongs to { $tag }
    .untagged = belongs to a manifest without a tag
    .nothing = belongs to nothing that goes
why-every-tag = every tag on it goes
why-child-goes = child of { $tag }, which goes
why-belongs-goes = belongs to { $tag }, which goes
why-no-tag-leads = no tag leads to it
why-unreadable = its manifest cannot be read

why-refers = refers to { $what }
why-listed = listed by { $what }
why-untagged = without a tag

removal-referred = What refers to the manifest (signatures, SBOMs) is not removed.
removal-breaks = An index that lists what goes cannot be pulled any more on that platform.
removal-not-listed = No registry lists manifests without tags: those the bot has never seen stay, until garbage collection with --delete-untagged.
removal-stays-in-catalog = The registry goes on listing the repository, empty.
removal-orphans = { $count ->
    [one] { $count } manifest listed by what goes stays, without a tag or an index that leads there: garbage collection with --delete-untagged removes it.
   *[other] { $count } manifests listed by what goes stay, without a tag or an index that leads there: garbage collection with --delete-untagged removes them.
}

prune-untagged-v1 = --untagged is not for this registry: the v1 API knows images by their tags alone
    .hint = Prune by --keep, --older-than or --match.

pruning-goes = { $released } of { $tags ->
    [one] { $tags } tag
   *[other] { $tags } tags
} of { $where } { $released ->
    [one] goes
   *[other] go
}{ $manifests ->
    [0] .
    [one] , with { $manifests } manifest.
   *[other] , with { $manifests } manifests.
}
pruning-untagged-goes = { $count ->
    [one] { $count } manifest of { $where } that no tag leads to goes; no tag does.
   *[other] { $count } manifests of { $where } that no tag leads to go; no tag does.
}
pruning-nothing-untagged = Nothing to prune in { $where }: no manifest without a tag goes.
pruning-nothing-there = Nothing to prune in { $where }: there is no tag.
pruning-nothing = { $count ->
    [1] Nothing to prune in { $where }: its one tag stays.
   *[other] Nothing to prune in { $where }: all { $count } tags stay.
}
pruning-repository = Repository
pruning-tag = Tag
pruning-digest = Digest
pruning-built = Built
pruning-lines = { $count ->
    [one] { $count } line
   *[other] { $count } lines
}
pruning-stays = What stays:
pruning-ground = { $count } { $ground }
pruning-ground-names = { $count } { $ground }: { $names }
pruning-counted = { $count ->
    [one] { $count } tag stays: { $grounds }.
   *[other] { $count } tags stay: { $grounds }.
}
pruning-emptied = { $count ->
    [one] { $count } repository is left without a tag.
   *[other] { $count } repositories are left without a tag.
}
pruning-unreadable = { $count ->
    [one] { $count } tag could not be read: nobody can tell which manifests it needs, so look at it first.
   *[other] { $count } tags could not be read: nobody can tell which manifests they need, so look at them first.
}
pruning-untagged-kept = { $count ->
    [one] { $count } manifest without a tag stays.
   *[other] { $count } manifests without a tag stay.
}
pruning-protected = { $count ->
    [one] Left out since protected: { $count } repository.
   *[other] Left out since protected: { $count } repositories.
}
    .names = Protected, left out: { $names }.
pruning-left-out = { $count ->
    [one] Left out since they could not be read: { $count } repository.
   *[other] Left out since they could not be read: { $count } repositories.
}
    .why = { $name } left out: { $why }
    .more = and { $count } more that could not be read
