# Listen in Seiten, und was über ihren Spalten steht.

page-shown = { $first } bis { $final } von { $counted }, Seite { $page } von { $last }.
page-by-hand = Weiter geht es mit --page N hinter dem Befehl.
page-none = Seite { $page } gibt es nicht
page-last = Die letzte Seite ist { $last }.
previous = Zurück
next = Weiter
and-more = { $shown } und noch { $rest }

column-tag = Tag
column-tags = Tags
column-digest = Digest
column-built = Gebaut
column-size = Größe
column-platform = Plattform
column-platforms = Plattformen
column-same-digest = Gleicher Digest
column-repository = Repository
column-registry = Registry
column-last-push = Letzter Push
column-manifests = Manifeste
column-total = Gesamt
column-shared = Geteilt
column-own = Eigen
column-number = Nr.
column-when = Wann
column-who = Wer
column-action = Aktion
column-what = Was
column-change = Änderung
column-outcome = Ergebnis
