# The answers of audit.

audit-verify-or-nothing = audit takes verify or nothing, not “{ $word }”
audit-filters = Filters are options: audit --repo team/* --since 7d.
audit-checkpoint = --checkpoint belongs to audit verify
audit-checkpoint-how = Write audit verify --checkpoint SEQ:HASH.
audit-nothing = The record is empty.
audit-none = The record has no such entry.
audit-counted = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}
audit-newest-first = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}, newest first.
audit-no-file = A terminal has no place for a file
audit-no-file-how = On the bot's machine: registry-bot audit export --format csv|jsonl.
audit-too-much = So much of the record does not go into one file here
audit-too-much-how = Narrow it with --since or --repo, or use registry-bot audit export on the bot's machine.
audit-exported = { $count ->
    [one] { $count } entry
   *[other] { $count } entries
} of the record, as { $name }.
audit-comes = The file comes as a direct message, to you alone.
audit-verifiable = It can be verified without the bot: docs/audit.md says how.
audit-not-verifiable = Only a whole export as jsonl can be verified by itself.
audit-long-glob = No repository is longer than { $most } characters
audit-change-id = --change takes an ID like C17, not “{ $word }”
audit-broken = The record is broken at entry #{ $seq }.
audit-whole-before = { $count ->
    [0] There is none before it.
    [one] The one before it is whole.
   *[other] The { $count } before it are whole.
} Keep a copy of the database.
audit-whole = The record is whole: { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}.
audit-head = Its newest entry is { $entry }. Cards of executed changes show the same for theirs.

# What is wrong with a chain of entries.
audit-no-checkpoint = “{ $typed }” is not a checkpoint
    .hint = Write SEQ:HASH as a card shows them, with at least 12 digits of the hash: 42:3f9a0c1e77d2.
audit-unreadable = An entry of the record cannot be read
    .hint = Somebody changed the table; `audit verify` says where.
audit-glob = Use * and ?, as in team/*.
chain-missing = Entry #{ $seq } follows #{ $before }: #{ $missing } is missing
chain-loose = Entry #{ $seq } does not follow the entry before it
chain-no-text = Entry #{ $seq } was changed: a field is not text
chain-changed = Entry #{ $seq } was changed: its hash does not fit
chain-rewritten = Entry #{ $seq } is not the one { $source ->
    [head] the stored head
   *[checkpoint] the checkpoint
} names: the record was rewritten
chain-cut-off = The record ends at #{ $last }, but { $source ->
    [head] the stored head
   *[checkpoint] the checkpoint
} names #{ $seq }: entries were cut off
chain-unreadable = Entry #{ $seq } cannot be read
chain-twice = Entry #{ $seq } is there twice
chain-heads = The stored head of the record is not one row
chain-head-behind = The stored head names #{ $seq }, and entries follow
chain-head-empty = The stored head names no entry, and entries follow
