# Slack: what cannot be sent, asked or opened.

try-again = Try again in a minute.

slack-silent = Slack does not answer
slack-odd = Slack's answer cannot be understood
slack-refused = Slack refused a call ({ $code })
    .scope = Add the scope { $scope } to the Slack app and install it again.
    .some-scope = Add the scope it asks for to the Slack app and install it again.
    .token = Check SLACK_BOT_TOKEN, and that the app is still installed.
    .invite = Invite the bot to the channel.
    .archived = The channel is archived; set another one in approvals.channel.
    .limited = Slack limits how often we may call; try again in a minute.
slack-limited = Slack limits how often we may call
slack-no-team = Slack does not say which workspace we are in
slack-odd-person = Slack's answer about a person cannot be understood
slack-group-unreadable = The members of user group { $group } cannot be read
    .code = The members of user group { $group } cannot be read ({ $code })
    .hint = Check the group's id in the settings.
slack-file-not-sent = The file { $name } could not be sent
slack-no-window = The window asking for a reason could not be opened
    .hint = Press { card-reject } again, or type `{ $command }`.
slack-busy = registry-bot has too much to do right now. Try again in a minute.
slack-working = Still working on it.
slack-working-note = Still working on it; the answer follows here.
slack-other-command = This bot answers to { $command }; slack.command in its settings has to be the command's name in the Slack app.
slack-no-socket = Socket Mode is not connected
    .hint = Check SLACK_APP_TOKEN and that Socket Mode is on for the app.
