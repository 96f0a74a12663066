# `registry-bot demo --web`: das Terminal, in dem es läuft, und die erste Nachricht auf der Seite.

local-machine = Die lokale Seite ist ein Programm für Linux auf x86-64; das hier ist { $system }
local-terminal = `registry-bot demo` spielt dasselbe in diesem Terminal.
local-npm = Die lokale Seite braucht npm, das sie einmal holt, und npm fehlt
    .hint = Unter Debian: apt-get install npm. Oder ohne Seite, in diesem Terminal: registry-bot demo.
local-cache = Die lokale Seite lässt sich nicht in { $folder } aufbewahren: { $why }
    .hint = XDG_CACHE_HOME nennt einen anderen Ordner. Oder ohne Seite, in diesem Terminal: registry-bot demo.
local-fetch = npm konnte { $package } nicht holen: { $words }
local-other = Was npm für { $package } gebracht hat, ist nicht das erwartete Programm und wurde nicht gestartet
local-start = Die lokale Seite ist nicht gestartet: { $words }
local-socket = Der Bot hat sich nicht mit der lokalen Seite verbunden
local-ended = Die lokale Seite hat sich von selbst beendet
local-instead = Enter: weiter in diesem Terminal; Strg-C: Ende.
local-fetching = Die lokale Seite wird gesucht; beim ersten Mal holt npm sie (35 MB) …
local-open = Die Seite: { $url }
local-leave = Alles darauf ist weg, wenn das hier endet. Strg-C beendet es.
local-gone = Beendet; nichts läuft weiter.

local-welcome = Das ist eine Beispiel-Registry. Alice fragt, Bob oder Carol genehmigen; nichts hier ist echt.
local-try = Zum Ausprobieren: eines davon unten eingeben.
local-act = Dann oben rechts („Act as“) Bob wählen, { $channel } öffnen und auf „Genehmigen“ drücken.
local-undo = „Zurücknehmen“ auf der Karte nimmt es zurück.
