# The answers of help.

guide-overview = Commands: { $commands }. { $slash } help COMMAND tells more.
guide-heading = What I can do
guide-more = More about one of them: { $help }
guide-option = Option
guide-meaning = Meaning
guide-example = For example:
guide-unknown = There is no command “{ $word }”.
guide-all = { $help } lists all commands.
