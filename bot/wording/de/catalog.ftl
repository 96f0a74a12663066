# Wie alt das Wissen des Katalogs ist.

catalog-as-of = Katalog von { $registry }, Stand { $ago }.
catalog-broke-off = Der letzte Durchgang brach ab: { $why }.
catalog-not-read = Der Katalog von { $registry } war nicht bis zum Ende zu lesen: { $why }. { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
} bisher bekannt; es wird wieder versucht.
catalog-unread = Der Katalog von { $registry } ist noch nicht gelesen.
catalog-first-walk = Der erste Durchgang durch den Katalog von { $registry } läuft noch: bisher { $count ->
    [one] { $count } Repository
   *[other] { $count } Repositorys
}.
