# Worum es bei einer Änderung geht, wo ein Antrag steht, was frei wird.

standing-pending = wartet auf Genehmigung
standing-approved = genehmigt, gleich an der Reihe
standing-approved-held = genehmigt, aber angehalten
standing-ready = gleich an der Reihe
standing-ready-held = angehalten
standing-running = wird ausgeführt
standing-done = erledigt
standing-failed = fehlgeschlagen
standing-voided = nicht ausgeführt
standing-rejected = abgelehnt
standing-expired = abgelaufen
standing-cancelled = zurückgezogen

change-storage = Löschen gibt erst Speicher frei, wenn die Garbage Collection der Registry läuft.
change-no-deletion = Nach allem, was bekannt ist, löscht diese Registry nicht: Löschen ist dort abgeschaltet, oder sie ist schreibgeschützt. Bleibt das so, schlägt dies fehl, und jedes Tag bleibt, wie es ist.

# Kurz, für Überschriften, Zusammenfassungen und Listen.
short-undo = { $change } zurücknehmen
short-put = { $action ->
    [copy] nach { $target }{ $more ->
        [0] { "" }
       *[other] { " " }und { $more } weitere
    } kopieren
   *[retag] Tag { $target }{ $more ->
        [0] { "" }
       *[other] { " " }und { $more } weitere
    } setzen
}
short-one = { $target } { $action ->
    [prune] aufräumen
   *[delete] löschen
}
short-several = { $items } aus { $where } { $action ->
    [prune] aufräumen
   *[delete] löschen
}

# Teil eines Satzes: „Alice beantragt: …“.
doing-undo-one = { $change } zurücknehmen: { $target } auf { $host } zurückholen
doing-undo-several = { $change } zurücknehmen: { $items } aus { $where } auf { $host } zurückholen
doing-move = das Tag { $target } auf { $digest } versetzen ({ $host })
doing-put = das Tag { $target } auf { $digest } setzen ({ $host })
doing-copy = { $source } nach { $target } kopieren ({ $host })
doing-one = { $target } auf { $host } { $action ->
    [prune] aufräumen
   *[delete] löschen
}
doing-several = { $items } aus { $where } auf { $host } { $action ->
    [prune] aufräumen
   *[delete] löschen
}

count-tags = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tags
}
count-manifests = { $count ->
    [one] { $count } Manifest
   *[other] { $count } Manifeste
}
count-tags-and-manifests = { $tags } und { $manifests }
count-all = alles ({ $tags })
count-repositories = { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
}

item-is-manifest = (Manifest)
item-is-repository = (Repository)
item-ended = { $state ->
    [failed] fehlgeschlagen, { $outcome }
    [voided] nicht ausgeführt, { $outcome }
   *[done] { $outcome }
}

change-stays-same = Bleibt, auf demselben Digest
change-stays-old = Bleibt, auf dem alten Digest

space-freed = { $freed } von { $total }
space-freed-at-most = höchstens { $freed } von { $total }
space-shared = { $size } werden auch anderswo gebraucht
space-unread = { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} der Registry noch ungelesen
