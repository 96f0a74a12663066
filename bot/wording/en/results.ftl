# What can be done with an answer, and with a row of it.

sort-newest = Newest first
sort-semver = By version
sort-name = By name
sort-size = Largest first
sort-freed = Frees most first

filter = Filter…
filter-title = Filter
filter-submit = Show
filter-label = Name, part of one, or glob
filter-hint = * stands for any characters, ? for one: 1.4.* or team/*. Empty shows all.

share = Share
shared-by = { $person } shares { $command }

as-a-file = As a file
file-comes = { $name }: { $count ->
    [one] { $count } line
   *[other] { $count } lines
}. The file comes as a direct message, to you alone.

menu-inspect = Inspect
menu-pull = Copy pull command
menu-delete = Delete…
menu-tags = Tags
menu-usage = Usage
menu-push = How to push

look-only-reads = That is no command that only reads

filter-not-opened = The window asking for a filter could not be opened
filter-not-opened-how = Press Filter… again, or type the filter behind the command.
