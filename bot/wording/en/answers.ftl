# Answers every command shares: what went wrong, what was asked for.

answer-how-typed = { $help } shows how it is typed.
answer-broken = Something went wrong (error { $id }).
answer-broken-hint = Nothing more was done. Whoever runs this bot finds that number in its log.

answer-summary = { $id }, to { $what }, { $opening }
answer-ended-summary = { $id }, to { $what }: { $standing }, { $outcome }.
answer-decided = { $standing } To { $what }. { $follows }
answer-decided-summary = { $id }, to { $what }: { $standing }. { $follows }
answer-standing = { $id }: { $standing }

answer-no-approval = needs no approval and is being done.
answer-no-approval-frozen = needs no approval and waits: changes are frozen.
answer-glass = breaks the glass and is being done.
answer-glass-frozen = breaks the glass and waits: changes are frozen.
answer-waits = { $count ->
    [one] waits for { $count } approval.
   *[other] waits for { $count } approvals.
}

answer-waits-for = Waits for
answer-missing = { $count ->
    [one] { $count } approval
   *[other] { $count } approvals
} from { $who }
answer-not-yourself = ; not from yourself
answer-unseen = Not asked for in a channel: its card is for you alone. Approvers find { $id } in App Home and with `requests`; ask in a channel, or have `approvals.channel` set, and they see its card.
answer-removes = Removes
answer-puts = Puts
answer-puts-back = Puts back
answer-tags = Tags
answer-one = { $target } on { $host }
answer-several = { $items } of { $where } on { $host }

# What follows a decision that was typed.
decided-needs-more = { $count ->
    [one] It needs { $count } more approval.
   *[other] It needs { $count } more approvals.
}
decided-approved = Its card shows how it goes.
decided-rejected = Nothing is changed, and whoever asked is told why.
decided-withdrawn = { $id } (to { $what }) is withdrawn; nothing was changed.
decided-withdrawn-summary = { $id } is withdrawn; nothing was changed.
