from __future__ import annotations

import pytest

from bot.chat.examples import Own

MINE = Own("shop/cart", ("2.1", "2.0"))

PUT: list[tuple[Own, str, str]] = [
    (Own(), "tags team/app", "tags team/app"),
    (MINE, "tags team/app", "tags shop/cart"),
    (MINE, "inspect team/app:1.4.2", "inspect shop/cart:2.1"),
    (MINE, "delete team/app:1.4.1 --reason x", "delete shop/cart:2.0 --reason x"),
    (Own("shop/cart", ("2.1",)), "retag team/app:1.4.1 y", "retag shop/cart:2.1 y"),
    (Own("shop/cart"), "inspect team/app:1.4.2", "inspect shop/cart:1.4.2"),
    (MINE, "copy team/app:1.4.2 archive/app", "copy shop/cart:2.1 archive/app"),
    (MINE, "prune team/* --keep 5", "prune team/* --keep 5"),
    (MINE, "search team/application", "search team/application"),
]


@pytest.mark.parametrize(("own", "example", "wanted"), PUT)
def test_examples_name_what_is_there(own: Own, example: str, wanted: str) -> None:
    assert own.put_into([example]) == (wanted,)
