# The answers of search.

repositories-counted = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
}
search-all = { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
}.
search-found = { $count ->
    [one] { $count } repository matches
   *[other] { $count } repositories match
} “{ $query }”.
search-nothing-known = No repository is known yet.
search-nothing = No repository matches “{ $query }”.
search-shorter = A shorter part of the name finds more, as does a glob: *x*
