# Who may do what, what is protected, and why a step of a request is refused.

policy-glob = A pattern is a glob: *, ?, [abc], [a-z] or [!a].
policy-setting-unreadable = The setting { $setting } cannot be read: { $problem }
policy-rule-unreadable = { $rule } cannot be read: { $problem }

policy-different-rules = The repositories stand under different rules ({ $first }; { $second })
    .hint = Ask once for the repositories of each rule.
policy-take-along = It would take { $what } along: { $why }
policy-break = It would break { $what }: { $why }
policy-glass-reason = Breaking the glass needs a reason
    .hint = Add --reason TEXT; it is announced and recorded.
policy-reason = A reason is required here
    .hint = Add --reason TEXT.
policy-no-approvers = Nobody can approve this, since no approvers are configured
    .hint = Set { $setting } to ids of Slack users and user groups.
policy-too-few = This could never be approved: it needs { $required ->
    [one] { $required } approval
   *[other] { $required } approvals
}, and { $own ->
    [yes] { $count ->
        [0] nobody else
        [one] only { $count } other person
       *[other] only { $count } other people
    }
   *[no] { $count ->
        [0] nobody
        [one] only { $count } person
       *[other] only { $count } people
    }
} may approve it
    .hint = Name more people or a user group in { $approvers }{ $count ->
        [0] .
       *[other] , or lower { $required }.
    }
    .own = Your own approval does not count ({ $own }). Name more people or a user group in { $approvers }{ $count ->
        [0] .
       *[other] , or lower { $required }.
    }

protected = { $what } is protected ({ $setting }: { $pattern })
    .short = protected ({ $setting }: { $pattern })
    .hint = Protected names are set under [protect].
protected-broken = { $what } counts as protected, since a rule is broken: { $problem }
    .short = counts as protected, since a rule is broken: { $problem }

review-not-member = You cannot decide on { $id }: you are { $why }
    .hint = Full members of the workspace who are approvers can.
review-own = You asked for { $id } yourself, so somebody else has to decide
    .hint = Cancel withdraws your own request.
review-no-approver = You are not an approver of { $id }
    .hint = Its card names them; the rule is { $rule }.
review-twice = You have reviewed { $id } already
    .hint = It needs somebody else's approval too.

use-not-allowed = You may not use this command
    .why = You may not use this command: you are { $why }
    .hint = access.use says who may.

member-not-full = not a full member of this workspace
member-unknown = unknown in this workspace
member-deactivated = deactivated
member-bot = a bot
member-guest = a guest
member-other-organisation = from another organisation
member-other-workspace = from another workspace

glass-not-allowed = You may not break the glass
    .hint = approvals.break_glass names who may.
freeze-not-allowed = You may not { $command }: only approvers may
    .hint = approvals.approvers and the rules name them.
freeze-already = Changes are frozen already
    .hint = The reason given was: { $reason }.
freeze-none = Nothing is frozen

request-unknown = There is no request { $id }
    .hint = `requests` lists what waits.
request-not-yours = { $id } is not yours to cancel
    .hint = Approvers can reject it.
request-being-undone = { $other } is undoing { $id } already
    .hint = Its card shows how it goes.
request-changed = { $id } was changed by somebody else just now
request-decided = { $id } was already { $how ->
    [rejected] rejected
    [cancelled] cancelled
    [expired] expired
   *[approved] approved
}{ $by ->
    [nobody] { "" }
   *[other] { " " }by { $by }
}{ $when ->
    [unknown] { "" }
   *[other] { $when }
}
    .hint = Its card shows where it stands.
    .on = { " " }on { $date } at { $time } UTC
    .shown = , { $when }

drift-gone = { $what } is gone by now
drift-moved = { $what } names { $digest } by now
