# The answers of tags.

tags-counted = { $count ->
    [one] { $count } tag
   *[other] { $count } tags
}
tags-found = { $count ->
    [one] { $count } tag
   *[other] { $count } tags
} in { $repository }.
tags-matching = { $count ->
    [one] { $count } tag
   *[other] { $count } tags
} matching “{ $match }” in { $repository }.
tags-none = { $repository } has no tags.
tags-none-match = None of the { $count ->
    [one] { $count } tag
   *[other] { $count } tags
} of { $repository } matches “{ $match }”.
tags-all-for = All of these are for { $platforms }.
tags-not-by-age = Sorted by name: to sort by age, each of the { $count } tags would have to be read, and { $most } is the most I read at once. --match GLOB narrows them down.
tags-shared-on-page = Shared digests are shown among the tags of this page alone.
tags-shared-matching = Shared digests are shown among the tags that match.
tags-gap-gone = A tag without a digest could not be read; it may be gone.
tags-gap-platforms = A size leaves out platforms that could not be read.
tags-gap-config = A config could not be read, so not every age is shown.
tags-gap-digests = Shared digests leave out { $count ->
    [one] { $count } tag
   *[other] { $count } tags
} that could not be read.
