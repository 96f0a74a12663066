# Die Antworten von help.

guide-overview = Befehle: { $commands }. { $slash } help COMMAND sagt mehr.
guide-heading = Was ich kann
guide-more = Mehr zu einem davon: { $help }
guide-example = Zum Beispiel:
guide-unknown = Es gibt keinen Befehl „{ $word }“.
guide-all = { $help } listet alle Befehle auf.

guide-you = Erlaubt ist
guide-may-ask = alles finden und lesen, und Änderungen beantragen
guide-approve = Anträge genehmigen
guide-approves = ja, wo eine Regel das vorsieht; requests zeigt, was wartet
guide-approves-not = nein: nicht unter den Genehmigenden
guide-glass = Break-Glass (im Notfall ohne Genehmigung)
guide-breaks = ja: --break-glass mit Grund, wird bekannt gegeben und protokolliert
guide-breaks-not = nein
guide-unknown-now = lässt sich gerade nicht feststellen
guide-registries = Registrys
guide-default = { $host } (Standard)
