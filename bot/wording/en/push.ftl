# How to push.

push-to = How to push to { $image }:
push-summary = How to push to { $image }: { $lines }
push-own = Put the name of your own image in place of { $local }.
push-digest = An image is pushed under a tag; its digest follows from its content
    .hint = Write { $repository }:TAG.
