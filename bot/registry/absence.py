"""Is a tag or digest not there, or did somebody else than the registry answer 404?

"Already gone" must not come from a wrong path or a proxy's error page. The registry's
own 404 is known by its JSON or its header (`failure.is_registrys`). Some registries say
404 without either (django-oci); there the repository's list of tags is the witness: it
has to answer, to be whole, and not to name the tag. A digest is in no list; there one
of the listed tags has to be readable where the digest is not.
"""

from __future__ import annotations

from bot.registry import mediatypes, wire
from bot.registry.errors import RegistryProtocolError
from bot.registry.reference import is_tag
from bot.registry.scope import repository_scope
from bot.registry.transport import Ask, Transport


async def is_absent(transport: Transport, repository: str, reference: str) -> bool:
    """Does what the registry lists agree that this is not there?

    Args:
        transport: talks to it.
        repository: checked.
        reference: checked; a GET of it was answered with 404.

    Raises:
        RegistryError: nobody answers, or not us.
    """
    purpose = repository_scope(repository, "pull")
    limits = transport.limits
    listed = await transport.ask(
        Ask("GET", f"/v2/{repository}/tags/list", purpose, limits.tags_page_bytes)
    )
    if not listed.ok or listed.all("link"):
        return False
    try:
        document = wire.load_object(listed.body, wire.LIST)
        tags = wire.items(document, "tags", wire.LIST)
    except RegistryProtocolError:
        return False
    if "tags" not in document:
        return False
    if ":" not in reference:
        return reference not in tags
    one = next((tag for tag in tags if isinstance(tag, str) and is_tag(tag)), None)
    if one is None:
        return True
    shown = await transport.ask(
        Ask(
            "HEAD",
            f"/v2/{repository}/manifests/{one}",
            purpose,
            0,
            headers=(("Accept", mediatypes.ACCEPT_MANIFEST),),
        )
    )
    return shown.ok
