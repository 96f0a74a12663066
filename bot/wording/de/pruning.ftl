# Warum ein Tag oder Manifest geht oder bleibt: der Plan von prune, die Ziele einer Löschung.

ground-rules = wie verlangt
ground-company = gehört zu dem, was geht
ground-newest = unter den neuesten
ground-young = nicht alt genug
ground-no-age = unbekannten Alters
ground-no-match = nicht passend
ground-unasked = nicht betroffen
ground-excepted = ausgenommen
ground-protected = geschützt
ground-unreadable = unlesbar
ground-shared = auf einem Digest, der bleibt
ground-child = in einem Index, der bleibt
ground-attached = zu etwas gehörig, das bleibt

why-unasked = keine Regel handelt von Tags
why-excepted = ausgenommen
why-no-match = passt nicht
why-newest = { $count ->
    [1] das neueste
   *[other] eines der neuesten { $count }
}
    .no-age = { $count ->
    [1] das neueste, Alter unbekannt
   *[other] eines der neuesten { $count }, Alter unbekannt
}
why-no-age = Alter unbekannt
why-built = gebaut { $date }
why-goes = { $rule }: { $age }
why-goes-both = { $rule }, { $other }: { $age }
why-not-newest = { $count ->
    [1] nicht das neueste
   *[other] nicht unter den neuesten { $count }
}
why-older = älter als { $age }
why-matches = passt zu { $glob }

why-shared = hat denselben Digest wie { $tag } (bleibt)
why-child-kept = im Index { $tag } (bleibt)
why-belongs-kept = gehört zu { $tag } (bleibt)
    .untagged = gehört zu einem Manifest ohne Tag (bleibt)
why-belongs = gehört zu { $tag }
    .untagged = gehört zu einem Manifest ohne Tag
    .nothing = gehört zu nichts, was geht
why-every-tag = jedes Tag darauf geht
why-child-goes = im Index { $tag }, der geht
why-belongs-goes = gehört zu { $tag }, das geht
why-no-tag-leads = kein Tag führt dorthin
why-unreadable = das Manifest ist unlesbar

why-refers = verweist auf { $what }
why-listed = aufgeführt von { $what }
why-untagged = ohne Tag

removal-referred = Was auf das Manifest verweist (Signaturen, SBOMs), wird nicht entfernt.
removal-breaks = Ein Index, der etwas davon aufführt, lässt sich auf dieser Plattform nicht mehr pullen.
removal-not-listed = Keine Registry listet Manifeste ohne Tags: Was der Bot nie gesehen hat, bleibt bis zur Garbage Collection mit --delete-untagged.
removal-stays-in-catalog = Die Registry führt das Repository weiter auf, leer.
removal-orphans = { $count ->
    [one] { $count } Manifest, aufgeführt von dem, was geht, bleibt ohne ein Tag oder einen Index, der dorthin führt: Garbage Collection mit --delete-untagged entfernt es.
   *[other] { $count } Manifeste, aufgeführt von dem, was geht, bleiben ohne ein Tag oder einen Index, der dorthin führt: Garbage Collection mit --delete-untagged entfernt sie.
}

prune-untagged-v1 = --untagged gilt nicht für diese Registry: Die v1-API kennt Images nur über ihre Tags
    .hint = Mit --keep, --older-than oder --match aufräumen.

pruning-goes = { $released } von { $tags ->
    [one] { $tags } Tag
   *[other] { $tags } Tags
} aus { $where } { $released ->
    [one] geht
   *[other] gehen
}{ $manifests ->
    [0] .
    [one] , mit { $manifests } Manifest.
   *[other] , mit { $manifests } Manifesten.
}
pruning-untagged-goes = { $count ->
    [one] { $count } Manifest aus { $where }, zu dem kein Tag führt, geht; Tags gehen keine.
   *[other] { $count } Manifeste aus { $where }, zu denen kein Tag führt, gehen; Tags gehen keine.
}
pruning-nothing-untagged = Nichts aufzuräumen in { $where }: kein Manifest ohne Tag geht.
pruning-nothing-there = Nichts aufzuräumen in { $where }: es gibt kein Tag.
pruning-nothing = { $count ->
    [1] Nichts aufzuräumen in { $where }: das einzige Tag bleibt.
   *[other] Nichts aufzuräumen in { $where }: alle { $count } Tags bleiben.
}
pruning-repository = Repository
pruning-tag = Tag
pruning-digest = Digest
pruning-built = Gebaut
pruning-lines = { $count ->
    [one] { $count } Zeile
   *[other] { $count } Zeilen
}
pruning-stays = Was bleibt:
pruning-ground = { $count } { $ground }
pruning-ground-names = { $count } { $ground }: { $names }
pruning-counted = { $count ->
    [one] { $count } Tag bleibt: { $grounds }.
   *[other] { $count } Tags bleiben: { $grounds }.
}
pruning-emptied = { $count ->
    [one] { $count } Repository bleibt ohne Tag zurück.
   *[other] { $count } Repositorys bleiben ohne Tag zurück.
}
pruning-unreadable = { $count ->
    [one] { $count } Tag war nicht lesbar: Niemand weiß, welche Manifeste es braucht; erst ansehen.
   *[other] { $count } Tags waren nicht lesbar: Niemand weiß, welche Manifeste sie brauchen; erst ansehen.
}
pruning-untagged-kept = { $count ->
    [one] { $count } Manifest ohne Tag bleibt.
   *[other] { $count } Manifeste ohne Tag bleiben.
}
pruning-protected = { $count ->
    [one] Ausgelassen, weil geschützt: { $count } Repository.
   *[other] Ausgelassen, weil geschützt: { $count } Repositorys.
}
    .names = Geschützt, ausgelassen: { $names }.
pruning-left-out = { $count ->
    [one] Ausgelassen, weil nicht lesbar: { $count } Repository.
   *[other] Ausgelassen, weil nicht lesbar: { $count } Repositorys.
}
    .why = { $name } ausgelassen: { $why }
    .more = und { $count } weitere, die nicht lesbar waren
