# What is wrong with how something was typed, and what it may have meant.

words-too-long = That is longer than { $most } characters
    .hint = Say it shorter.
words-too-many = Those are more than { $most } words
    .hint = Say it shorter.
words-open-quote = A quotation mark is opened and not closed
    .hint = Put a second " behind the text.

typed-no-number = { $option } takes a number from { $low } to { $high }, not “{ $typed }”
typed-no-choice = { $option } takes { $choices }, not “{ $typed }”
typed-no-duration = { $option } takes a duration, not “{ $typed }”
    .hint = A number with s, m, h, d or w behind it: 90s, 24h, 30d, 2w.
typed-no-id = “{ $typed }” is not the ID of a request
    .hint = An ID looks like C17; `requests` lists what waits.
typed-no-person = { $option } takes a person, not “{ $typed }”
    .hint = Mention them with @, or give their Slack member ID (U…).
typed-twice = { $option } is given twice
typed-switch = { $option } takes no value
typed-no-value = { $option } needs a value
    .hint = Write `{ $option } { $metavar }`.
typed-no-option = There is no option { $option }
    .hint = Options: { $options }.
typed-no-options = Options: none but --help.
typed-missing = { $name } is missing
    .hint = For example: { $example }
typed-too-many = “{ $word }” is one word too many
    .hint = Put quotes around a text with spaces: "two words".

place-no-registry = { $host } is not a registry this bot looks after
place-registries = Registries: { $hosts }.
place-two-registries = The reference names { $host } and --registry names another registry
    .hint = Leave one of the two out.
place-two-registries-glob = The glob names { $host } and --registry names another registry
place-repository-alone = A repository alone is wanted here, without a tag or digest
place-glob = Use * and ?, as in team/*.
place-no-repository = { $host } has no repository { $repository }, or no tag in it
    .hint = Look for it by a part of its name: `search PART`.
place-no-tag = { $repository } has no tag { $tag }
place-tags = Its tags: { $tags }.
place-no-tags = It has no tags.
