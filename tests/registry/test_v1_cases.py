"""All 108 requests that were recorded from the original v1 server, one by one.

Each has a fate in `FATES`: the client sends just this request and makes of the answer
what it should; or it never does, for the reason given. This is the test of the v1 API
where Python 2.7, and with it the server, is missing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.errors import UsageError
from bot.registry import v1_lists
from bot.registry.auto import AutoRegistry
from bot.registry.client import Support, TagOutcome
from bot.registry.connect import RegistryPair
from bot.registry.digest import IMAGE_ID, Digest
from bot.registry.errors import BlobUnknown, ManifestUnknown, RepositoryUnknown
from bot.registry.manifest import Manifest, parse_manifest
from bot.registry.mediatypes import V1_IMAGE, V1_REPOSITORY
from bot.registry.reference import is_repository
from tests.registry.cases import group
from tests.registry.v1_recording import Pair, Recording, pairs

Check = Callable[[RegistryPair, Pair], Awaitable[None]]


@dataclass(frozen=True)
class Never:
    """The client does not send this."""

    why: str


def manifest_of(image: str) -> Manifest:
    """The least a tag can be put back with: the id."""
    body = f'{{"id": "{image}", "ancestry": []}}'.encode()
    return parse_manifest(body, V1_IMAGE)


def repository_of(pair: Pair) -> str:
    """What stands behind `/v1/repositories/` and before a route."""
    path = pair.path.removeprefix("/v1/repositories/").rstrip("/")
    for route in ("/tags", "/images"):
        path = path.partition(route)[0]
    return path


def names_in(pair: Pair) -> list[str]:
    """A search's repositories; docker takes no capitals, and neither do references."""
    names = (each["name"].replace("%2F", "/") for each in pair.json["results"])
    return sorted(filter(is_repository, names))


def tag_of(pair: Pair) -> str:
    return pair.path.partition("/tags/")[2]


async def looks(doors: RegistryPair, _pair: Pair) -> None:
    health = await doors.reader.health()
    assert (health.reachable, health.api, health.problem) == (True, "v1", "")
    assert health.authenticated is Support.UNKNOWN
    assert health.catalog is Support.YES
    assert health.deletes_tags is Support.YES
    assert health.deletes is Support.NO


async def finds_out(doors: RegistryPair, _pair: Pair) -> None:
    assert isinstance(doors.reader, AutoRegistry)
    assert await doors.reader.find() == "v1"


async def walks(doors: RegistryPair, pair: Pair) -> None:
    pages = [page async for page in doors.reader.catalog()]
    assert [name for page in pages for name in page] == names_in(pair)


async def lists_tags(doors: RegistryPair, pair: Pair) -> None:
    repository = repository_of(pair)
    if pair.given[0] == 404:
        with pytest.raises(RepositoryUnknown):
            await doors.reader.tags(repository)
        return
    named = pair.json
    assert await doors.reader.tags(repository) == tuple(sorted(named))
    for image in set(named.values()):
        expected = tuple(sorted(tag for tag in named if named[tag] == image))
        digest = Digest(IMAGE_ID, image)
        assert await doors.reader.tags_of_digest(repository, digest) == expected


async def resolves(doors: RegistryPair, pair: Pair) -> None:
    expected = Digest(IMAGE_ID, pair.json) if pair.given[0] == 200 else None
    found = await doors.reader.resolve(repository_of(pair), tag_of(pair))
    assert found == expected


async def reads_record(doors: RegistryPair, pair: Pair) -> None:
    repository = repository_of(pair)
    if pair.given[0] == 404:
        with pytest.raises(RepositoryUnknown):
            await doors.reader.repository_record(repository)
        return
    record = await doors.reader.repository_record(repository)
    assert record is not None
    assert record.body == pair.given[2]
    assert parse_manifest(record.body, record.media_type) == record
    ids = {each["id"] for each in pair.json}
    assert set(v1_lists.parse_images(record.body)) == ids


async def reads_image(doors: RegistryPair, pair: Pair) -> None:
    image = pair.path.split("/")[3]
    reference = f"{IMAGE_ID}:{image}"
    if ("GET", f"/v1/images/{image}/json") == (pair.method, pair.path) and (
        pair.given[0] == 404
    ):
        with pytest.raises(ManifestUnknown):
            await doors.reader.manifest("library/ubuntu", reference)
        assert await doors.reader.resolve("library/ubuntu", reference) is None
        return
    found = await doors.reader.manifest("library/ubuntu", reference)
    assert str(found.digest) == reference
    assert parse_manifest(found.body, found.media_type) == found
    # The ancestors' own answers were not recorded after they were pushed: gaps.
    assert [layer.size for layer in found.layers] == [0, 0, 10240]
    config = await doors.reader.image_config("library/ubuntu", found)
    assert config.platform == "linux/amd64"
    assert str(config.created) == "2015-01-03 02:00:00.123456+00:00"
    assert await doors.reader.has_blob("library/ubuntu", found.layers[-1])


