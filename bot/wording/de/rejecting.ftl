# Das Formular von Ablehnen.

reject-title = { $id } ablehnen
reject-submit = Ablehnen
reject-back = Zurück
reject-reason = Grund
    .hint = Steht auf der Karte, geht an die antragstellende Person und ins Protokoll.
reject-reason-needed = Ein Grund ist nötig.
reject-reason-long = Höchstens { $most } Zeichen.
