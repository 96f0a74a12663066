# `registry-bot demo --web`: the terminal it is started in, and the first message on its page.

local-machine = The local page is a program for Linux on x86-64; this is { $system }
local-terminal = `registry-bot demo` plays the same in this terminal.
local-npm = The local page needs npm, which would fetch it once, and npm is missing
    .hint = On Debian: apt-get install npm. Or without a page, in this terminal: registry-bot demo.
local-cache = The local page cannot be kept in { $folder }: { $why }
    .hint = XDG_CACHE_HOME names another folder. Or without a page, in this terminal: registry-bot demo.
local-fetch = npm could not fetch { $package }: { $words }
local-other = What npm brought for { $package } is not the program it should be, and was not run
local-start = The local page did not start: { $words }
local-socket = The bot did not connect to the local page
local-ended = The local page ended by itself
local-instead = Enter goes on in this terminal; Ctrl-C leaves.
local-fetching = Looking for the local page; the first time npm fetches it (35 MB) …
local-open = The page is at { $url }
local-leave = Everything on it is gone when this ends. Ctrl-C ends it.
local-gone = Ended; nothing is left running.

local-welcome = This is a sample registry. Alice asks, Bob or Carol approve; nothing here is real.
local-try = To try: type one of these below.
local-act = Then choose Bob at the top right (“Act as”), open { $channel }, and press Approve.
local-undo = Undo on the card takes it back.
