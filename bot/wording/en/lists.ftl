# Lists in pages, and what stands above their columns.

page-shown = { $first } to { $final } of { $counted }, page { $page } of { $last }.
page-by-hand = Go on by adding --page N to the command.
page-none = There is no page { $page }
page-last = The last page is { $last }.
previous = Previous
next = Next
and-more = { $shown } and { $rest } more

column-tag = Tag
column-tags = Tags
column-digest = Digest
column-built = Built
column-size = Size
column-platform = Platform
column-platforms = Platforms
column-same-digest = Same digest
column-repository = Repository
column-registry = Registry
column-last-push = Last push
column-manifests = Manifests
column-total = Total
column-shared = Shared
column-own = Own
column-number = #
column-when = When
column-who = Who
column-action = Action
column-what = What
column-change = Change
column-outcome = Outcome
