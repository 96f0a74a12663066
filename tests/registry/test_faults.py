"""Each fault through each operation; what must hold is written down in `trials`."""

from __future__ import annotations

import pytest

from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.errors import NotInThisApi
from bot.registry.v1 import V1Registry
from bot.registry.v1_writer import V1Writer
from bot.registry.v2 import V2Registry
from bot.registry.writer import V2Writer
from tests.registry.faults import ALIKE, FAULTS
from tests.registry.faulty import Fault
from tests.registry.logins import LOGINS
from tests.registry.operations import READS, WRITES, Operation, methods
from tests.registry.operations_v1 import V1_READS, V1_WRITES
from tests.registry.trials import complaints, honest, strikes

pytestmark = pytest.mark.unwatched
"""Thousands of times the same lines, which others cover; watching them takes long."""

NOT_THERE = {
    *("delete_repository", "restore_repository"),
    *("blob_chunks-v1", "delete_manifest-v1"),
}
GROUPS = {**FAULTS, **LOGINS}
OPERATIONS = [*READS, *WRITES, *V1_READS, *V1_WRITES]


@pytest.mark.parametrize(
    ("reads", "writes"), [(READS, WRITES), (V1_READS, V1_WRITES)], ids=["v2", "v1"]
)
def test_every_operation_of_the_doors_is_driven(
    reads: tuple[Operation, ...], writes: tuple[Operation, ...]
) -> None:
    assert methods(RegistryReader) == {each.name for each in reads}
    assert methods(RegistryWriter) == {each.name for each in writes}


def test_every_operation_of_the_doors_is_there() -> None:
    for reader, writer in ((V2Registry, V2Writer), (V1Registry, V1Writer)):
        assert methods(RegistryReader) <= set(dir(reader))
        assert methods(RegistryWriter) <= set(dir(writer))


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for group in GROUPS.values() for fault in group]
    assert len(names) == len(set(names))
    assert set(names) >= ALIKE


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_an_honest_registry_gives_what_is_wanted(operation: Operation) -> None:
    """The measure for everything else; what an API does not have, it says."""
    error = honest(operation).ended.error
    assert error is None or isinstance(error, NotInThisApi)
    assert (error is None) == (str(operation) not in NOT_THERE)


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_faults(operation: Operation, group: str) -> None:
    faults: tuple[Fault, ...] = GROUPS[group]
    found = [
        each
        for fault in faults
        for first, last in strikes(operation, fault)
        for each in complaints(operation, fault, first, last)
    ]
    assert not found, "\n".join(found[:40])
