# Die Antworten von search.

repositories-counted = { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
}
search-all = { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
}.
search-found = { $count ->
    [one] { $count } Repository passt
   *[other] { $count } Repositorys passen
} zu „{ $query }“.
search-nothing-known = Noch ist kein Repository bekannt.
search-nothing = Kein Repository passt zu „{ $query }“.
search-shorter = Ein kürzerer Teil des Namens findet mehr, ebenso ein Muster: *x*
