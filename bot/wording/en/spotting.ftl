# The shortcut that finds images in a message.

spotting-found = { $count ->
    [one] One image of our registries is named in this message:
   *[other] { $count } images of our registries are named in this message:
}
spotting-more = { $count ->
    [one] One more is named there.
   *[other] { $count } more are named there.
}
spotting-summary = { $count ->
    [one] One image is named in this message.
   *[other] { $count } images are named in this message.
}
spotting-inspect = Inspect { $name }
spotting-tags = Tags of { $name }
spotting-none = No image of our registries is named in this message.
    .hint = Found are names like { $example }, and repositories of the default registry that the catalog knows; { $search } lists them.
