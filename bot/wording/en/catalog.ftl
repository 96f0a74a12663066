# How old the catalog's knowledge is.

catalog-as-of = Catalog of { $registry } as of { $ago }.
catalog-broke-off = The last walk broke off: { $why }.
catalog-not-read = The catalog of { $registry } could not be read to its end: { $why }. { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} known so far; it is tried again.
catalog-unread = The catalog of { $registry } has not been read yet.
catalog-first-walk = The first walk through the catalog of { $registry } is still running: { $count ->
    [one] { $count } repository
   *[other] { $count } repositories
} so far.
