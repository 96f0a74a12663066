"""Finds references to images in what people wrote, for the shortcut on a message.

Pure. Two kinds of words count, and no other, so that prose offers nothing:

- one with the host of a configured registry in front, whether or not we know the rest;
- one without a host whose repository the catalog knows. A single word without a tag or
  digest (`the api is down`) counts only where it is written as code.

Whatever stands around a reference is left aside: quotes, brackets, commas, the scheme
of a link, the stop of a sentence, the path of the registry's own API.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from bot.chat.phrase import phrase
from bot.chat.reply import (
    Button,
    Buttons,
    Code,
    Listing,
    Note,
    Paragraph,
    Press,
    Reply,
    line,
)
from bot.chat.text import shorten, visible
from bot.chat.words import join
from bot.errors import UsageError
from bot.registry.reference import Reference, parse_reference
from bot.wording import say

MAX_TEXT = 100_000
"""Characters that are read; a message has at most 40,000, and its attachments more."""
MAX_WORDS = 1000
"""Different words that are looked at."""
MAX_OFFERED = 10
"""Images that are offered; more would be a list nobody reads."""
LABEL = 60
"""Characters of a name on a button."""

_AROUND = re.compile(r"[\s\"'`“”„‟«»‘’‚‛()\[\]{}<>,;|=\\*]+")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}://", re.IGNORECASE)
_API = re.compile(r"v2/(?P<name>.+)/(?:manifests|blobs|tags)/(?P<reference>[^/]+)")
_EDGES = "_~.:!?…·•-–—#&/@"


@dataclass(frozen=True)
class Fragment:
    """A piece of a message.

    Attributes:
        code: written as code.
    """

    text: str
    code: bool = False


@dataclass(frozen=True)
class Candidate:
    """A word that is a reference if it is one of our registries'.

    Attributes:
        code: written as code somewhere.
    """

    reference: Reference
    code: bool = False

    @property
    def sure(self) -> bool:
        """It names one of our registries."""
        return self.reference.host is not None

    @property
    def bare(self) -> bool:
        """A single word, which prose is full of."""
        reference = self.reference
        named = reference.tag is not None or reference.digest is not None
        return not named and "/" not in reference.repository


def candidates(
    fragments: Iterable[Fragment], hosts: Collection[str]
) -> tuple[Candidate, ...]:
    """The words that may be references, each once, in the order they stand there."""
    found: dict[str, Candidate] = {}
    seen: set[tuple[str, bool]] = set()
    for word, code in _words(fragments):
        if (word, code) in seen:
            continue
        seen.add((word, code))
        if len(seen) > MAX_WORDS:
            break
        reference = _read(word, hosts)
        if reference is None:
            continue
        known = found.get(str(reference))
        if known is None or (code and not known.code):
            found[str(reference)] = Candidate(reference, code)
    return tuple(found.values())


def spotted(
    found: Iterable[Candidate], known: Collection[str]
) -> tuple[Reference, ...]:
    """Those that are images of ours.

    Args:
        found: all candidates.
        known: repositories that the default registry is known to have.
    """
    return tuple(
        each.reference
        for each in found
        if each.sure
        or (each.reference.repository in known and (each.code or not each.bare))
    )


def offered(images: tuple[Reference, ...], hosts: Collection[str], slash: str) -> Reply:
    """What whoever chose the shortcut is offered."""
    if not images:
        return _nothing(hosts, slash)
    count = len(images)
    shown = images[:MAX_OFFERED]
    left = Note(phrase("spotting-more", count=count - MAX_OFFERED))
    return Reply(
        summary=say("spotting-summary", count=count),
        parts=(
            Paragraph(phrase("spotting-found", count=count)),
            Listing(tuple(line(Code(str(each))) for each in shown)),
            *((left,) if count > MAX_OFFERED else ()),
            Buttons(tuple(_button(each) for each in shown)),
        ),
    )


def _button(image: Reference) -> Button:
    if image.tag is None and image.digest is None:
        name = shorten(image.repository, LABEL)
        return Button(
            say("spotting-tags", name=name), Press.SHOW, join(["tags", str(image)])
        )
    short = shorten(str(Reference(None, image.repository, image.tag)), LABEL)
    label = say("spotting-inspect", name=short)
    return Button(label, Press.SHOW, join(["inspect", str(image)]))


def _nothing(hosts: Collection[str], slash: str) -> Reply:
    said = say("spotting-none")
    example = f"{next(iter(hosts), 'docker.example.com')}/team/app:1.4.2"
    hint = phrase(
        "spotting-none.hint", example=Code(example), search=Code(f"{slash} search")
    )
    return Reply(summary=said, parts=(Paragraph(line(said)), Note(hint)))


def _words(fragments: Iterable[Fragment]) -> Iterator[tuple[str, bool]]:
    left = MAX_TEXT
    for fragment in fragments:
        text = visible(fragment.text[:left])
        left -= len(text)
        for word in _AROUND.split(text):
            word = _SCHEME.sub("", word, count=1).strip(_EDGES)
            if word:
                yield word, fragment.code
        if left <= 0:
            return


def _read(word: str, hosts: Collection[str]) -> Reference | None:
    """The reference a word is, of one of our registries or without a host."""
    host, slash, path = word.partition("/")
    ours = {each.lower(): each for each in hosts}
    if slash and host.lower() in ours:
        path = re.split(r"[?#]", path, maxsplit=1)[0]
        if asked := _API.fullmatch(path):
            digest = ":" in asked["reference"]
            path = f"{asked['name']}{'@' if digest else ':'}{asked['reference']}"
        word = f"{ours[host.lower()]}/{path}"
    try:
        reference = parse_reference(word, hosts=hosts)
    except UsageError:
        return None
    if reference.host is not None and reference.host not in hosts:
        return None
    return reference
