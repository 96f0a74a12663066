# retag und copy: ein Tag wird auf ein Manifest gesetzt.

manifest-unknown = { $repository } hat kein Manifest { $digest }
    .hint = Was da ist, zeigt: `tags { $repository }`.
tagging-last-tag = Kein anderes Tag liegt auf dem, worauf das Tag bisher zeigt: Dieses Manifest bleibt ohne Tag in der Registry, bis deren Garbage Collection es entfernt.
tagging-free = Der Name ist frei: Kein Tag wird versetzt.
tagging-which-tag = { $repository } sagt nicht, welches Tag, und ich rate nie
    .hint = Zu schreiben ist { $repository }:TAG.
tagging-digest-like = Tags, die wie ein Digest aussehen, sind für die Signaturen dieses Digests
    .hint = Bitte einen anderen Namen wählen.
tagging-stays = Das Manifest, auf das das Tag bisher zeigt, bleibt unter seinem Digest.
tagging-siblings-stay = Andere Tags bleiben auf dem, worauf es bisher zeigt.
tagging-there = Nichts zu tun: { $what } ist schon da.
tagging-on = Nichts zu tun: { $what } liegt schon auf { $digest }.
tagging-nothing-changed = Nichts wurde geändert, und niemand wird gefragt.

retag-no-tag = Der neue Name ist ein Tag
    .hint = Zu schreiben ist `retag { $reference } NEWTAG`.
retag-elsewhere = retag bleibt im Repository
    .hint = In ein anderes: `copy { $reference } { $new }`.

copy-without-referrers = Signaturen, Attestierungen und SBOMs kommen nur mit --referrers mit.
copy-to-digest = Das Ziel ist ein Repository oder ein Tag: Der Digest folgt aus dem, was kopiert wird
    .hint = Zu schreiben ist `copy { $source } { $to }`.
copy-within = Innerhalb einer Registry wird nichts gesendet, wo sie Blobs verknüpfen kann.
copy-from = Es kommt aus der Registry { $host }.
copy-foreign-layers = { $count ->
    [one] { $count } Schicht, die Registrys nicht weitergeben (eine fremde Schicht), bleibt außen vor; sie wird von den Adressen im Manifest geholt.
   *[other] { $count } Schichten, die Registrys nicht weitergeben (fremde Schichten), bleiben außen vor; sie werden von den Adressen im Manifest geholt.
}
copy-there-already = { $there } von { $count ->
    [one] { $count } Blob ist
   *[other] { $count } Blobs sind
} schon am Ziel; { $size } noch nicht.
