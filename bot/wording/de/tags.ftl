# Die Antworten von tags.

tags-counted = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tags
}
tags-found = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tags
} in { $repository }.
tags-matching = { $count ->
    [one] { $count } Tag passt
   *[other] { $count } Tags passen
} zu „{ $match }“ in { $repository }.
tags-none = { $repository } hat keine Tags.
tags-none-match = Von { $count ->
    [one] { $count } Tag
   *[other] { $count } Tags
} in { $repository } passt keines zu „{ $match }“.
tags-all-for = Alle sind für { $platforms }.
tags-not-by-age = Nach Name sortiert: um nach Alter zu sortieren, müsste jedes der { $count } Tags gelesen werden, und mehr als { $most } auf einmal lese ich nicht. --match GLOB grenzt sie ein.
tags-shared-on-page = Gleiche Digests sind nur unter den Tags dieser Seite gesucht.
tags-shared-matching = Gleiche Digests sind nur unter den passenden Tags gesucht.
tags-gap-gone = Ein Tag ohne Digest war nicht zu lesen; vielleicht gibt es das Tag nicht mehr.
tags-gap-platforms = Eine Größe ist ohne Plattformen, die nicht zu lesen waren.
tags-gap-config = Eine Konfiguration war nicht zu lesen, darum ist nicht jedes Alter angegeben.
tags-gap-digests = Bei gleichen Digests { $count ->
    [one] fehlt { $count } Tag, das nicht zu lesen war
   *[other] fehlen { $count } Tags, die nicht zu lesen waren
}.
