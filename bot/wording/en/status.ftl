# How each registry is, and what it can do.

status-summary = { $count ->
    [1] { $well ->
        [0] The registry is not well.
       *[other] The registry is well.
    }
   *[other] { $well } of { $count } registries { $well ->
        [one] is well.
       *[other] are well.
    }
}
status-registry = { $name }: { $state }
status-well = well
status-ill = has a problem
status-silent = does not answer
status-no-answer = { $count ->
    [one] No answer within { $count } second
   *[other] No answer within { $count } seconds
}
    .hint = It may be down or very busy: try again in a minute.
status-host = Host
status-problem = Problem
status-try = Try
status-api = API
status-credentials = Credentials
status-accepted = accepted
status-refused = refused
status-none-asked = none asked for
status-catalog = Catalog
status-warns = Warns
status-program = registry-bot { $version }
status-checkout = registry-bot of a checkout

# What a registry is able to do; "registry-bot check" prints the English ones.
ability-deletes = Delete by digest
    .no = no: deletion is off, or read-only
ability-deletes-tags = Delete by tag
    .no = no
    .placeholder = no: by a placeholder, one tag all the same
ability-referrers = Referrers
    .yes = yes, by its API
    .no = no API: by fallback tags
ability-catalog = List repositories
    .no = no
    .page = yes, { $count } on a page
ability-mounts = Mount blobs
    .no = no: copies are streamed
ability-yes = yes
ability-v1 = no: v1 has no such thing
ability-unknown = not known
ability-as-of = { $words } (as of { $ago })

api-unknown = unknown
api-also = { $words }, also { $versions }
api-on = { $words }, on { $server }
