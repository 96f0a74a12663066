# Die Liste der Anträge, und alles zu einem.

requests-none = Es wartet kein Antrag.
requests-wait = { $count ->
    [one] { $count } Antrag wartet.
   *[other] { $count } Anträge warten.
}
requests-counted = { $count ->
    [one] { $count } Antrag
   *[other] { $count } Anträgen
}
requests-targets = { $count ->
    [one] { $count } Ziel
   *[other] { $count } Zielen
}
requests-id = ID
requests-change = Änderung
requests-asked-by = Beantragt von
requests-asked = Beantragt
requests-waits-for = Wartet auf
requests-on = { $what } ({ $host })
requests-needs = { $count ->
    [one] { $count } Genehmigung
   *[other] { $count } Genehmigungen
} von { $who }; läuft ab { $expires }
requests-expired = nichts: ist abgelaufen
requests-approved = die Ausführung
requests-running = nichts: wird gerade ausgeführt
requests-one = { $id } { $who } beantragt: { $what }. { $standing }
requests-one-summary = { $id }, { $what }: { $standing }.
