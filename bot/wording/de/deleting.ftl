# delete: was aus einem Repository, und was dazu zu wissen ist.

delete-last-tag = Kein anderes Tag liegt auf diesem Digest: Das Manifest bleibt ohne Tag in der Registry, bis deren Garbage Collection mit --delete-untagged es entfernt.
delete-frees-nothing = Es wird nichts frei: Das Manifest bleibt mit seinen anderen Tags.
delete-whole = Das ganze Repository geht: jedes Tag, das es jetzt hat.
delete-v1 = Eine v1-Registry behält die Images selbst: Löschen macht dort nichts frei.
delete-ways = delete { $repository }:{ $tag } entfernt ein Tag, delete { $repository }@{ $digest } ein Manifest mit allen Tags darauf, delete { $repository } --repository das ganze Repository.
delete-repository-alone = --repository ist für ein Repository allein, ohne Tag oder Digest
delete-tag-and-digest = Das nennt ein Tag und einen Digest von { $repository }, und ich rate nie
delete-what-of-it = delete { $repository } sagt nicht, was davon, und ich rate nie
delete-many-tags = Das Repository hat { $count } Tags, zu viele, um herauszufinden, welche auf demselben Digest liegen: Sie bleiben alle.
delete-v1-image = Eine v1-Registry löscht Tags und Repositorys, aber keine Images
    .hint = Seine Tags löschen: `delete { $repository }:TAG`.
delete-by-sha256 = Ein Manifest wird unter seinem sha256-Digest gelöscht
    .hint = Zu schreiben ist `delete { $repository }@{ $digest }`.
delete-nothing-there = { $repository } enthält nichts, was gelöscht werden könnte
    .hint = Kein Tag ist mehr darin, und der Bot kennt kein Manifest.
delete-unreadable = { $count ->
    [one] { $count } Manifest
   *[other] { $count } Manifeste
} kann der Bot nicht lesen; { $count ->
    [one] es bleibt mit seinen Tags.
   *[other] sie bleiben mit ihren Tags.
}
delete-too-many = { $repository } enthält { $count } Tags und Manifeste, und eine Änderung entfernt höchstens { $most }
    .hint = Zuerst einen Teil entfernen: `prune { $repository } --match GLOB`.
