# Was ein Browser sieht, der vom Installieren der App in einem anderen Workspace zurückkommt.

oauth-state = Diese Installation wurde nicht hier begonnen, oder vor zu langer Zeit. Bitte neu beginnen, in diesem Browser, unter /slack/install.
oauth-cancelled = Es wurde nichts installiert.
oauth-refused = Slack hat diese Installation nicht angenommen ({ $code }). Bitte neu beginnen, unter /slack/install.
oauth-later = Slack oder die Datenbank antwortet nicht. Bitte in einer Minute neu beginnen, unter /slack/install.
oauth-done = registry-bot ist in { $workspace } installiert. Dieses Fenster kann geschlossen werden.
oauth-whole-organisation = registry-bot wird in einzelnen Workspaces installiert, nicht für eine ganze Organisation. Nichts wurde aufbewahrt.
oauth-home = Das ist der eigene Workspace des Bots; dessen Token setzt, wer ihn betreibt. Nichts wurde aufbewahrt.
oauth-not-named = Dieser Workspace steht nicht unter slack.workspaces in den Einstellungen des Bots. Nichts wurde aufbewahrt.
oauth-no-token = Slack hat kein Bot-Token gegeben. Nichts wurde aufbewahrt.
oauth-rotates = Für die Slack-App ist Token-Rotation eingeschaltet, die nicht unterstützt wird. Nichts wurde aufbewahrt.
oauth-scopes = Slack hat weniger erlaubt, als der Bot braucht. Nichts wurde aufbewahrt.

oauth-not-installed = Die App ist im Workspace { $workspace } nicht installiert
oauth-unreadable = Das gespeicherte Token des Workspace { $workspace } lässt sich nicht lesen
    .hint = SLACK_TOKEN_KEY fehlt der Schlüssel, mit dem es versiegelt wurde: diesen hinter den neuen stellen, oder die App dort neu installieren.
