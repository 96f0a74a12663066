# The card of a request, and what its requester is told at its end.

card-heading = { $id }: { $what }
card-opening = { $who } asks to { $what }. { $standing }
card-doing = { $standing }: { $doing }
card-summary = { $id }: { $what } on { $host }: { $standing }.
card-more-targets = and { $more } more: “{ card-show-all }” lists every one.
card-put-back = Put back by { $change }.
card-ended = Your request { $id } to { $what }: { $standing }
card-ended-summary = Your request { $id } ({ $what }): { $standing }.

card-glass = Break-glass: without anybody's approval.
card-drift = { $moved } Approved or not, it is left alone as it is.
card-moved = It has moved since: { $what }.
card-frozen = { $frozen } by { $who }: { $reason }. Nothing is carried out until that is lifted.
card-is-frozen = Changes are frozen

card-registry = Registry
card-repository = Repository
card-repositories = Repositories
card-tag = Tag
card-digest = Digest
card-names-so-far = Names so far
card-reason = Reason
card-no-reason = none given
card-platforms = Platforms
card-size = Size
card-built = Built
card-breaks = Breaks the indexes
card-refers = Refers to it
card-referrers = { $count ->
    [one] { $count } referrer
   *[other] { $count } referrers
} (signatures, SBOMs): { $names }
card-frees = Frees
card-needs = Needs
card-expires = Expires
card-goes-along = Goes along
card-goes-alone = nothing: no other tag is removed

card-missing = { $count ->
    [one] { $count } more approval
   *[other] { $count } more approvals
} from { $who }
card-not-requester = , not the requester
card-agreed = ; agreed: { $who }

card-withdrawn = Withdrawn by { $who }
card-nobody-decided = Nobody decided in time
card-outcome = Outcome: { $outcome }
card-approved-by = Approved by { $who }, { $when }
card-rejected-by = Rejected by { $who }, { $when }

card-approve = Approve
card-reject = Reject
card-cancel = Cancel
card-show-all = Show all
card-undo = Undo
