# prune: was beantragt wird, und der Plan.

prune-what-goes = prune { $name } sagt nicht, was geht, und ich rate nie
    .hint = Zu schreiben ist `prune { $name } --keep 10`, `--older-than 30d`, `--match pr-*` oder `--untagged`; `--dry-run` dahinter zeigt den Plan und beantragt nichts.
prune-page-alone = --page gehört zu --dry-run, das den Plan allein zeigt
prune-too-much = { $count } Tags und Manifeste würden gehen, und ein Antrag darf höchstens { $most } umfassen
    .hint = Bitte eingrenzen: --match GLOB, ein längeres --older-than oder weniger Repositorys; dann den Rest neu beantragen.
prune-goes-because = Geht, weil
prune-stays-because = Bleibt, weil
prune-no-match = Kein Repository von { $host } passt zu „{ $glob }“
prune-many-repositories = { $count } Repositorys passen zu „{ $glob }“, und ein prune darf höchstens { $most } betreffen
    .hint = Bitte das Muster enger fassen und einen Teil nach dem anderen aufräumen.
prune-plan-alone = Das ist nur der Plan: Nichts wurde beantragt oder entfernt.
prune-more = und { $count } weitere: „Alle zeigen“ auf der Karte oder requests ID listet alles auf.
prune-globs = --{ $option } nimmt bis zu { $most } Muster mit Kommas dazwischen
    .hint = Zum Beispiel --{ $option } v1.*,rc-*
prune-long-glob = Kein Tag ist länger als { $most } Zeichen
