"""Deletes one tag and nothing else, on servers that can and on servers that cannot.

The steps, and what holds after each (`a` is the tag, `e` the approved manifest, `p` the
placeholder):

1. Read `a`. Gone: done. `p`: an earlier try was interrupted, go to 5. Not `e`: refuse.
2. `DELETE a` by name. A server that can, has. Only answers that say "I cannot" (400, a
   404 of the route, 405, 501, UNSUPPORTED) lead on; no, busy and silence do not.
3. Prove that the server deletes at all, with a digest made of chance. Otherwise the
   next step would destroy the tag (regclient#819).
4. Read `a` again, still `e`. PUT `p` on it, read back `p`. Its digest is its own, so
   nothing else hangs on it. From here on an error says what may be on the tag.
5. DELETE `p` by digest, wait until `a` is gone. If that fails, PUT `e` back, read it
   back and say what happened.

A crash between 4 and 5 leaves `p` on the tag; the same call again finishes. What cannot
be closed with this protocol is the instant between the reading and the PUT in step 4:
the server honours no condition on a PUT, so a push in just that instant is lost from
the tag (its manifest stays in the registry).
"""

from __future__ import annotations

import secrets

from bot.registry.answer import Answer
from bot.registry.client import TagDeletion, TagOutcome
from bot.registry.digest import Digest
from bot.registry.errors import (
    DeletionNotConfirmed,
    RegistryError,
    RegistryForbidden,
    RegistryProtocolError,
    RegistryUnauthorized,
    RegistryUnavailable,
    TargetMoved,
)
from bot.registry.failure import complaint, failure, is_registrys
from bot.registry.manifest import Manifest
from bot.registry.placeholder import EMPTY_CONFIG, image_placeholder, placeholder
from bot.registry.reference import parse_tag
from bot.registry.v2 import V2Registry
from bot.registry.writes import Writes
from bot.wording import Words

_CANNOT = frozenset({400, 405, 501})
_NOT_THERE = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN"})
_PUSHED = "; the tag was pushed again since"


