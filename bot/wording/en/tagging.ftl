# retag and copy: a tag is put on a manifest.

manifest-unknown = { $repository } has no manifest { $digest }
    .hint = List what is there with: `tags { $repository }`.
tagging-last-tag = No other tag is on what the tag names so far: that manifest stays in the registry without a tag, until garbage collection removes it.
tagging-free = The name is free: no tag is moved.
tagging-which-tag = { $repository } does not say which tag, and I never guess
    .hint = Write { $repository }:TAG.
tagging-digest-like = Tags that look like a digest are for the signatures of that digest
    .hint = Choose another name.
tagging-stays = What the tag names so far stays, by its digest.
tagging-siblings-stay = Other tags stay on what it names so far.
tagging-there = Nothing to do: { $what } is there already.
tagging-on = Nothing to do: { $what } is on { $digest } already.
tagging-nothing-changed = Nothing was changed, and nobody is asked.

retag-no-tag = The new name is a tag
    .hint = Write `retag { $reference } NEWTAG`.
retag-elsewhere = retag stays in the repository
    .hint = To another one: `copy { $reference } { $new }`.

copy-without-referrers = Signatures, attestations and SBOMs only come with --referrers.
copy-to-digest = The destination is a repository or a tag: its digest follows from what is copied
    .hint = Write `copy { $source } { $to }`.
copy-within = Within a registry nothing is sent, where it can mount blobs.
copy-from = It comes from the registry { $host }.
copy-foreign-layers = { $count ->
    [one] { $count } layer that registries do not hand on (a foreign layer) stays out; it is pulled from the addresses in the manifest.
   *[other] { $count } layers that registries do not hand on (foreign layers) stay out; they are pulled from the addresses in the manifest.
}
copy-there-already = { $there } of { $count ->
    [one] { $count } blob is
   *[other] { $count } blobs are
} at the destination already; { $size } are not.
