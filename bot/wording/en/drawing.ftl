# What a drawing adds of its own: what did not fit, and what is on buttons that ask.

text-rest = … and { $count ->
    [one] { $count } more line
   *[other] { $count } more lines
}.
shortened-lines = Shortened: { $count ->
    [one] { $count } line
   *[other] { $count } lines
} did not fit into a Slack message.
shortened-buttons = Left out: { $count ->
    [one] { $count } button
   *[other] { $count } buttons
}.
shortened-menus = Rows without a menu are too long or too many for one: type inspect or tags and the name.
button-back = Back
