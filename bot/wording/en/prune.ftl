# prune: what is asked for, and its plan.

prune-what-goes = prune { $name } does not say what goes, and I never guess
    .hint = Write `prune { $name } --keep 10`, `--older-than 30d`, `--match pr-*` or `--untagged`; `--dry-run` behind it shows the plan and asks for nothing.
prune-page-alone = --page goes with --dry-run, which shows the plan alone
prune-too-much = { $count } tags and manifests would go, and { $most } is the most one request may hold
    .hint = Narrow it down: --match GLOB, a longer --older-than, or fewer repositories; then ask again for the rest.
prune-goes-because = Goes because
prune-stays-because = Stays because
prune-no-match = No repository of { $host } matches “{ $glob }”
prune-many-repositories = { $count } repositories match “{ $glob }”, and { $most } is the most one prune may be about
    .hint = Narrow the glob down, and prune one part after the other.
prune-plan-alone = This is the plan alone: nothing was asked for or removed.
prune-more = and { $count } more: “Show all” on the card, or requests ID, lists every one.
prune-globs = --{ $option } takes up to { $most } globs with commas between them
    .hint = For example --{ $option } v1.*,rc-*
prune-long-glob = No tag is longer than { $most } characters
