"""Once: the id of a keyed decision follows from its key and case, so that two gateways give one id."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from gateway.desk_house import House, asked, decided
from secondline.events.shapes import Decision
from secondline.gateway.answers import Answer
from secondline.gateway.asked import Asked
from secondline.gateway.batching import Batcher
from secondline.gateway.journal import LogJournal
from secondline.gateway.once import Once


class Gateway:
    """The rest of a gateway: it approves all, and remembers what it is told to."""

    def __init__(self) -> None:
        self.kept: dict[bytes, Answer] = {}
        self.once = Once(cast("Batcher", self), cast("LogJournal", self), 1.0)

    def known(self, keys: Sequence[bytes]) -> dict[bytes, Answer]:
        """Return what is remembered."""
        return {key: self.kept[key] for key in keys if key in self.kept}

    def submit(self, request: Asked, answers: Any, settled: asyncio.Future[None]) -> asyncio.Future[list[Decision]]:
        """Decide under the ids that are asked for."""
        found = [Decision(id=id_, at=1, model=request.model) for id_ in request.ids]
        self.kept |= {answer.key: answer for answer in answers(found)}
        future: asyncio.Future[list[Decision]] = asyncio.get_running_loop().create_future()
        future.set_result(found)
        settled.set_result(None)
        return future


def ids(gateway: Gateway, request: Asked) -> list[str]:
    """Return the ids that a gateway decides a request under."""

    async def ask() -> list[str]:
        return [one.id for one in (await gateway.once.decide(request))[0]]

    return asyncio.run(ask())


def test_two_gateways_give_a_keyed_case_one_id() -> None:
    """The same caller, key and case have the same id wherever they are decided, and each case has its own."""
    request = asked([1.0, 2.0, 3.0], keys=("a", "b", "c"))
    first = ids(Gateway(), request)
    assert len(set(first)) == 3
    other = Gateway()
    assert ids(other, asked([2.0], keys=("b",))) == [first[1]]
    assert ids(other, request) == first


@pytest.mark.parametrize(
    "change",
    [{"caller": "other"}, {"keys": ("b",)}, {"columns": {"limit": np.array([2.0]), "age": np.array([30.0])}}],
    ids=["caller", "key", "case"],
)
def test_another_case_has_another_id(change: dict[str, Any]) -> None:
    """Another caller, key or content is another decision: a key may come back for something else after a day."""
    request = asked([1.0], keys=("a",))
    assert ids(Gateway(), request) != ids(Gateway(), replace(request, **change))


def test_the_desk_decides_under_the_id_it_is_asked_for(house: House, quick: None) -> None:
    """Ids that are given are used; without them each decision gets one of its own."""
    del quick
    house.issue(house.study())
    watch = house.watch()
    named = decided(watch, asked([1.0, 1.0], keys=("a", "b"), ids=("k-1", "k-2")))
    assert [one.id for one in named] == ["k-1", "k-2"]
    assert len({one.id for one in decided(watch, asked([1.0, 1.0]))}) == 2
