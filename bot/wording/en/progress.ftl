# How far a running change is, on its card.

progress-items = { $done } of { $total } done
progress-both = { $items }, { $doing }
progress-waiting = waiting: the registry does not answer
progress-copied = copied { SIZE($done) } of { SIZE($total) }{ $layers ->
    [0] {""}
   *[other] , layer { $layer } of { $layers }
}
