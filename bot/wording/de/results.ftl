# Was sich mit einer Antwort und mit einer Zeile davon tun lässt.

sort-newest = Neueste zuerst
sort-semver = Nach Version
sort-name = Nach Name
sort-size = Größte zuerst
sort-freed = Gibt am meisten frei

filter = Filtern…
filter-title = Filtern
filter-submit = Anzeigen
filter-label = Name, Teil davon oder Muster
filter-hint = * steht für beliebige Zeichen, ? für eines: 1.4.* oder team/*. Leer zeigt alles.

share = Teilen
shared-by = { $person } teilt { $command }

as-a-file = Als Datei
file-comes = { $name }: { $count ->
    [one] { $count } Zeile
   *[other] { $count } Zeilen
}. Die Datei kommt als Direktnachricht, nur an Sie.

menu-inspect = Ansehen
menu-pull = Pull-Befehl kopieren
menu-delete = Löschen…
menu-tags = Tags
menu-usage = Belegung
menu-push = Wie man pusht

look-only-reads = Das ist kein Befehl, der nur liest

filter-not-opened = Das Fenster für den Filter ließ sich nicht öffnen
filter-not-opened-how = Noch einmal auf Filtern… drücken, oder den Filter hinter den Befehl schreiben.
