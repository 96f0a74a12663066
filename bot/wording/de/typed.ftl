# Was an einer Eingabe nicht stimmt, und was gemeint sein kann.

words-too-long = Das sind mehr als { $most } Zeichen
    .hint = Kürzer fassen.
words-too-many = Das sind mehr als { $most } Wörter
    .hint = Kürzer fassen.
words-open-quote = Ein Anführungszeichen ist geöffnet und nicht geschlossen
    .hint = Ein zweites " hinter den Text setzen.

typed-no-number = { $option } nimmt eine Zahl von { $low } bis { $high }, nicht „{ $typed }“
typed-no-choice = { $option } nimmt { $choices }, nicht „{ $typed }“
typed-no-duration = { $option } nimmt eine Dauer, nicht „{ $typed }“
    .hint = Eine Zahl mit s, m, h, d oder w dahinter: 90s, 24h, 30d, 2w.
typed-no-id = „{ $typed }“ ist nicht die ID eines Antrags
    .hint = Eine ID sieht aus wie C17; `requests` listet auf, was wartet.
typed-no-person = { $option } nimmt eine Person, nicht „{ $typed }“
    .hint = Mit @ erwähnen oder die Mitglieds-ID von Slack angeben (U…).
typed-twice = { $option } ist zweimal angegeben
typed-switch = { $option } nimmt keinen Wert
typed-no-value = { $option } braucht einen Wert
    .hint = So: `{ $option } { $metavar }`.
typed-no-option = Es gibt keine Option { $option }
    .hint = Optionen: { $options }.
typed-no-options = Optionen: keine außer --help.
typed-missing = { $name } fehlt
    .hint = Zum Beispiel: { $example }
typed-too-many = „{ $word }“ ist ein Wort zu viel
    .hint = Einen Text mit Leerzeichen in Anführungszeichen setzen: "zwei Wörter".

place-no-registry = { $host } ist keine Registry, um die sich dieser Bot kümmert
place-registries = Registrys: { $hosts }.
place-two-registries = Die Referenz nennt { $host }, und --registry nennt eine andere Registry
    .hint = Eines von beiden weglassen.
place-two-registries-glob = Das Muster nennt { $host }, und --registry nennt eine andere Registry
place-repository-alone = Hier wird ein Repository allein gebraucht, ohne Tag oder Digest
place-glob = * und ? verwenden, wie in team/*.
place-no-repository = { $host } hat kein Repository { $repository } oder kein Tag darin
    .hint = Nach einem Teil des Namens suchen: `search TEIL`.
place-no-tag = { $repository } hat kein Tag { $tag }
place-tags = Seine Tags: { $tags }.
place-no-tags = Es hat keine Tags.
