"""Carries out one approved removal: a tag alone, a manifest with its tags, a v1 entry.

The `execute` of every command that removes something.
"""

from __future__ import annotations

from bot.chat.command import Step, StepResult
from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.errors import RepositoryUnknown
from bot.registry.removal import ALREADY_GONE, DELETED, remove_manifest, remove_tag


async def execute(
    reader: RegistryReader, writer: RegistryWriter, step: Step
) -> StepResult:
    """Remove the target, if it still is what was approved, and nothing else.

    Raises:
        TargetMoved: it is not, or what is to stay hangs on it by now.
        RegistryError: it could not be removed; see `registry.removal`.
    """
    target = step.target
    if target.tag:
        tag = await remove_tag(
            reader,
            writer,
            repository=target.repository,
            tag=target.tag,
            manifest=step.manifest,
            nonce=step.nonce,
            kept=step.kept,
        )
        return StepResult(tag.outcome, tag.answer, tag.learned)
    if target.digest:
        assert step.bystanders is not None, "the worker gives them with a manifest"
        manifest = await remove_manifest(
            reader,
            writer,
            repository=target.repository,
            manifest=step.manifest,
            bystanders=step.bystanders,
        )
        return StepResult(manifest.outcome, manifest.answer)
    try:
        answer = await writer.delete_repository(target.repository)
    except RepositoryUnknown as error:
        return StepResult(ALREADY_GONE, str(error.status or ""))
    return StepResult(DELETED, answer)