class TagDeleter:
    """The algorithm above, over one registry."""

    def __init__(self, reader: V2Registry, writes: Writes) -> None:
        self._reader = reader
        self._writes = writes

    async def delete(
        self, repository: str, tag: str, *, expected: Manifest, nonce: str
    ) -> TagDeletion:
        """See `RegistryWriter.delete_tag`.

        Raises:
            ValueError: the nonce is too short to be unique.
        """
        parse_tag(tag)
        marks = (
            placeholder(repository, tag, nonce),
            image_placeholder(repository, tag, nonce),
        )
        now = await self._reader.resolve(repository, tag)
        if now is None:
            return _already_gone()
        for mark in marks:
            if now == mark.digest:
                return await self._finish(repository, tag, mark, expected)
        if now != expected.digest:
            raise self._moved(repository, tag, now, expected)
        done = await self._by_name(repository, tag, expected)
        if done is not None:
            return done
        self._must_be_restorable(repository, tag, expected)
        await self._prove_it_deletes(repository)
        now = await self._reader.resolve(repository, tag)
        if now is None:
            return _already_gone()
        if now != expected.digest:
            raise self._moved(repository, tag, now, expected)
        mark = await self._put_mark(repository, tag, marks, expected)
        now = await self._now_marked(repository, tag, mark, expected)
        if now != mark.digest:
            # Somebody pushed right behind us: theirs stays, ours goes.
            await self._discard(repository, mark)
            if now == expected.digest:
                raise self._not_taken(repository, tag)
            if now is None:
                return TagDeletion(
                    TagOutcome.DELETED, "placeholder", "gone meanwhile", mark.digest
                )
            raise self._moved(repository, tag, now, expected)
        return await self._finish(repository, tag, mark, expected)

    async def _by_name(
        self, repository: str, tag: str, expected: Manifest
    ) -> TagDeletion | None:
        """Ask for the tag's deletion by name; None when the server cannot."""
        doing = f"delete {repository}:{tag}"
        try:
            answer = await self._writes.delete(repository, tag)
        except RegistryUnavailable as error:
            if await self._now_or(error, repository, tag) is None:
                return TagDeletion(
                    TagOutcome.DELETED, "native", "no answer; read again: it is gone"
                )
            raise
        code = complaint(answer).code
        if answer.ok:
            now = await self._writes.wait_until_off(repository, tag, expected.digest)
            if now == expected.digest:
                raise self._not_confirmed(repository, tag, answer.words)
            words = answer.words + (_PUSHED if now is not None else "")
            return TagDeletion(TagOutcome.DELETED, "native", words)
        if answer.status == 404 and code in _NOT_THERE:
            now = await self._reader.resolve(repository, tag)
            if now is None:
                return _already_gone()
            raise self._not_confirmed(repository, tag, f"{answer.words} ({code})")
        refusal = failure(
            answer, registry=self._reader.name, doing=doing, deleting=True
        )
        if isinstance(refusal, RegistryForbidden | RegistryUnauthorized):
            raise refusal
        if answer.status in _CANNOT or answer.status == 404 or code == "UNSUPPORTED":
            return None
        raise refusal

    def _must_be_restorable(
        self, repository: str, tag: str, expected: Manifest
    ) -> None:
        if expected.is_schema1:
            raise RegistryProtocolError(
                f"Cannot delete {repository}:{tag} by itself: it is of the old schema "
                "1, which could not be put back if the deletion failed",
                hint="Push it again with a client of today, or delete it by digest.",
                registry=self._reader.name,
            )

    async def _prove_it_deletes(self, repository: str) -> None:
        """Ask for the deletion of what cannot exist; only a registry's 404 is proof."""
        nobody = Digest.of(secrets.token_bytes(32))
        answer = await self._writes.delete(repository, str(nobody))
        if answer.status == 404 and is_registrys(answer):
            return
        doing = f"find out whether tags of {repository} can be deleted"
        error = failure(answer, registry=self._reader.name, doing=doing, deleting=True)
        if answer.status in (404, 501) or answer.ok:
            raise RegistryProtocolError(
                f"Cannot {doing}: asked to delete what does not exist, the registry "
                f"answers {answer.words}",
                hint="The tag is as it was; delete it with the registry's own tools.",
                registry=self._reader.name,
                status=answer.status,
            )
        raise error

    async def _put_mark(
        self,
        repository: str,
        tag: str,
        marks: tuple[Manifest, Manifest],
        expected: Manifest,
    ) -> Manifest:
        """Put a placeholder on the tag, of the first form the server takes."""
        index, image = marks
        answer = await self._put_one(repository, tag, index, expected)
        if answer is None or answer.ok:
            return index
        if answer.status in (400, 415):
            await self._writes.upload(repository, EMPTY_CONFIG)
            answer = await self._put_one(repository, tag, image, expected)
            if answer is None or answer.ok:
                return image
        raise failure(
            answer,
            registry=self._reader.name,
            doing=f"prepare deleting {repository}:{tag}",
        )

    async def _put_one(
        self, repository: str, tag: str, mark: Manifest, expected: Manifest
    ) -> Answer | None:
        """PUT it; None where nobody answered and it is there all the same."""
        try:
            return await self._writes.put(repository, tag, mark)
        except (RegistryForbidden, RegistryUnauthorized):
            raise
        except RegistryError as error:
            now = await self._now_marked(repository, tag, mark, expected, error)
            if now == mark.digest:
                return None
            raise

    async def _finish(
        self, repository: str, tag: str, mark: Manifest, expected: Manifest
    ) -> TagDeletion:
        """Delete the placeholder, see the tag gone; otherwise put the tag back."""
        doing = f"delete {repository}:{tag}"
        words = "no answer; read again: it is gone"
        cause: RegistryError
        waited = False
        try:
            answer = await self._writes.delete(repository, str(mark.digest))
            words = answer.words
            if answer.ok:
                now = await self._writes.wait_until_off(repository, tag, mark.digest)
                cause = self._not_confirmed(repository, tag, words)
                waited = True
            else:
                cause = failure(
                    answer, registry=self._reader.name, doing=doing, deleting=True
                )
        except RegistryError as error:
            cause = error
        if not waited:
            now = await self._now_marked(repository, tag, mark, expected, cause)
        if now == mark.digest:
            now = await self._restore(repository, tag, mark, expected, cause)
        if now == expected.digest:
            raise cause
        words += _PUSHED if now is not None else ""
        return TagDeletion(TagOutcome.DELETED, "placeholder", words, mark.digest)

    async def _restore(
        self,
        repository: str,
        tag: str,
        mark: Manifest,
        expected: Manifest,
        cause: RegistryError,
    ) -> Digest | None:
        """Put the approved bytes back on the tag and raise what made that necessary.

        Returns:
            What the tag names where it was not needed any more: the deletion took
            effect late (None), or somebody pushed.
        """
        try:
            answer = await self._writes.put(repository, tag, expected)
            refused = "" if answer.ok else f" ({answer.words})"
        except RegistryError as error:
            refused = f" ({error.message})"
        try:
            now = await self._writes.named(
                repository, tag, mark.digest, expected.digest
            )
        except RegistryError as error:
            raise self._stranded(
                repository, tag, mark, expected, cause, f" ({error.message})"
            ) from error
        if now == mark.digest:
            raise self._stranded(repository, tag, mark, expected, cause, refused)
        if now == expected.digest:
            raise _like(cause, f"{cause.message}; the tag is back on its manifest")
        return now

    async def _now_or(
        self, error: RegistryError, repository: str, tag: str
    ) -> Digest | None:
        """Read the tag after a write nobody answered; unreadable: the write's error."""
        try:
            return await self._reader.resolve(repository, tag)
        except RegistryError as blind:
            raise error from blind

    async def _now_marked(
        self,
        repository: str,
        tag: str,
        mark: Manifest,
        expected: Manifest,
        cause: RegistryError | None = None,
    ) -> Digest | None:
        """Read the tag that the placeholder may be on.

        Raises:
            RegistryError: it cannot be read; the error says what may be on it.
        """
        try:
            return await self._writes.named(
                repository, tag, mark.digest, expected.digest
            )
        except RegistryError as blind:
            why = " (it cannot be read)"
            raise self._stranded(
                repository, tag, mark, expected, cause or blind, why
            ) from blind

    async def _discard(self, repository: str, mark: Manifest) -> None:
        """Remove our placeholder from beside somebody's push; left, it harms nobody."""
        try:
            await self._writes.delete(repository, str(mark.digest))
        except RegistryError:
            return

    def _stranded(
        self,
        repository: str,
        tag: str,
        mark: Manifest,
        expected: Manifest,
        cause: RegistryError,
        why: Words,
    ) -> RegistryError:
        error = _like(
            cause,
            f"{cause.message}. THE TAG {repository}:{tag} COULD NOT BE PUT BACK{why}: "
            f"it may name the placeholder {mark.digest} instead of {expected.digest}",
            hint="Once the registry answers, ask for its deletion again, or put "
            f"{expected.digest} back on it to keep it.",
        )
        error.stranded = True
        return error

    def _not_taken(self, repository: str, tag: str) -> RegistryProtocolError:
        return RegistryProtocolError(
            f"Cannot delete {repository}:{tag} by itself: the registry says it took "
            "what was to prepare that, and shows the tag as it was",
            hint="Look at the registry's own log for this moment.",
            registry=self._reader.name,
        )

    def _moved(
        self, repository: str, tag: str, now: Digest, expected: Manifest
    ) -> TargetMoved:
        return TargetMoved(
            f"{repository}:{tag} names {now.short} now and not the approved "
            f"{expected.digest.short}; it was left alone",
            hint="Look at it, and ask again if it should still go.",
            registry=self._reader.name,
        )

    def _not_confirmed(
        self, repository: str, tag: str, words: str
    ) -> DeletionNotConfirmed:
        return DeletionNotConfirmed(
            f"The registry answered {words} to the deletion of {repository}:{tag}, and "
            "the tag is still there",
            hint="Some registries delete later; look again in a while.",
            registry=self._reader.name,
        )


def _already_gone() -> TagDeletion:
    return TagDeletion(TagOutcome.ALREADY_GONE, "none", "it was gone already")


def _like(cause: RegistryError, message: str, *, hint: Words = "") -> RegistryError:
    """The same kind of error with more to say."""
    return type(cause)(
        message,
        hint=hint or cause.advice,
        registry=cause.registry,
        status=cause.status,
        code=cause.code,
        detail=cause.detail,
    )
