# Slack: was nicht gesendet, gefragt oder geöffnet werden kann.

try-again = In einer Minute noch einmal versuchen.

slack-silent = Slack antwortet nicht
slack-odd = Die Antwort von Slack ist unverständlich
slack-refused = Slack hat einen Aufruf abgelehnt ({ $code })
    .scope = Der Slack-App den Scope { $scope } geben und sie neu installieren.
    .some-scope = Der Slack-App den verlangten Scope geben und sie neu installieren.
    .token = SLACK_BOT_TOKEN prüfen, und ob die App noch installiert ist.
    .invite = Den Bot in den Kanal einladen.
    .archived = Der Kanal ist archiviert; in approvals.channel einen anderen einstellen.
    .limited = Slack begrenzt, wie oft gefragt werden darf; in einer Minute noch einmal versuchen.
slack-limited = Slack begrenzt, wie oft gefragt werden darf
slack-no-team = Slack sagt nicht, in welchem Workspace wir sind
slack-odd-person = Die Antwort von Slack über eine Person ist unverständlich
slack-group-unreadable = Die Mitglieder der Nutzergruppe { $group } sind nicht lesbar
    .code = Die Mitglieder der Nutzergruppe { $group } sind nicht lesbar ({ $code })
    .hint = Die ID der Gruppe in den Einstellungen prüfen.
slack-file-not-sent = Die Datei { $name } konnte nicht gesendet werden
slack-no-window = Das Fenster für den Grund ließ sich nicht öffnen
    .hint = Noch einmal „{ card-reject }“ drücken, oder `{ $command }` eingeben.
slack-busy = registry-bot hat gerade zu viel zu tun. In einer Minute noch einmal versuchen.
slack-working = Es dauert noch.
slack-working-note = Es dauert noch; die Antwort folgt hier.
slack-other-command = Dieser Bot hört auf { $command }; slack.command in seinen Einstellungen muss der Name des Befehls in der Slack-App sein.
slack-no-socket = Socket Mode ist nicht verbunden
    .hint = SLACK_APP_TOKEN prüfen, und ob Socket Mode für die App eingeschaltet ist.
