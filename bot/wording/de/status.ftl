# Wie es jeder Registry geht, und was sie kann.

status-summary = { $count ->
    [1] { $well ->
        [0] Die Registry ist nicht in Ordnung.
       *[other] Die Registry ist in Ordnung.
    }
   *[other] { $well } von { $count } Registrys { $well ->
        [one] ist in Ordnung.
       *[other] sind in Ordnung.
    }
}
status-registry = { $name }: { $state }
status-well = in Ordnung
status-ill = hat ein Problem
status-silent = antwortet nicht
status-no-answer = { $count ->
    [one] Keine Antwort innerhalb von { $count } Sekunde
   *[other] Keine Antwort innerhalb von { $count } Sekunden
}
    .hint = Sie ist vielleicht ausgefallen oder überlastet: in einer Minute noch einmal versuchen.
status-host = Host
status-problem = Problem
status-try = Abhilfe
status-api = API
status-credentials = Zugangsdaten
status-accepted = angenommen
status-refused = abgelehnt
status-none-asked = nicht verlangt
status-catalog = Katalog
status-warns = Warnung
status-program = registry-bot { $version }
status-checkout = registry-bot aus einem Checkout

# Was eine Registry kann; "registry-bot check" gibt es auf Englisch aus.
ability-deletes = Löschen nach Digest
    .no = nein: Löschen ist abgeschaltet, oder die Registry ist nur lesbar
ability-deletes-tags = Löschen nach Tag
    .no = nein
    .placeholder = nein: mit einem Platzhalter, trotzdem nur ein Tag
ability-referrers = Referrer
    .yes = ja, über ihre API
    .no = keine API: über Fallback-Tags
ability-catalog = Repositorys auflisten
    .no = nein
    .page = ja, { $count } auf einer Seite
ability-mounts = Blobs einhängen
    .no = nein: Kopien werden übertragen
ability-yes = ja
ability-v1 = nein: das gibt es in v1 nicht
ability-unknown = nicht bekannt
ability-as-of = { $words } (Stand { $ago })

api-unknown = unbekannt
api-also = { $words }, auch { $versions }
api-on = { $words }, auf { $server }
