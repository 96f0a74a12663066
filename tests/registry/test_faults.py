"""Each fault through each operation; what must hold is written down in `trials`."""

from __future__ import annotations

import pytest

from bot.registry.client import RegistryReader, RegistryWriter
from bot.registry.v2 import V2Registry
from bot.registry.writer import V2Writer
from tests.registry.faults import ALIKE, FAULTS
from tests.registry.faulty import Fault
from tests.registry.logins import LOGINS
from tests.registry.operations import READS, WRITES, Operation, methods
from tests.registry.trials import complaints, honest, strikes

GROUPS = {**FAULTS, **LOGINS}


def test_every_operation_of_the_doors_is_driven() -> None:
    assert methods(RegistryReader) == {each.name for each in READS}
    assert methods(RegistryWriter) == {each.name for each in WRITES}


def test_every_operation_of_the_doors_is_there() -> None:
    assert methods(RegistryReader) <= set(dir(V2Registry))
    assert methods(RegistryWriter) <= set(dir(V2Writer))


def test_faults_have_names_of_their_own() -> None:
    names = [fault.name for group in GROUPS.values() for fault in group]
    assert len(names) == len(set(names))
    assert set(names) >= ALIKE


@pytest.mark.parametrize("operation", [*READS, *WRITES], ids=str)
def test_an_honest_registry_gives_what_is_wanted(operation: Operation) -> None:
    """The measure for everything else; v2 keeps no record of a repository."""
    error = honest(operation).ended.error
    assert (error is None) == (not operation.name.endswith("e_repository")), error


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("operation", [*READS, *WRITES], ids=str)
def test_faults(operation: Operation, group: str) -> None:
    faults: tuple[Fault, ...] = GROUPS[group]
    found = [
        each
        for fault in faults
        for first, last in strikes(operation, fault)
        for each in complaints(operation, fault, first, last)
    ]
    assert not found, "\n".join(found[:40])
