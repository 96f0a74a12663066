# The answers of inspect.

inspect-summary = { $name }: { $digest }, { $size }, { $platforms }.
inspect-no-platform = no platform
inspect-to-pull = To pull it:
inspect-pull-exact = By digest, which never moves:
inspect-media-type = Media type
inspect-is = Is
inspect-artifact-type = Artifact type
inspect-refers-to = Refers to
inspect-referrers = Referrers
inspect-entrypoint = Entrypoint
inspect-command = Command
inspect-user = User
inspect-directory = Directory
inspect-ports = Ports
inspect-variables = Variables
inspect-labels = Labels
inspect-siblings-unknown = not looked for: the repository has too many tags
inspect-siblings-none = no other tag
inspect-untold = the registry would not tell: { $why }
inspect-more-manifests = And { $count ->
    [one] { $count } more manifest
   *[other] { $count } more manifests
}.
inspect-index-damaged = The index is damaged: a manifest it lists is missing.
inspect-index-unclear = A manifest the index lists could not be read just now.
inspect-unreadable = not readable
inspect-missing = missing
inspect-unnamed = not named
inspect-gap-size = The size leaves out { $count ->
    [one] { $count } manifest
   *[other] { $count } manifests
} of the index that could not be read.
inspect-gap-config = The config could not be read: what it says is left out.
inspect-layers = { $count ->
    [one] { $count } layer
   *[other] { $count } layers
}:
inspect-layers-of = { $count ->
    [one] { $count } layer
   *[other] { $count } layers
} of { $platform }:
inspect-more-layers = And { $count ->
    [one] { $count } more layer
   *[other] { $count } more layers
}.
inspect-history = History, newest step first:
inspect-more-steps = And { $count ->
    [one] { $count } older step
   *[other] { $count } older steps
}.
inspect-no-manifest = { $repository } has no manifest { $digest }
inspect-list-tags = List what is there with: `tags { $repository }`.
inspect-which = { $repository } has no tag { $tag }, so say which one
inspect-its-tags = Its tags: { $tags }. Write `inspect { $repository }:TAG`.
inspect-no-tags = It has no tags at all.

referrers-none = none known
referrers-heading = What refers to it (not verified):
referrers-attestations = { $count ->
    [one] { $count } attestation
   *[other] { $count } attestations
} in the index (not verified):
referrers-more = And { $count } more.
referrers-of = { $digest } of { $of }
