# watch and unwatch: what a channel is told about.

watch-no-channel = A terminal is no channel that could be told
    .hint = Type it in the Slack channel that is to be told.
watch-already = This channel watches that already.
watch-begins = This channel is told about pushes and deletions in { $pattern }.
watch-begins-of = This channel is told about pushes and deletions in { $pattern } of { $registry }.
watch-announced = { $who } lets this channel be told about pushes and deletions in { $pattern }.
watch-announced-of = { $who } lets this channel be told about pushes and deletions in { $pattern } of { $registry }.
watch-announced-summary = This channel is told about pushes and deletions in { $pattern } now.
watch-to-end = To end that: { $command }
watch-today = { $count ->
    [one] That is { $count } repository today; new ones are among them.
   *[other] That is { $count } repositories today; new ones are among them.
}
watch-busy = A busy minute is told as one message, with counts.
watch-unknown = No repository of that name is known yet.
watch-nothing = This channel watches nothing.
watch-example = For example: { $command }
watch-list = { $count ->
    [one] This channel watches { $count } name.
   *[other] This channel watches { $count } names.
}
watch-watched = Watched
watch-since = Since
watch-by = By
watch-registry = Registry
watch-not-served = Nothing will be told yet: the registry does not notify this bot. Whoever runs it finds how in docs/notifications.md.
watch-too-many = { $count ->
    [one] This channel watches { $count } name already
   *[other] This channel watches { $count } names already
}
    .hint = `unwatch` some, or use a glob: `watch team/*`.

unwatch-no-channel = A terminal is no channel that is told
    .hint = Type it in the Slack channel that is told.
unwatch-not-watched = This channel does not watch { $pattern }
    .hint = It watches: { $known }.
    .hint-nothing = It watches nothing.
unwatch-ends = This channel is no longer told about { $pattern }.
unwatch-announced = { $who } has ended it: this channel is no longer told about { $pattern }.
