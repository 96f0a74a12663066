# Die Antworten von audit.

audit-verify-or-nothing = Hinter audit steht verify oder nichts, nicht „{ $word }“
audit-filters = Filter sind Optionen: audit --repo team/* --since 7d.
audit-checkpoint = --checkpoint gehört zu audit verify
audit-checkpoint-how = Eingeben: audit verify --checkpoint SEQ:HASH.
audit-nothing = Das Protokoll ist leer.
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
    [0] Davor ist keiner.
    [one] Der eine davor ist unversehrt.
   *[other] Die { $count } davor sind unversehrt.
} Eine Kopie der Datenbank aufheben.
audit-whole = Das Protokoll ist unversehrt: { $count ->
    [one] { $count } Eintrag
   *[other] { $count } Einträge
}.
audit-head = Sein neuester Eintrag ist { $entry }. Karten ausgeführter Änderungen zeigen dasselbe für ihre.

# Was an einer Kette von Einträgen nicht stimmt.
audit-no-checkpoint = „{ $typed }“ ist kein Prüfpunkt
    .hint = SEQ:HASH eingeben, wie eine Karte sie zeigt, mit mindestens 12 Ziffern des Hashs: 42:3f9a0c1e77d2.
audit-unreadable = Ein Eintrag des Protokolls ist nicht zu lesen
    .hint = Jemand hat die Tabelle geändert; `audit verify` sagt, wo.
audit-glob = * und ? verwenden, wie in team/*.
chain-missing = Auf Eintrag #{ $before } folgt #{ $seq }: #{ $missing } fehlt
chain-loose = Eintrag #{ $seq } schließt nicht an den davor an
chain-no-text = Eintrag #{ $seq } wurde geändert: ein Feld ist kein Text
chain-changed = Eintrag #{ $seq } wurde geändert: sein Hash passt nicht
chain-rewritten = Eintrag #{ $seq } ist nicht der, den { $source ->
    [head] der gespeicherte Kopf
   *[checkpoint] der Prüfpunkt
} nennt: das Protokoll wurde umgeschrieben
chain-cut-off = Das Protokoll endet bei #{ $last }, aber { $source ->
    [head] der gespeicherte Kopf
   *[checkpoint] der Prüfpunkt
} nennt #{ $seq }: Einträge wurden abgeschnitten
chain-unreadable = Eintrag #{ $seq } ist nicht zu lesen
chain-twice = Eintrag #{ $seq } steht zweimal da
chain-heads = Vom Protokoll ist nicht genau ein Kopf gespeichert
chain-head-behind = Der gespeicherte Kopf nennt #{ $seq }, und es folgen Einträge
chain-head-empty = Der gespeicherte Kopf nennt keinen Eintrag, und es folgen welche
