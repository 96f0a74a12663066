# What a channel is told: a freeze and its end, broken glass, reminders; what it watches.

freeze-set = Changes are frozen.
freeze-set-summary = { freeze-set } Nothing is carried out until you or another approver lifts it with unfreeze.
freeze-set-reason = { $frozen } Reason: { $reason }
freeze-set-note = What is being done stops behind the item it is at; what was approved goes on when an approver lifts this with unfreeze.
freeze-lifted = The freeze is lifted.
freeze-lifted-summary = { freeze-lifted } What was approved goes on.
freeze-lifted-from = { $lifted } It was set by { $who } { $when }: { $reason }

notice-frozen = { $who } has frozen all changes: { $reason }
notice-frozen-summary = All changes are frozen.
notice-frozen-note = Nothing is carried out until somebody lifts it with unfreeze.
notice-unfrozen = { $who } has lifted the freeze.
notice-unfrozen-note = What was approved goes on.
notice-glass = { $who } { $glass } ({ $id }): without approval, to { $what }. Reason: { $reason }
notice-broke-glass = broke the glass
notice-glass-summary = Break-glass: { $id } is done without approval.
notice-waits = { $id } still waits for { $count ->
    [one] { $count } approval
   *[other] { $count } approvals
}: { $who } asks to { $what }. { $approvers }, it expires { $when }.
notice-closed = { $id } (to { $what }) waits, but its card cannot be posted in { $channel }: the bot may not write there.
notice-closed-cure = Invite the bot to that channel (`/invite`), and the card comes by itself. Or have `approvals.channel` set to a channel the bot is in: then all cards come there. Until then approvers find { $id } in App Home and with `requests`.
notice-closed-summary = { $id } waits, but its card cannot be posted.
notice-waits-summary = { $id } still waits for approval.

news-note = This channel watches them; unwatch ends that.
news-pushed-change = { $what } was pushed by { $change }
news-pushed-by = { $what } was pushed by { $who }
news-pushed = { $what } was pushed
news-deleted-change = { $what } was deleted by { $change }
news-deleted-by = { $outside }: { $what } by { $who }
news-deleted = { $outside }: { $what }
news-outside = Deleted outside registry-bot
news-names = { " " }and names { $digest } now
news-in = { " " }in { $registry }
news-when = , { $when }.
news-pushes = { $count ->
    [one] { $count } push
   *[other] { $count } pushes
}
news-deletions = { $count ->
    [one] { $count } deletion
   *[other] { $count } deletions
}
news-deletions-outside = { $count ->
    [one] { $count } deletion outside registry-bot
   *[other] { $count } deletions outside registry-bot
}
news-summary = { $counts } in { $where }.
news-place = { $repository }: { $counts }
news-place-in = { $repository } in { $registry }: { $counts }
news-more = { $count ->
    [one] And { $count } repository more.
   *[other] And { $count } repositories more.
}
