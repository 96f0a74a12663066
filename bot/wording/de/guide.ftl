# Die Antworten von help.

guide-overview = Befehle: { $commands }. { $slash } help COMMAND sagt mehr.
guide-heading = Was ich kann
guide-more = Mehr zu einem davon: { $help }
guide-option = Option
guide-meaning = Bedeutung
guide-example = Zum Beispiel:
guide-unknown = Es gibt keinen Befehl „{ $word }“.
guide-all = { $help } listet alle Befehle auf.
