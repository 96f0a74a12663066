from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from bot.catalog.space import Held, RepositoryUsage, Usage, merged, weigh
from bot.change import Space
from tests.catalog.model import Pair, Registry, registries, some_of
from tests.factories import NOON


def holdings(registry: Registry, pairs: Iterable[Pair]) -> list[Held]:
    return [
        Held(name, registry.sizes[name])
        for repository, manifest in pairs
        for name in {manifest, *registry.repositories[repository][manifest]}
    ]


def counted(registry: Registry, going: Iterable[Pair]) -> Space:
    everywhere = Counter(each.digest for each in holdings(registry, registry.pairs))
    return weigh(merged(holdings(registry, going)), everywhere)


@given(st.data())
def test_freed_is_what_a_mark_and_sweep_of_the_rest_would_not_mark(
    data: st.DataObject,
) -> None:
    registry = data.draw(registries())
    going = data.draw(some_of(registry))
    found = counted(registry, going)
    assert found.freed == registry.bytes(registry.swept(going))
    assert found.total == registry.bytes(registry.marked(going))
    assert 0 <= found.shared <= found.total
    assert not found.at_most


@given(st.data())
def test_removals_one_after_the_other_free_what_they_free_together(
    data: st.DataObject,
) -> None:
    registry = data.draw(registries())
    going = data.draw(some_of(registry))
    order = data.draw(st.permutations(sorted(going)))
    left, freed = registry, 0
    while order:
        some = data.draw(st.integers(1, len(order)))
        step, order = order[:some], order[some:]
        freed += counted(left, step).freed
        left = left.without(step)
    assert freed == counted(registry, going).freed


@given(st.data())
def test_the_order_of_what_goes_does_not_matter(data: st.DataObject) -> None:
    registry = data.draw(registries())
    going = sorted(data.draw(some_of(registry)))
    mixed = data.draw(st.permutations(going))
    assert counted(registry, going) == counted(registry, mixed)


@given(st.data())
def test_more_that_goes_never_frees_less(data: st.DataObject) -> None:
    registry = data.draw(registries())
    going = data.draw(some_of(registry))
    more = going | data.draw(some_of(registry))
    assert counted(registry, more).freed >= counted(registry, going).freed


def test_all_that_goes_frees_all() -> None:
    registry = Registry(
        {"a": {"m1": ("b1", "b2")}, "b": {"m1": ("b1", "b2"), "m2": ("b2", "m1")}},
        {"m1": 1, "m2": 2, "b1": 10, "b2": 100},
    )
    assert counted(registry, registry.pairs) == Space(total=113, shared=0)
    assert counted(registry, [("a", "m1")]) == Space(total=111, shared=111)
    # The index stays and lists the manifest: its bytes are marked.
    assert counted(registry, [("a", "m1"), ("b", "m1")]) == Space(111, shared=101)
    assert counted(registry, [("b", "m2")]) == Space(total=103, shared=101)


def test_the_largest_size_somebody_tells_counts() -> None:
    """Manifests of schema 1 do not tell how big their layers are."""
    (found,) = merged([Held("b", 0), Held("b", 9, 2), Held("b", 5)]).values()
    assert found == Held("b", 9, 4)


def test_what_is_unread_makes_a_figure_at_most() -> None:
    held = {"b": Held("b", 9)}
    assert weigh(held, {"b": 1}, unread=2) == Space(9, 0, at_most=True, unread=2)
    assert weigh(held, {"b": 1}, complete=False) == Space(9, 0, at_most=True)
    assert weigh(held, {"b": 2}) == Space(9, 9)
    assert weigh(held, {}).freed == 9


def test_rows_are_marked_and_unread_repositories_counted() -> None:
    row = RepositoryUsage("app", 1, 2, Space(10, 4), NOON)
    assert row.marked(at_most=True).space == Space(10, 4, at_most=True)
    found = Usage("main", (row,), 5, 3, Space(10, 4), 6, NOON, complete=True)
    assert found.unread == 2
