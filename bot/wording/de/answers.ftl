# Antworten, die alle Befehle teilen: was schiefging, was beantragt wurde.

answer-how-typed = { $help } zeigt, wie man es schreibt.
answer-broken = Etwas ist schiefgegangen (Fehler { $id }).
answer-broken-hint = Mehr ist nicht geschehen. Wer diesen Bot betreibt, findet die Nummer im Log.

answer-summary = { $id } ({ $what }) { $opening }
answer-ended-summary = { $id } ({ $what }): { $standing }, { $outcome }.
answer-decided = { $standing } Es geht um: { $what }. { $follows }
answer-decided-summary = { $id } ({ $what }): { $standing }. { $follows }
answer-standing = { $id }: { $standing }

answer-no-approval = braucht keine Genehmigung und wird ausgeführt.
answer-no-approval-frozen = braucht keine Genehmigung und wartet: Änderungen sind angehalten.
answer-glass = umgeht die Genehmigung (Break-Glass) und wird ausgeführt.
answer-glass-frozen = umgeht die Genehmigung (Break-Glass) und wartet: Änderungen sind angehalten.
answer-waits = { $count ->
    [one] wartet auf { $count } Genehmigung.
   *[other] wartet auf { $count } Genehmigungen.
}

answer-waits-for = Wartet auf
answer-missing = { $count ->
    [one] { $count } Genehmigung
   *[other] { $count } Genehmigungen
} von { $who }
answer-not-yourself = ; die eigene zählt nicht
answer-unseen = Nicht in einem Kanal beantragt: Die Karte sieht sonst niemand. Genehmigende finden { $id } auf der App-Startseite und mit `requests`; in einem Kanal beantragt, oder wenn `approvals.channel` gesetzt ist, sehen sie die Karte.
answer-removes = Entfernt
answer-puts = Setzt
answer-puts-back = Holt zurück
answer-tags = Tags
answer-one = { $target } auf { $host }
answer-several = { $items } aus { $where } auf { $host }

# Was auf eine getippte Entscheidung folgt.
decided-needs-more = { $count ->
    [one] Es fehlt noch { $count } Genehmigung.
   *[other] Es fehlen noch { $count } Genehmigungen.
}
decided-approved = Die Karte zeigt, wie es weitergeht.
decided-rejected = Nichts wird verändert; der Grund wird dem Antragsteller mitgeteilt.
decided-withdrawn = { $id } ({ $what }) ist zurückgezogen; nichts wurde verändert.
decided-withdrawn-summary = { $id } ist zurückgezogen; nichts wurde verändert.
