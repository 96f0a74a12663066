# App Home.

home-summary = { $count ->
    [0] Nothing waits for you.
    [one] One request waits for your decision.
   *[other] { $count } requests wait for your decision.
}
home-is-frozen = Changes are frozen
home-frozen = { $frozen } by { $who }: { $reason }. Nothing is carried out until that is lifted.

home-to-decide = Waits for you
home-nothing-to-decide = Nothing waits for your decision.
home-unresolved = Which requests you may decide on cannot be found out now.
    .hint = Nothing is lost: their cards are in the channel for approvals. Open this page again in a minute.
home-asks = { $id }: { $who } asks to { $what }.
home-moved = It has moved since: { $what }.
home-reason = Reason: { $reason }. Expires { $expires }.
home-no-reason = No reason given. Expires { $expires }.
home-more-to-decide = { $count ->
    [one] One more waits for you: { $command } lists all.
   *[other] { $count } more wait for you: { $command } lists all.
}

home-asked = You asked for
home-nothing-asked = Nothing yet. { $command } asks to remove a tag and shows first what goes with it.
home-stands = { $id }: { $what }: { $state }, { $at }

home-done = Recent changes
home-nothing-done = Nothing has been changed yet.
home-was-done = { $id }: { $what }, asked by { $who }: { $state }, { $at }
home-record = { $command } shows the record of everything.

home-registries = Registries
home-registry = { $name }, { $host }: { $state }; { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} known.
home-registry-well = ✓ well
home-registry-ill = ✗ { $problem }
home-registry-unknown = ? not looked at yet
home-registry-seen = Last seen { $at }.
home-ask-registries = As last seen. { $command } asks them now.
home-more-registries = { $count ->
    [one] One more: { $command } shows all of them, as they are now.
   *[other] { $count } more: { $command } shows all of them, as they are now.
}

home-largest = Largest repositories
home-counting = The bytes are being counted.
home-nothing-counted = No repository was read yet. { $command } reads one and counts its bytes.
home-repository = Repository
home-size = Holds
home-registry-column = Registry
home-counted = Counted { $at }, of what was read. { $command } tells what deleting would free.

home-ways = { $help } lists all commands. They work as a direct message and as a mention, too. As of { $at }.

home-who = Who you are cannot be found out now
    .hint = Slack does not answer. Open this page again in a minute.
home-cut = More than fits on this page.
