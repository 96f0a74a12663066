# Was beim Zeichnen dazukommt: was nicht passte, und was auf fragenden Knöpfen steht.

text-rest = … und { $count ->
    [one] { $count } weitere Zeile
   *[other] { $count } weitere Zeilen
}.
shortened-lines = Gekürzt: { $count ->
    [one] { $count } Zeile passte
   *[other] { $count } Zeilen passten
} nicht in eine Slack-Nachricht.
shortened-buttons = Weggelassen: { $count ->
    [one] { $count } Knopf
   *[other] { $count } Knöpfe
}.
shortened-menus = Zeilen ohne Menü sind dafür zu lang oder zu viele: inspect oder tags und den Namen eingeben.
button-back = Zurück
