# Die Karte eines Antrags, und was am Ende erfährt, wer ihn gestellt hat.

card-heading = { $id }: { $what }
card-opening = { $who } beantragt: { $what }. { $standing }
card-doing = { $standing }: { $doing }
card-summary = { $id }: { $what } ({ $host }): { $standing }.
card-more-targets = und { $more } weitere: „{ card-show-all }“ listet sie auf.
card-put-back = Zurückgeholt durch { $change }.
card-ended = Antrag { $id } ({ $what }): { $standing }
card-ended-summary = Antrag { $id } ({ $what }): { $standing }.

card-glass = Break-Glass: ohne Genehmigung.
card-drift = { $moved } Auch mit Genehmigung bleibt es, wie es ist.
card-moved = Inzwischen hat sich etwas verändert: { $what }.
card-frozen = { $frozen } durch { $who }: { $reason }. Bis zur Aufhebung wird nichts ausgeführt.
card-is-frozen = Änderungen sind angehalten

card-registry = Registry
card-repository = Repository
card-repositories = Repositorys
card-tag = Tag
card-digest = Digest
card-names-so-far = Zeigt bisher auf
card-reason = Grund
card-no-reason = keiner genannt
card-platforms = Plattformen
card-size = Größe
card-built = Gebaut
card-breaks = Beschädigt die Indizes
card-refers = Verweist darauf
card-referrers = { $count ->
    [one] { $count } Verweis
   *[other] { $count } Verweise
} (Signaturen, SBOMs): { $names }
card-frees = Gibt frei
card-needs = Braucht
card-expires = Läuft ab
card-goes-along = Geht mit
card-goes-alone = nichts: kein anderes Tag wird entfernt

card-missing = { $count ->
    [one] noch { $count } Genehmigung
   *[other] noch { $count } Genehmigungen
} von { $who }
card-not-requester = ; die des Antragstellers zählt nicht
card-agreed = ; zugestimmt: { $who }

card-withdrawn = Zurückgezogen von { $who }
card-nobody-decided = Niemand hat rechtzeitig entschieden
card-outcome = Ergebnis: { $outcome }
card-approved-by = Genehmigt von { $who }, { $when }
card-rejected-by = Abgelehnt von { $who }, { $when }

card-approve = Genehmigen
card-reject = Ablehnen
card-cancel = Zurückziehen
card-show-all = Alle zeigen
card-undo = Zurücknehmen
