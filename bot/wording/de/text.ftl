# Zahlen, Zeitspannen (im Dativ: vor, in) und Listen.

span-seconds = { $count ->
    [one] { $count } Sekunde
   *[other] { $count } Sekunden
}
span-minutes = { $count ->
    [one] { $count } Minute
   *[other] { $count } Minuten
}
span-hours = { $count ->
    [one] { $count } Stunde
   *[other] { $count } Stunden
}
span-days = { $count ->
    [one] { $count } Tag
   *[other] { $count } Tagen
}
span-months = { $count ->
    [one] { $count } Monat
   *[other] { $count } Monaten
}
span-years = { $count ->
    [one] { $count } Jahr
   *[other] { $count } Jahren
}
ago-now = gerade eben
ago-past = vor { $span }
ago-future = in { $span }

list-and-more = { $shown } und noch { $rest }
list-comma = { $first }, { $rest }
list-or = { $names } oder { $last }
did-you-mean = Meinten Sie { $names }?