async def deletes_tag(doors: RegistryPair, pair: Pair) -> None:
    repository, tag = repository_of(pair), tag_of(pair)
    now = await doors.reader.resolve(repository, tag)
    assert now is not None
    found = await doors.writer.delete_tag(
        repository, tag, expected=manifest_of(now.hex), nonce="n" * 16
    )
    assert (found.outcome, found.how) == (TagOutcome.DELETED, "native")
    assert found.answer.startswith(str(pair.given[0]))


async def deletes_repository(doors: RegistryPair, pair: Pair) -> None:
    assert await doors.writer.delete_repository(repository_of(pair)) == "200 OK"


async def puts_tag(doors: RegistryPair, pair: Pair) -> None:
    image = manifest_of(pair.body.strip('"'))
    put = doors.writer.put_manifest(repository_of(pair), tag_of(pair), image)
    if pair.given[0] == 404:
        with pytest.raises(BlobUnknown):
            await put
    else:
        assert await put == image.digest


async def restores(doors: RegistryPair, pair: Pair) -> None:
    record = parse_manifest(pair.body.encode(), V1_REPOSITORY)
    assert await doors.writer.restore_repository(repository_of(pair), record) == (
        "200 OK"
    )


SEARCHED = Never("the bot searches its own catalog: here % and _ would be wildcards")
PUSHES = Never("the bot pushes no image")
BARE = Never("a bare name is canonical first: protection knows one name for one thing")
ROUTE = Never("another route than the one that does it")
NO_PROOF = Never("it answers for what is not there, too")
READ_FIRST = Never("what is gone is seen before anything is deleted")

FATES: dict[int, Check | Never] = {
    0: looks,
    1: ROUTE,
    2: ROUTE,
    3: ROUTE,
    4: finds_out,
    5: SEARCHED,
    6: looks,
    7: Never("the bot makes no accounts"),
    8: restores,
    **dict.fromkeys((9, 13, 17, 21), reads_image),
    **dict.fromkeys((10, 11, 12, 14, 15, 16, 18, 19, 20, 22, 23, 24), PUSHES),
    25: puts_tag,
    26: puts_tag,
    27: Never("the list goes with the repository's own PUT"),
    **dict.fromkeys((28, 29, 30), SEARCHED),
    31: walks,
    **dict.fromkeys(range(32, 39), SEARCHED),
    **dict.fromkeys((39, 40, 41), ROUTE),
    42: lists_tags,
    43: BARE,
    44: BARE,
    45: lists_tags,
    46: ROUTE,
    47: lists_tags,
    48: BARE,
    49: lists_tags,
    50: ROUTE,
    51: resolves,
    52: resolves,
    **dict.fromkeys((53, 54, 55, 56), NO_PROOF),
    57: reads_record,
    58: reads_record,
    59: ROUTE,
    60: ROUTE,
    61: reads_image,
    62: reads_image,
    63: ROUTE,
    64: NO_PROOF,
    65: reads_image,
    66: Never("an image id has 64 digits"),
    67: Never("an image id has 64 digits"),
    68: deletes_tag,
    69: deletes_tag,
    70: lists_tags,
    71: ROUTE,
    72: ROUTE,
    73: lists_tags,
    74: deletes_tag,
    75: deletes_tag,
    76: lists_tags,
    77: SEARCHED,
    78: reads_record,
    79: deletes_repository,
    80: lists_tags,
    81: SEARCHED,
    82: ROUTE,
    83: lists_tags,
    84: deletes_repository,
    85: lists_tags,
    86: READ_FIRST,
    87: ROUTE,
    88: lists_tags,
    89: SEARCHED,
    90: BARE,
    91: BARE,
    92: READ_FIRST,
    93: READ_FIRST,
    94: deletes_tag,
    95: lists_tags,
    96: reads_image,
    97: deletes_tag,
    **dict.fromkeys((98, 99, 100), ROUTE),
    101: deletes_tag,
    102: deletes_repository,
    103: puts_tag,
    104: puts_tag,
    105: Never("an id is sent as JSON"),
    106: SEARCHED,
    107: ROUTE,
}

