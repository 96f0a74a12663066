# delete: what of a repository, and what there is to know.

delete-last-tag = No other tag is on this digest: the manifest stays in the registry without a tag, until garbage collection with --delete-untagged removes it.
delete-frees-nothing = It frees nothing: the manifest stays, with its other tags.
delete-whole = The whole repository goes: every tag it has now.
delete-v1 = A v1 registry keeps the images themselves: deleting frees nothing there.
delete-ways = delete { $repository }:{ $tag } removes one tag, delete { $repository }@{ $digest } a manifest with every tag on it, and delete { $repository } --repository all of the repository.
delete-repository-alone = --repository is for a repository alone, without a tag or digest
delete-tag-and-digest = This names a tag and a digest of { $repository }, and I never guess
delete-what-of-it = delete { $repository } does not say what of it, and I never guess
delete-many-tags = The repository has { $count } tags, too many to find out which are on the same digest: they all stay.
delete-v1-image = A v1 registry deletes tags and repositories, but no images
    .hint = Delete its tags: `delete { $repository }:TAG`.
delete-by-sha256 = A manifest is deleted by its sha256 digest
    .hint = Write `delete { $repository }@{ $digest }`.
delete-nothing-there = { $repository } holds nothing that could be deleted
    .hint = No tag is left in it, and the bot knows of no manifest.
delete-unreadable = { $count ->
    [one] { $count } manifest
   *[other] { $count } manifests
} with its tags cannot be read by the bot, and stays.
delete-too-many = { $repository } holds { $count } tags and manifests, and one change removes { $most } at most
    .hint = Remove a part of it first: `prune { $repository } --match GLOB`.
