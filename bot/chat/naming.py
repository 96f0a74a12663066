"""How to type the name of something we have: for buttons, that hold whole commands.

The opposite of `chat.place`: what `name_of` says, `place.locate` finds again, and
nothing else.
"""

from __future__ import annotations

from bot.registry.client import RegistryReader
from bot.registry.connect import Registries


def name_of(
    registries: Registries, reader: RegistryReader, repository: str, reference: str = ""
) -> tuple[str, ...]:
    """The words that name something beyond doubt, as short as they can be."""
    sign = "" if not reference else "@" if ":" in reference else ":"
    name = f"{repository}{sign}{reference}"
    first, slash, _ = repository.partition("/")
    # What looks like a host in front is taken for one.
    alone = not (slash and ("." in first or first == "localhost"))
    if reader.name == registries.default.name and alone:
        return (name,)
    if registries.hosts.get(reader.host) == reader.name:
        return (f"{reader.host}/{name}",)
    return (f"{reader.host}/{name}", "--registry", reader.name)
