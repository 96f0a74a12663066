# Die Antworten von inspect.

inspect-summary = { $name }: { $digest }, { $size }, { $platforms }.
inspect-no-platform = keine Plattform
inspect-to-pull = Holen mit:
inspect-pull-exact = Nach Digest, der sich nie bewegt:
inspect-media-type = Medientyp
inspect-is = Ist
inspect-artifact-type = Artefakttyp
inspect-refers-to = Verweist auf
inspect-referrers = Verweise darauf
inspect-entrypoint = Entrypoint
inspect-command = Befehl
inspect-user = Benutzer
inspect-directory = Verzeichnis
inspect-ports = Ports
inspect-variables = Variablen
inspect-labels = Labels
inspect-siblings-unknown = nicht gesucht: das Repository hat zu viele Tags
inspect-siblings-none = kein anderes Tag
inspect-untold = die Registry gibt keine Auskunft: { $why }
inspect-more-manifests = Und { $count ->
    [one] { $count } weiteres Manifest
   *[other] { $count } weitere Manifeste
}.
inspect-index-damaged = Der Index ist beschädigt: ein Manifest, das er nennt, fehlt.
inspect-index-unclear = Ein Manifest, das der Index nennt, war gerade nicht zu lesen.
inspect-unreadable = nicht lesbar
inspect-missing = fehlt
inspect-unnamed = nicht benannt
inspect-gap-size = In der Größe { $count ->
    [one] fehlt { $count } Manifest des Index, das nicht zu lesen war
   *[other] fehlen { $count } Manifeste des Index, die nicht zu lesen waren
}.
inspect-gap-config = Die Konfiguration war nicht zu lesen: was darin steht, fehlt hier.
inspect-layers = { $count ->
    [one] { $count } Schicht
   *[other] { $count } Schichten
}:
inspect-layers-of = { $count ->
    [one] { $count } Schicht
   *[other] { $count } Schichten
} von { $platform }:
inspect-more-layers = Und { $count ->
    [one] { $count } weitere Schicht
   *[other] { $count } weitere Schichten
}.
inspect-history = Entstehung, neuester Schritt zuerst:
inspect-more-steps = Und { $count ->
    [one] { $count } älterer Schritt
   *[other] { $count } ältere Schritte
}.
inspect-no-manifest = { $repository } hat kein Manifest { $digest }
inspect-list-tags = Was da ist, zeigt: `tags { $repository }`.
inspect-which = { $repository } hat kein Tag { $tag }; welches soll es sein?
inspect-its-tags = Seine Tags: { $tags }. Eingeben: `inspect { $repository }:TAG`.
inspect-no-tags = Es hat überhaupt keine Tags.

referrers-none = keine bekannt
referrers-heading = Was darauf verweist (nicht geprüft):
referrers-attestations = { $count ->
    [one] { $count } Attestierung
   *[other] { $count } Attestierungen
} im Index (nicht geprüft):
referrers-more = Und noch { $count }.
referrers-of = { $digest } zu { $of }