KEPT = [pair for pair in pairs() if not isinstance(FATES[pair.at], Never)]


def test_every_recorded_request_has_a_fate() -> None:
    assert len(pairs()) == 108
    assert set(FATES) == set(range(108))


@pytest.mark.parametrize("pair", KEPT, ids=lambda pair: f"{pair.at}-{pair.note[:30]}")
async def test_the_client_sends_it_and_understands_the_answer(pair: Pair) -> None:
    check = FATES[pair.at]
    assert not isinstance(check, Never)
    server = Recording(pair.at)
    doors = server.connect("auto" if check is finds_out else "v1")

    await check(doors, pair)

    bodies = [
        body
        for method, path, body in server.sent
        if (method, path) == (pair.method, pair.path)
    ]
    assert bodies
    if check in (puts_tag, restores):
        assert bodies == [pair.body]
    # Nothing else that changes a thing: a repository may be announced before a tag.
    writes = {each for each in server.asked if each[0] not in ("GET", "HEAD")}
    allowed = {(pair.method, pair.path)}
    if check is puts_tag:
        allowed.add(("PUT", f"/v1/repositories/{repository_of(pair)}/"))
    if check is not looks:
        assert writes <= allowed


async def test_what_is_never_sent_is_not_sent_by_any_of_them() -> None:
    never = {
        (pair.method, pair.path)
        for pair in pairs()
        if isinstance(FATES[pair.at], Never) and FATES[pair.at] is not READ_FIRST
    } - {(pair.method, pair.path) for pair in KEPT}
    asked: set[tuple[str, str]] = set()
    for pair in KEPT:
        check = FATES[pair.at]
        assert not isinstance(check, Never)
        server = Recording(pair.at)
        await check(server.connect("auto" if check is finds_out else "v1"), pair)
        asked.update(server.asked)

    assert len(never) > 40
    assert not asked & never


@pytest.mark.parametrize("at", [86, 93])
async def test_a_repository_that_is_gone_is_not_deleted_again(at: int) -> None:
    server = Recording(at)
    with pytest.raises(RepositoryUnknown):
        await server.connect().writer.delete_repository(repository_of(pairs()[at]))
    assert all(method == "GET" for method, _ in server.asked)


async def test_a_tag_that_is_gone_is_not_deleted_again() -> None:
    server = Recording(92)
    found = await server.connect().writer.delete_tag(
        "no/such", "x", expected=manifest_of("a" * 64), nonce="n" * 16
    )
    assert found.outcome is TagOutcome.ALREADY_GONE
    assert all(method == "GET" for method, _ in server.asked)


@pytest.mark.parametrize(
    "pair",
    [pair for pair in pairs() if pair.path.startswith("/v1/search?")],
    ids=lambda pair: f"{pair.at}-{pair.note[:30]}",
)
def test_every_search_result_is_understood(pair: Pair) -> None:
    if pair.method != "GET":
        return
    assert parse_qs(urlsplit(pair.path).query) or pair.path.endswith("q=")
    assert v1_lists.parse_names(pair.given[2]) == tuple(names_in(pair))


@pytest.mark.parametrize("name", ["ubuntu", "foo", "nosuch"])
async def test_a_bare_name_is_refused_with_the_name_it_has(name: str) -> None:
    server = Recording(107)
    doors = server.connect()
    assert doors.reader.canonical(name) == f"library/{name}"
    with pytest.raises(UsageError, match=f"is called library/{name}"):
        await doors.reader.tags(name)
    with pytest.raises(UsageError, match=f"is called library/{name}"):
        await doors.writer.delete_repository(name)
    assert server.asked == []


@pytest.mark.parametrize("case", group("v1.delete_routes"))
def test_only_the_routes_that_mean_one_thing_are_used(case: dict[str, str]) -> None:
    reader = Recording(0).connect("v1").reader
    full = "ns/repo" if "ubuntu" not in case["path"] else "library/ubuntu"
    used = {
        reader.tag_path("ns/repo", "1.0"),  # type: ignore[attr-defined]  # a V1Registry
        f"{reader.path(full)}/",  # type: ignore[attr-defined]  # a V1Registry
    }
    sends = case["path"] in used
    exact = case["effect"] in ("delete_tag", "delete_repository") and (
        case.get("repository") in ("ns/repo", "library/ubuntu")
    )
    bare = case["path"] == "/v1/repositories/ubuntu/"
    dangerous = case["path"].endswith("/tags")
    assert sends is (exact and not bare and not dangerous)
