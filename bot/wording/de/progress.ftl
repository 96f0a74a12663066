# Wie weit eine laufende Änderung ist, auf ihrer Karte.

progress-items = { $done } von { $total } erledigt
progress-both = { $items }, { $doing }
progress-waiting = wartet: die Registry antwortet nicht
progress-copied = { SIZE($done) } von { SIZE($total) } kopiert{ $layers ->
    [0] {""}
   *[other] , Schicht { $layer } von { $layers }
}
