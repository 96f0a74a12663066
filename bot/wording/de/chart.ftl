# Das Diagramm von usage.

chart-own = frei bei Löschung
chart-shared = mit anderen Repositorys geteilt
chart-value = { $total }, davon { $freed } frei
chart-bar = { $name }: { $total }, { $freed } frei bei Löschung.
chart-title = { $host } belegt { $total }
chart-largest = { $count ->
    [one] Das größte Repository
   *[other] Die { $count } größten Repositorys
} von { $read }, jeder Digest einmal gezählt
chart-freeing = Von { $read } { $count ->
    [one] das Repository, das am meisten freigibt
   *[other] die { $count } Repositorys, die am meisten freigeben
}
chart-named = { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} von { $read }, nach Name
chart-matching = { $host }, { $query }: { $total }
chart-note = Frei wird es mit der Garbage Collection der Registry.
chart-note-at-most = ≤: höchstens, denn nicht alles ist gelesen. Frei wird es mit der Garbage Collection der Registry.
chart-button = Als Diagramm
chart-comes = Das Diagramm kommt als Direktnachricht, nur an Sie: in einer Nachricht, die nur Sie sehen, zeigt Slack kein Bild.
chart-none = Noch gibt es nichts zu zeichnen.
chart-one = Ein Diagramm vergleicht Repositorys: usage --chart eingeben, oder ein Muster wie in usage team/* --chart
chart-nowhere = Ein Terminal hat keinen Platz für ein Bild
