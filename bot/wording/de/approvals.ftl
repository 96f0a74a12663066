# Wer was darf, was geschützt ist, und warum ein Schritt eines Antrags abgelehnt wird.

policy-glob = Ein Muster ist ein Glob: *, ?, [abc], [a-z] oder [!a].
policy-setting-unreadable = Die Einstellung { $setting } ist unlesbar: { $problem }
policy-rule-unreadable = { $rule } ist unlesbar: { $problem }

policy-different-rules = Für die Repositorys gelten verschiedene Regeln ({ $first }; { $second })
    .hint = Die Repositorys jeder Regel für sich beantragen.
policy-take-along = Es würde { $what } mitnehmen: { $why }
policy-break = Es würde { $what } beschädigen: { $why }
policy-glass-reason = Break-Glass braucht einen Grund
    .hint = --reason TEXT angeben; er wird bekannt gegeben und protokolliert.
policy-reason = Hier ist ein Grund nötig
    .hint = --reason TEXT angeben.
policy-no-approvers = Niemand kann das genehmigen: Es sind keine Genehmigenden eingestellt
    .hint = { $setting } auf IDs von Slack-Mitgliedern und Nutzergruppen setzen.
policy-too-few = Das könnte nie genehmigt werden: Nötig { $required ->
    [one] ist { $required } Genehmigung
   *[other] sind { $required } Genehmigungen
}, und genehmigen { $own ->
    [yes] { $count ->
        [0] darf sonst niemand
        [one] darf sonst nur { $count } Person
       *[other] dürfen sonst nur { $count } Personen
    }
   *[no] { $count ->
        [0] darf niemand
        [one] darf nur { $count } Person
       *[other] dürfen nur { $count } Personen
    }
}
    .hint = Mehr Mitglieder oder eine Nutzergruppe in { $approvers } nennen{ $count ->
        [0] .
       *[other] , oder { $required } senken.
    }
    .own = Die eigene Genehmigung zählt nicht ({ $own }). Mehr Mitglieder oder eine Nutzergruppe in { $approvers } nennen{ $count ->
        [0] .
       *[other] , oder { $required } senken.
    }

protected = { $what } ist geschützt ({ $setting }: { $pattern })
    .short = geschützt ({ $setting }: { $pattern })
    .hint = Geschützte Namen stehen unter [protect].
protected-broken = { $what } gilt als geschützt, weil eine Regel kaputt ist: { $problem }
    .short = gilt als geschützt, weil eine Regel kaputt ist: { $problem }

review-not-member = Keine Entscheidung über { $id } möglich: { $why }
    .hint = Das können Genehmigende, die volle Mitglieder des Workspace sind.
review-own = { $id } ist ein eigener Antrag; entscheiden muss jemand anderes
    .hint = „Zurückziehen“ nimmt einen eigenen Antrag zurück.
review-no-approver = { $id } können nur die Genehmigenden entscheiden
    .hint = Die Karte nennt sie; die Regel ist { $rule }.
review-twice = Über { $id } schon entschieden
    .hint = Es braucht noch die Genehmigung von jemand anderem.

use-not-allowed = Dieser Befehl ist hier nicht erlaubt
    .why = Dieser Befehl ist hier nicht erlaubt: { $why }
    .hint = access.use sagt, wer ihn nutzen darf.

member-not-full = kein volles Mitglied dieses Workspace
member-unknown = in diesem Workspace unbekannt
member-deactivated = deaktiviertes Konto
member-bot = ein Bot
member-guest = Gastkonto
member-other-organisation = aus einer anderen Organisation
member-other-workspace = aus einem anderen Workspace

glass-not-allowed = Break-Glass ist hier nicht erlaubt
    .hint = approvals.break_glass nennt, wer es darf.
freeze-not-allowed = { $command } dürfen nur Genehmigende
    .hint = approvals.approvers und die Regeln nennen sie.
freeze-already = Änderungen sind schon angehalten
    .hint = Der genannte Grund war: { $reason }.
freeze-none = Nichts ist angehalten

request-unknown = Es gibt keinen Antrag { $id }
    .hint = `requests` listet, was wartet.
request-not-yours = { $id } ist kein eigener Antrag
    .hint = Genehmigende können ihn ablehnen.
request-being-undone = { $other } nimmt { $id } schon zurück
    .hint = Die Karte zeigt, wie es weitergeht.
request-changed = { $id } wurde gerade von jemand anderem verändert
request-decided = { $id } wurde schon { $how ->
    [rejected] abgelehnt
    [cancelled] zurückgezogen
    [expired] beendet, die Frist ist abgelaufen
   *[approved] genehmigt
}{ $by ->
    [nobody] { "" }
   *[other] { " " }von { $by }
}{ $when ->
    [unknown] { "" }
   *[other] { $when }
}
    .hint = Die Karte zeigt, wo er steht.
    .on = { " " }am { $date } um { $time } UTC
    .shown = , { $when }

drift-gone = { $what } ist inzwischen weg
drift-moved = { $what } zeigt inzwischen auf { $digest }
