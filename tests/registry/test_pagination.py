from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.registry.errors import RegistryProtocolError
from bot.registry.pagination import next_page, origin, parse_links, same_origin
from tests.registry.cases import group

CATALOG = "https://r.test:5000/v2/_catalog?n=100"


@pytest.mark.parametrize("case", group("link.oras"))
def test_next_page_stays_on_the_origin(case: dict[str, Any]) -> None:
    if not case["ok"]:
        with pytest.raises(RegistryProtocolError) as caught:
            next_page(case["link"], case["request_url"])
        assert caught.value.hint
        return
    assert next_page(case["link"], case["request_url"]) == case["next"]


@pytest.mark.parametrize("case", group("link.regclient"))
def test_link_headers(case: dict[str, Any]) -> None:
    if not case["ok"]:
        with pytest.raises(RegistryProtocolError):
            parse_links(case["link"])
        return
    links = parse_links(case["link"])
    matching = [link for link in links if link.get(case["param"]) == case["value"]]
    assert (matching[0].target if matching else None) == case["uri"]


@pytest.mark.parametrize("case", group("link.distribution_server_tags"))
def test_real_servers_links(case: dict[str, Any]) -> None:
    """What distribution sends leads to the page it means."""
    if case["status"] != 200:
        assert case["error_code"] == "PAGINATION_NUMBER_INVALID"
        return
    links = [case["link"]] if case["link"] else []
    found = next_page(links, "http://r.test/v2/test/tags/list?n=2")
    if case["link"]:
        wanted = case["link"].partition("<")[2].partition(">")[0]
        assert found == f"http://r.test{wanted}"
    else:
        assert found is None


@pytest.mark.parametrize(
    ("links", "prefix", "found"),
    [
        ([], "", None),
        (["<?n=100&last=b>"], "", "https://r.test:5000/v2/_catalog?n=100&last=b"),
        (["</v2/_catalog?last=b>"], "", "https://r.test:5000/v2/_catalog?last=b"),
        (["</v2/_catalog>; rel=prev"], "", None),
        (["</v2/a>, </v2/b>"], "", None),
        (["</v2/a>, </v2/b>; rel=next"], "", "https://r.test:5000/v2/b"),
        (["</v2/a>", '</v2/b>; REL="prev NEXT"'], "", "https://r.test:5000/v2/b"),
        (["</v2/a>; rel=next; rel=prev"], "", "https://r.test:5000/v2/a"),
        (["</v2/a#part>; rel=next"], "", "https://r.test:5000/v2/a"),
        (["</v2/a>;;rel=next;"], "", "https://r.test:5000/v2/a"),
        (["</v2/a>; crossorigin ; rel=next"], "", "https://r.test:5000/v2/a"),
        (["</v2/a>; crossorigin, </v2/b>; rel=next"], "", "https://r.test:5000/v2/b"),
        ([r'</v2/a>; title="a \"b\""; rel=next'], "", "https://r.test:5000/v2/a"),
        (
            ["</v2/_catalog?x=1>; rel=next"],
            "/p",
            "https://r.test:5000/p/v2/_catalog?x=1",
        ),
        (["</p/v2/_catalog>; rel=next"], "/p", "https://r.test:5000/p/v2/_catalog"),
        (["<https://R.TEST:5000/v2/a>; rel=next"], "", "https://R.TEST:5000/v2/a"),
    ],
)
def test_which_page_is_next(links: list[str], prefix: str, found: str | None) -> None:
    assert next_page(links, CATALOG, prefix) == found


@pytest.mark.parametrize(
    "link",
    [
        "<//evil.test/v2/_catalog>; rel=next",
        "<https://user:pass@r.test:5000/v2/_catalog>; rel=next",
        "<https://r.test:5000@evil.test/v2/>; rel=next",
        "<https://r.test:99999/v2/_catalog>; rel=next",
        "<https://[r.test/v2/_catalog>; rel=next",
        "</admin>; rel=next",
        "</v2/../admin>; rel=next",
        "</v2/%2e%2e/admin>; rel=next",
        "</v2/..%2fadmin>; rel=next",
        "</v2/..%5Cadmin>; rel=next",
        "<ftp://r.test:5000/v2/>; rel=next",
        '</v2/a>; rel="nex',
        "</v2/a>; =next",
        "</v2/a> rel=next",
        "</v2/a>; rel=",
        ">",
        "<" + "x" * 17_000 + ">",
    ],
)
def test_a_hostile_link_is_not_followed(link: str) -> None:
    with pytest.raises(RegistryProtocolError) as caught:
        next_page([link], CATALOG)

    assert caught.value.hint


def test_default_ports_are_one_origin() -> None:
    assert same_origin("https://r.test/v2/", "https://R.test:443/x")
    assert not same_origin("http://r.test/", "https://r.test/")
    assert origin("http://[::1]:5000/") == ("http", "::1", 5000)
    assert origin("gopher://r.test") == ("gopher", "r.test", 0)


@given(st.lists(st.text(max_size=60), max_size=3))
def test_parsing_anything_raises_nothing_but_protocol_errors(links: list[str]) -> None:
    try:
        found = next_page(links, CATALOG)
    except RegistryProtocolError:
        return
    assert found is None or same_origin(found, CATALOG)


@given(st.text(alphabet='<>;,="\\ /v2abrelnxt:@?#[]', max_size=50))
def test_near_misses_never_leave_the_origin(link: str) -> None:
    try:
        found = next_page([link], CATALOG)
    except RegistryProtocolError:
        return
    assert found is None or found.startswith("https://r.test:5000/v2/")
