# The list of requests, and all of one.

requests-none = No request waits.
requests-wait = { $count ->
    [one] { $count } request waits.
   *[other] { $count } requests wait.
}
requests-counted = { $count ->
    [one] { $count } request
   *[other] { $count } requests
}
requests-targets = { $count ->
    [one] { $count } target
   *[other] { $count } targets
}
requests-id = ID
requests-change = Change
requests-asked-by = Asked by
requests-asked = Asked
requests-waits-for = Waits for
requests-on = { $what } on { $host }
requests-needs = { $count ->
    [one] { $count } approval
   *[other] { $count } approvals
} from { $who }; expires { $expires }
requests-expired = nothing: it has expired
requests-approved = its turn to be done
requests-running = being done
requests-one = { $id } { $who } asks to { $what }. { $standing }
requests-one-summary = { $id }, to { $what }: { $standing }.
