# undo: was zurückgeholt werden kann, und warum nicht.

undo-no-id = Das ist nicht die ID einer Änderung
    .hint = Eine ID steht auf der Karte: `undo C17`.
undo-of-undo = { $id } ist selbst ein undo
    .hint = Was es zurückgeholt hat, lässt sich mit delete wieder entfernen.
undo-not-ended = { $id } ist noch nicht zu Ende
    .hint = Die Karte zeigt, wie es weitergeht.
undo-not-done = { $id } wurde nicht ausgeführt, also gibt es nichts zurückzuholen
    .hint = Die Karte zeigt, wie es ausging.
undo-took-nothing = { $id } hat nichts entfernt: Der Name war frei
    .hint = Zum Entfernen: `delete { $target }`.
undo-lost = { $id } lässt sich nicht zurücknehmen: Die Registry hat { $count ->
    [one] { $count } Blob
   *[other] { $count } Blobs
} ({ $names }) von { $things } nicht mehr. Nichts wurde verändert
    .hint = Ihre Garbage Collection ist gelaufen; die Images neu pushen.
    .hint-partial = Ihre Garbage Collection ist gelaufen; die Images neu pushen. `undo { $id } --partial` holt den Rest zurück.
undo-used = { $id } lässt sich nicht zurücknehmen: { $names }. Nichts wurde verändert
    .hint = Sollen die alten zurück, diese erst mit delete oder retag frei machen.
undo-used-one = { $target } zeigt inzwischen auf { $digest }
undo-not-kept = { $id } hat nichts entfernt, was noch da war
    .hint = Es war schon weg, als es an der Reihe war; darum wurde nichts aufgehoben.
undo-done-already = { $by } hat { $id } schon zurückgenommen
undo-there-already = Alles, was { $id } entfernt hat, ist schon wieder da.

undo-note-used = { $count } inzwischen neu vergeben und unangetastet.
undo-note-lost = { $count } durch Garbage Collection verloren.
undo-note-there = { $count } schon da.
undo-note-not-kept = { $count } schon vor der Änderung weg, also nicht aufgehoben.
