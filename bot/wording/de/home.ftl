# App-Startseite.

home-summary = { $count ->
    [0] Es wartet nichts.
    [one] Ein Antrag wartet auf eine Entscheidung.
   *[other] { $count } Anträge warten auf eine Entscheidung.
}
home-is-frozen = Änderungen sind angehalten
home-frozen = { $frozen } von { $who }: { $reason }. Bis das aufgehoben ist, wird nichts ausgeführt.

home-to-decide = Wartet auf Entscheidung
home-nothing-to-decide = Kein Antrag wartet hier auf eine Entscheidung.
home-unresolved = Über welche Anträge hier entschieden werden darf, lässt sich gerade nicht feststellen.
    .hint = Nichts geht verloren: Die Karten stehen im Kanal für Genehmigungen. Diese Seite in einer Minute noch einmal öffnen.
home-asks = { $id }: { $who } beantragt: { $what }.
home-moved = Hat sich seither verändert: { $what }.
home-reason = Grund: { $reason }. Läuft ab { $expires }.
home-no-reason = Kein Grund angegeben. Läuft ab { $expires }.
home-more-to-decide = { $count ->
    [one] Noch einer wartet: { $command } listet alle.
   *[other] Noch { $count } warten: { $command } listet alle.
}

home-asked = Eigene Anträge
home-nothing-asked = Noch keine. { $command } beantragt, ein Tag zu entfernen, und zeigt zuerst, was mitgeht.
home-stands = { $id }: { $what }: { $state }, { $at }

home-done = Letzte Änderungen
home-nothing-done = Noch wurde nichts geändert.
home-was-done = { $id }: { $what }, beantragt von { $who }: { $state }, { $at }
home-record = { $command } zeigt das Protokoll von allem.

home-registries = Registrys
home-registry = { $name }, { $host }: { $state }; { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} bekannt.
home-registry-well = ✓ in Ordnung
home-registry-ill = ✗ { $problem }
home-registry-unknown = ? noch nicht angesehen
home-registry-seen = Zuletzt gesehen { $at }.
home-ask-registries = Wie zuletzt gesehen. { $command } fragt sie jetzt.
home-more-registries = { $count ->
    [one] Noch eine: { $command } zeigt alle, wie sie jetzt sind.
   *[other] Noch { $count }: { $command } zeigt alle, wie sie jetzt sind.
}

home-largest = Größte Repositorys
home-counting = Die Bytes werden gezählt.
home-nothing-counted = Noch wurde kein Repository gelesen. { $command } liest eines und zählt seine Bytes.
home-repository = Repository
home-size = Belegt
home-registry-column = Registry
home-counted = Gezählt { $at }, von dem, was gelesen wurde. { $command } sagt, was Löschen freigäbe.

home-ways = { $help } listet alle Befehle. Sie gehen auch als Direktnachricht und als Erwähnung. Stand: { $at }.

home-who = Wer hier fragt, lässt sich gerade nicht feststellen
    .hint = Slack antwortet nicht. Diese Seite in einer Minute noch einmal öffnen.
home-cut = Mehr, als auf diese Seite passt.
