# Formulare: ihre Felder, ihr Plan, und was gesagt wird, wo sich keines öffnen lässt.

form-delete = Löschen
form-retag = Tag setzen
form-copy = Kopieren
form-prune = Aufräumen

form-repository = Repository
    .hint = Einen Teil des Namens eingeben.
form-repositories = Repository oder Muster
    .hint = Ein Teil eines Namens oder ein Muster wie team/* für mehrere.
form-what = Was gelöscht wird
    .hint = Ein Manifest nimmt alle Tags darauf mit; der Plan nennt sie.
form-what-tag = Ein Tag, sonst nichts
form-what-manifest = Ein Manifest mit allen Tags darauf
form-what-repository = Das ganze Repository
form-tag = Tag
    .hint = Einen Teil davon eingeben.
form-digest = Manifest
    .hint = Einen Teil des Digests oder ein Tag darauf eingeben.
form-new = Neues Tag
    .hint = Ein zweiter Name für dasselbe Manifest. Ist er schon vergeben, wird das Tag mit Genehmigung versetzt.
form-to = In das Repository
    .hint = Ein vorhandenes oder der Name eines neuen.
form-new-tag = Tag dort
    .hint = Leer: dasselbe Tag.
form-referrers = Auch Signaturen, Attestierungen und SBOMs
    .hint = Was auf das Image verweist, kommt mit.
form-keep = Die neuesten behalten
    .hint = So viele Tags jedes Repositorys bleiben, zum Beispiel 10.
form-older-than = Nur ältere als
    .hint = Nach der Zeit, zu der sie gebaut wurden: 30d, 12w.
form-match = Nur Tags wie
    .hint = Zum Beispiel pr-*; mehrere mit Kommas.
form-except = Nie Tags wie
    .hint = Zum Beispiel latest,v*; auch was diese brauchen, bleibt.
form-untagged = Auch Manifeste ohne Tag
    .hint = Solche, zu denen kein Tag führt.
form-reason = Grund
    .hint = Prüfende und Protokoll zeigen ihn.

form-yes = Ja
form-look = Zum Suchen tippen
form-preview = Plan anzeigen
form-close = Schließen
form-as-typed = { $name } (wie eingegeben)
form-new-name = { $name } (ein neues)
form-pattern = { $name } (alle Repositorys dieser Art)
form-tags = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tags
}
form-missing = Das wird gebraucht.
form-too-long = Höchstens { $most } Zeichen.
form-too-much = Zusammen ist das mehr, als ein Formular fasst. Kürzer fassen oder den Befehl eingeben.
form-gone = Dieses Repository ist nicht mehr bekannt
    .hint = Noch einmal auswählen.
form-none = Dafür gibt es kein Formular
form-not-opened = Das Formular ließ sich nicht öffnen. Stattdessen eingeben, zum Beispiel:

foresight-nothing-yet = Noch ist nichts beantragt.
foresight-at-once = Das braucht keine Genehmigung: Abgeschickt wird es sofort ausgeführt.
foresight-approvals = { $count ->
    [one] Abgeschickt wartet es auf { $count } Genehmigung.
   *[other] Abgeschickt wartet es auf { $count } Genehmigungen.
}
foresight-what = Der Antrag: { $what }.
foresight-more = und { $count } weitere; die Karte listet alle auf.
foresight-summary = Der Plan: { $what } auf { $host }. Noch ist nichts beantragt.

plan-waiting = In Arbeit. Dieses Fenster geht von selbst weiter.
plan-moved = Der Plan ist inzwischen ein anderer: Seit dem Ansehen hat sich etwas geändert. Nichts wurde beantragt.
plan-ask = Genehmigung anfragen
plan-do = Ausführen
plan-back = Zurück
