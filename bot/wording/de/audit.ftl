# Die Antworten von audit.

audit-verify-or-nothing = Hinter audit steht verify oder nichts, nicht „{ $word }“
audit-filters = Filter sind Optionen: audit --repo team/* --since 7d.
audit-checkpoint = --checkpoint gehört zu audit verify
audit-checkpoint-how = Eingeben: audit verify --checkpoint SEQ:HASH.
audit-none = Einen solchen Eintrag hat das Protokoll nicht.
audit-counted = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträgen
}
audit-newest-first = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
}, neueste zuerst.
audit-no-file = Ein Terminal hat keinen Platz für eine Datei
audit-no-file-how = Auf der Maschine des Bots: registry-bot audit export --format csv|jsonl.
audit-too-much = So viel vom Protokoll passt hier nicht in eine Datei
audit-too-much-how = Mit --since oder --repo eingrenzen, oder registry-bot audit export auf der Maschine des Bots.
audit-exported = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
} des Protokolls, als { $name }.
audit-comes = Die Datei kommt als Direktnachricht, nur an Sie.
audit-verifiable = Sie lässt sich ohne den Bot prüfen: docs/audit.md sagt, wie.
audit-not-verifiable = Nur ein ganzer Export als jsonl lässt sich für sich prüfen.
audit-long-glob = Kein Repository ist länger als { $most } Zeichen
audit-change-id = --change nimmt eine ID wie C17, nicht „{ $word }“
audit-broken = Das Protokoll ist bei Eintrag #{ $seq } gebrochen.
audit-whole-before = { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
} davor, unversehrt. Eine Kopie der Datenbank aufheben.
audit-whole = Das Protokoll ist unversehrt: { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
}.
audit-empty = leer
audit-head = Sein neuester Eintrag ist { $entry }. Karten ausgeführter Änderungen zeigen dasselbe für ihre.
