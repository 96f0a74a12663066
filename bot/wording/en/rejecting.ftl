# The form of Reject.

reject-title = Reject { $id }
reject-submit = Reject
reject-back = Back
reject-reason = Reason
    .hint = Shown on the card, sent to the requester, kept in the record.
reject-reason-needed = A reason is needed.
reject-reason-long = At most { $most } characters.
