# Forms: their fields, their plan, and what is said where one cannot be opened.

form-delete = Delete
form-retag = Put a tag
form-copy = Copy
form-prune = Prune

form-repository = Repository
    .hint = Type a part of its name.
form-repositories = Repository, or a pattern
    .hint = A part of a name, or a pattern like team/* for several.
form-what = What goes
    .hint = A manifest takes every tag on it along; the plan names them.
form-what-tag = One tag, and nothing else
form-what-manifest = A manifest, with every tag on it
form-what-repository = The whole repository
form-tag = Tag
    .hint = Type a part of it.
form-digest = Manifest
    .hint = Type a part of its digest, or a tag that is on it.
form-new = New tag
    .hint = A second name for the same manifest. One that is in use already is moved, with approval.
form-to = To the repository
    .hint = One that is there, or the name of a new one.
form-new-tag = Tag there
    .hint = Empty: the same tag.
form-referrers = Signatures, attestations and SBOMs too
    .hint = What refers to the image goes along.
form-keep = Keep the newest
    .hint = So many tags of each repository stay, for example 10.
form-older-than = Only older than
    .hint = By when they were built: 30d, 12w.
form-match = Only tags like
    .hint = For example pr-*; several with commas.
form-except = Never tags like
    .hint = For example latest,v*; what these need stays too.
form-untagged = Manifests without a tag too
    .hint = Those that no tag leads to.
form-reason = Reason
    .hint = Reviewers and the record show it.

form-yes = Yes
form-look = Type to search
form-preview = Show the plan
form-close = Close
form-as-typed = { $name } (as typed)
form-new-name = { $name } (a new one)
form-pattern = { $name } (every repository like this)
form-tags = { $count ->
    [one] { $count } tag
   *[other] { $count } tags
}
form-missing = This is needed.
form-too-long = At most { $most } characters.
form-too-much = All together that is more than a form can hold. Say it shorter, or type the command.
form-gone = That repository is not known any more
    .hint = Choose it again.
form-none = There is no form for that
form-not-opened = The form could not be opened. Type it instead, for example:

foresight-nothing-yet = Nothing has been asked for yet.
foresight-at-once = This needs no approval: sent off, it is done at once.
foresight-approvals = { $count ->
    [one] Sent off, it waits for { $count } approval.
   *[other] Sent off, it waits for { $count } approvals.
}
foresight-what = You are about to ask to { $what }.
foresight-more = and { $count } more; the card lists every one.
foresight-summary = The plan: { $what } on { $host }. Nothing has been asked for yet.

plan-waiting = Working on it. This window goes on by itself.
plan-moved = It is another plan by now: something changed since you looked. Nothing was asked for.
plan-ask = Ask for approval
plan-do = Do it
plan-back = Back
