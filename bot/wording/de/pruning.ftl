# Warum ein Tag oder Manifest geht oder bleibt: der Plan von prune, die Ziele einer Löschung.

ground-rules = wie verlangt
ground-company = gehört zu dem, was geht
ground-newest = unter den neuesten
ground-young = nicht alt genug
ground-no-age = unbekannten Alters
ground-no-match = passt nicht
ground-unasked = nicht gefragt
ground-excepted = ausgenommen
ground-protected = geschützt
ground-shared = auf einem Digest, der bleibt
ground-child = in einem Index, der bleibt
ground-attached = gehört zu dem, was bleibt

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
why-not-newest = nicht unter den neuesten { $count }
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
