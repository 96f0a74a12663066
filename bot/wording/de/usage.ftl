# Die Antworten von usage.

at-most = höchstens { $size }
usage-one = { $repository } belegt { $total }. Löschen gibt { $freed } frei, sobald die Garbage Collection der Registry gelaufen ist.
usage-own-freed = { $freed }, frei bei Löschung
usage-shared-with = { $shared }, mit anderen Repositorys
usage-untagged = { $count ->
    [one] { $count } Manifest
   *[other] { $count } Manifeste
}, { $freed } frei bei Löschung
usage-label-untagged = Davon ohne Tag
usage-label-read = Gelesen
usage-stale = Jetzt nicht lesbar: { $why }
usage-failed = { $count ->
    [one] { $count } Repository war
   *[other] { $count } Repositorys waren
} nicht lesbar; das Log sagt, warum.
usage-meaning = Eigene Bytes liegen in keinem anderen Repository: Löschen des Repositorys lässt die Garbage Collection der Registry sie freigeben. Vorher wird nichts frei.
usage-v1 = { $host } ist eine v1-Registry und sagt nicht, was ihre Images teilen; ihre Bytes lassen sich nicht zählen
usage-nothing-known = Von { $host } ist noch kein Repository bekannt.
usage-unread = { $count ->
    [one] { $count } Repository in { $host }; sein Inhalt ist noch nicht gelesen
   *[other] { $count } Repositorys in { $host }; noch ist von keinem der Inhalt gelesen
}.
usage-unread-matching = { $count ->
    [one] { $count } Repository zu „{ $query }“ in { $host }; sein Inhalt ist noch nicht gelesen
   *[other] { $count } Repositorys zu „{ $query }“ in { $host }; noch ist von keinem der Inhalt gelesen
}.
usage-all = { $count ->
    [one] { $count } Repository in { $host } belegt
   *[other] { $count } Repositorys in { $host } belegen
} { $total }, jeder Digest einmal gezählt. Davon sind { $own } nicht zwischen Repositorys geteilt.
usage-matching-one = 1 Repository zu „{ $query }“ in { $host } belegt { $total }, jeder Digest einmal gezählt. Löschen gibt { $freed } frei.
usage-matching = { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} zu „{ $query }“ in { $host } belegen { $total }, jeder Digest einmal gezählt. Alle zu löschen gibt { $freed } frei; { $own } sind nicht zwischen Repositorys geteilt.
usage-bit-by-bit = Gelesen wird nach und nach; { $command } liest jetzt bis zu { $most }.
usage-at-most = Höchstens, denn der Inhalt von { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} in dieser Registry ist noch nicht gelesen und teilt vielleicht mehr. Gelesen wird nach und nach; { $command } liest jetzt bis zu { $most }.
usage-at-most-some = Höchstens, denn der Inhalt von { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} in dieser Registry, darunter { $asked } der gefragten, ist noch nicht gelesen und teilt vielleicht mehr. Gelesen wird nach und nach; { $command } liest jetzt bis zu { $most }.
usage-at-most-list = Höchstens, denn die Liste der Repositorys dieser Registry war nicht bis zum Ende lesbar: vielleicht gibt es mehr, die mehr teilen.
usage-oldest = Aus dem Katalog gezählt; ältester Stand darin: { $when }.
