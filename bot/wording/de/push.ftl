# Wie gepusht wird.

push-to = So wird nach { $image } gepusht:
push-summary = So wird nach { $image } gepusht: { $lines }
push-own = An der Stelle von { $local } steht der Name des eigenen Images.
push-digest = Ein Image wird unter einem Tag gepusht; sein Digest folgt aus dem Inhalt
    .hint = { $repository }:TAG schreiben.
