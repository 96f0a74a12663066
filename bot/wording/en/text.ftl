# Numbers, spans of time and lists.

span-seconds = { $count ->
    [one] { $count } second
   *[other] { $count } seconds
}
span-minutes = { $count ->
    [one] { $count } minute
   *[other] { $count } minutes
}
span-hours = { $count ->
    [one] { $count } hour
   *[other] { $count } hours
}
span-days = { $count ->
    [one] { $count } day
   *[other] { $count } days
}
span-months = { $count ->
    [one] { $count } month
   *[other] { $count } months
}
span-years = { $count ->
    [one] { $count } year
   *[other] { $count } years
}
ago-now = just now
ago-past = { $span } ago
ago-future = in { $span }

list-and-more = { $shown } and { $rest } more
list-comma = { $first }, { $rest }
list-or = { $names } or { $last }
did-you-mean = Did you mean { $names }?
