# watch und unwatch: wovon ein Kanal erfährt.

watch-no-channel = Ein Terminal ist kein Kanal, in den etwas gemeldet werden könnte
    .hint = Im Slack-Kanal eingeben, der die Meldungen bekommen soll.
watch-already = Dieser Kanal beobachtet das schon.
watch-begins = Dieser Kanal erfährt von Pushes und Löschungen in { $pattern }.
watch-begins-of = Dieser Kanal erfährt von Pushes und Löschungen in { $pattern } auf { $registry }.
watch-announced = { $who } lässt diesem Kanal Pushes und Löschungen in { $pattern } melden.
watch-announced-of = { $who } lässt diesem Kanal Pushes und Löschungen in { $pattern } auf { $registry } melden.
watch-announced-summary = Dieser Kanal erfährt jetzt von Pushes und Löschungen in { $pattern }.
watch-to-end = Zum Beenden: { $command }
watch-today = { $count ->
    [one] Das ist heute { $count } Repository; neue gehören dazu.
   *[other] Das sind heute { $count } Repositorys; neue gehören dazu.
}
watch-busy = Geschieht viel auf einmal, kommt eine Nachricht mit Anzahlen.
watch-unknown = Ein Repository dieses Namens ist noch nicht bekannt.
watch-nothing = Dieser Kanal beobachtet nichts.
watch-example = Zum Beispiel: { $command }
watch-list = { $count ->
    [one] Dieser Kanal beobachtet { $count } Namen.
   *[other] Dieser Kanal beobachtet { $count } Namen.
}
watch-watched = Beobachtet
watch-since = Seit
watch-by = Von
watch-registry = Registry
watch-not-served = Noch wird nichts gemeldet: Die Registry benachrichtigt diesen Bot nicht. Wie das geht, steht für den Betrieb in docs/notifications.md.
watch-too-many = { $count ->
    [one] Dieser Kanal beobachtet schon { $count } Namen
   *[other] Dieser Kanal beobachtet schon { $count } Namen
}
    .hint = Einige mit `unwatch` beenden, oder ein Muster nehmen: `watch team/*`.

unwatch-no-channel = Ein Terminal ist kein Kanal, in den gemeldet wird
    .hint = Im Slack-Kanal eingeben, der die Meldungen bekommt.
unwatch-not-watched = Dieser Kanal beobachtet { $pattern } nicht
    .hint = Er beobachtet: { $known }.
    .hint-nothing = Er beobachtet nichts.
unwatch-ends = Dieser Kanal erfährt nichts mehr von { $pattern }.
unwatch-announced = { $who } hat es beendet: Dieser Kanal erfährt nichts mehr von { $pattern }.
