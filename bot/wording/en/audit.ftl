# The answers of audit.

audit-verify-or-nothing = audit takes verify or nothing, not “{ $word }”
audit-filters = Filters are options: audit --repo team/* --since 7d.
audit-checkpoint = --checkpoint belongs to audit verify
audit-checkpoint-how = Write audit verify --checkpoint SEQ:HASH.
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
    [one] { $count } entry
   *[other] { $count } entries
} before it are whole. Keep a copy of the database.
audit-whole = The record is whole: { $count ->
    [one] { $count } entry
   *[other] { $count } entries
}.
audit-empty = empty
audit-head = Its newest entry is { $entry }. Cards of executed changes show the same for theirs.
