# Die Verknüpfung, die Images in einer Nachricht findet.

spotting-found = { $count ->
    [one] In dieser Nachricht steht ein Image unserer Registrys:
   *[other] In dieser Nachricht stehen { $count } Images unserer Registrys:
}
spotting-more = { $count ->
    [one] Dort steht noch eines.
   *[other] Dort stehen noch { $count }.
}
spotting-summary = { $count ->
    [one] In dieser Nachricht steht ein Image.
   *[other] In dieser Nachricht stehen { $count } Images.
}
spotting-inspect = { $name } ansehen
spotting-tags = Tags von { $name }
spotting-none = In dieser Nachricht steht kein Image unserer Registrys.
    .hint = Gefunden werden Namen wie { $example } und Repositorys der Standard-Registry, die der Katalog kennt; { $search } listet sie auf.
