# The answers of help.

guide-overview = Commands: { $commands }. { $slash } help COMMAND tells more.
guide-heading = What I can do
guide-more = More about one of them: { $help }
guide-example = For example:
guide-unknown = There is no command “{ $word }”.
guide-all = { $help } lists all commands.

guide-you = You may
guide-may-ask = find and read everything, and ask for changes
guide-approve = Approve requests
guide-approves = yes, where a rule names you; requests shows what waits
guide-approves-not = no: you are not among the approvers
guide-glass = Break the glass
guide-breaks = yes: --break-glass with a reason, announced and recorded
guide-breaks-not = no
guide-unknown-now = cannot be found out just now
guide-registries = Registries
guide-default = { $host } (the default)
