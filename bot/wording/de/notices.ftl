# Was ein Kanal erfährt: Anhalten und Aufheben, Break-Glass, Erinnerungen; was er beobachtet.

freeze-set = Änderungen sind angehalten.
freeze-set-summary = { freeze-set } Nichts wird ausgeführt, bis jemand mit Genehmigungsrecht das mit unfreeze aufhebt.
freeze-set-reason = { $frozen } Grund: { $reason }
freeze-set-note = Was gerade ausgeführt wird, hält nach dem laufenden Schritt an; was genehmigt ist, geht weiter, sobald jemand mit Genehmigungsrecht das mit unfreeze aufhebt.
freeze-lifted = Das Anhalten ist aufgehoben.
freeze-lifted-summary = { freeze-lifted } Was genehmigt ist, geht weiter.
freeze-lifted-from = { $lifted } Angehalten hatte { $who } { $when }: { $reason }

notice-frozen = { $who } hat alle Änderungen angehalten: { $reason }
notice-frozen-summary = Alle Änderungen sind angehalten.
notice-frozen-note = Nichts wird ausgeführt, bis jemand das mit unfreeze aufhebt.
notice-unfrozen = { $who } hat das Anhalten aufgehoben.
notice-unfrozen-note = Was genehmigt ist, geht weiter.
notice-glass = { $who } { $glass } ({ $id }): ohne Genehmigung, { $what }. Grund: { $reason }
notice-broke-glass = nutzt Break-Glass
notice-glass-summary = Break-Glass: { $id } wird ohne Genehmigung ausgeführt.
notice-waits = { $id } wartet noch auf { $count ->
    [one] { $count } Genehmigung
   *[other] { $count } Genehmigungen
}: { $who } beantragt: { $what }. { $approvers }: Der Antrag läuft { $when } ab.
notice-closed = { $id } ({ $what }) wartet, aber die Karte lässt sich in { $channel } nicht posten: Der Bot darf dort nicht schreiben.
notice-closed-cure = Den Bot in diesen Kanal einladen (`/invite`), dann kommt die Karte von selbst. Oder `approvals.channel` auf einen Kanal setzen lassen, in dem der Bot ist: Dann kommen alle Karten dorthin. Bis dahin finden Genehmigende { $id } auf der App-Startseite und mit `requests`.
notice-closed-summary = { $id } wartet, aber die Karte lässt sich nicht posten.
notice-waits-summary = { $id } wartet noch auf Genehmigung.

news-note = Dieser Kanal beobachtet das; unwatch beendet es.
news-pushed-change = { $what } wurde durch { $change } gepusht
news-pushed-by = { $what } wurde von { $who } gepusht
news-pushed = { $what } wurde gepusht
news-deleted-change = { $what } wurde durch { $change } gelöscht
news-deleted-by = { $outside }: { $what } von { $who }
news-deleted = { $outside }: { $what }
news-outside = Außerhalb von registry-bot gelöscht
news-names = { " " }und zeigt jetzt auf { $digest }
news-in = { " " }in { $registry }
news-when = , { $when }.
news-pushes = { $count ->
    [one] { $count } Push
   *[other] { $count } Pushes
}
news-deletions = { $count ->
    [one] { $count } Löschung
   *[other] { $count } Löschungen
}
news-deletions-outside = { $count ->
    [one] { $count } Löschung außerhalb von registry-bot
   *[other] { $count } Löschungen außerhalb von registry-bot
}
news-summary = { $counts } in { $where }.
news-place = { $repository }: { $counts }
news-place-in = { $repository } in { $registry }: { $counts }
news-more = { $count ->
    [one] Und { $count } weiteres Repository.
   *[other] Und { $count } weitere Repositorys.
}
