# What a browser is shown that comes back from installing the app in another workspace.

oauth-state = This installation was not begun here, or too long ago. Begin again, in this browser, at /slack/install.
oauth-cancelled = Nothing was installed.
oauth-refused = Slack did not accept this installation ({ $code }). Begin again at /slack/install.
oauth-later = Slack or the database does not answer. Begin again in a minute, at /slack/install.
oauth-done = registry-bot is installed in { $workspace }. This window can be closed.
oauth-whole-organisation = registry-bot is installed workspace by workspace, not for a whole organisation. Nothing was kept.
oauth-home = This is the bot’s own workspace, where its token is set by its operator. Nothing was kept.
oauth-not-named = This workspace is not one that slack.workspaces in the bot’s settings names. Nothing was kept.
oauth-no-token = Slack gave no bot token. Nothing was kept.
oauth-rotates = The Slack app has token rotation on, which is not supported. Nothing was kept.
oauth-scopes = Slack granted less than the bot needs. Nothing was kept.

oauth-not-installed = The app is not installed in workspace { $workspace }
oauth-unreadable = The stored token of workspace { $workspace } cannot be read
    .hint = SLACK_TOKEN_KEY lacks the key it was sealed with: put that key behind the new one, or install the app there again.
