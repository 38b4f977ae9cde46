"""Graph: cycles are named, failures are followed to their end, concentration is counted."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.house import House
from secondline.core.errors import UnknownRecord
from secondline.workflow.inventory.graph import Graph, Node, graph_of

EDGES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda e: e[0] != e[1]), max_size=25)


def joined(edges: list[tuple[int, int]], explained: list[tuple[int, int]] | None = None) -> Graph:
    """Return a graph of ten models."""
    name = "model/{}".format
    nodes = {name(n): Node(name(n), "in-use", tier=1 + n % 4, uses=1, decisions=10**n) for n in range(10)}
    said = {(name(a), name(b)): "harmless" for a, b in explained or []}
    return Graph.of(nodes, [(name(a), name(b)) for a, b in edges], said)


def reach(edges: list[tuple[int, int]], start: int) -> set[int]:
    """Return what is reached from a thing, the plain way."""
    found: set[int] = set()
    while more := {b for a, b in edges if a in found | {start}} - found:
        found |= more
    return found


@given(EDGES, st.integers(0, 9))
def test_downstream_and_upstream_are_complete(edges: list[tuple[int, int]], start: int) -> None:
    """They hold what following every dependency holds, the thing itself left out."""
    graph = joined(edges)
    down = {f"model/{n}" for n in reach(edges, start) - {start}}
    up = {f"model/{n}" for n in reach([(b, a) for a, b in edges], start) - {start}}
    assert set(graph.downstream(f"model/{start}")) == down
    assert set(graph.upstream(f"model/{start}")) == up


@given(EDGES)
def test_every_cycle_is_named(edges: list[tuple[int, int]]) -> None:
    """Each thing that reaches itself is in the knot of one cycle; a cycle's steps are dependencies on record."""
    graph = joined(edges)
    cycles = graph.cycles()
    assert bool(cycles) == any(n in reach(edges, n) for n in range(10))
    for cycle in cycles:
        assert cycle.members[0] == cycle.members[-1]
        assert all(b in graph.out[a] for a, b in pairwise(cycle.members))
        assert not cycle.explained


@given(EDGES)
def test_concentration_follows_every_giver(edges: list[tuple[int, int]]) -> None:
    """Following all at once counts what following each alone would."""
    found = {s.what: s for s in joined(edges).concentration("model")}
    for n in range(10):
        reached = reach(edges, n)
        assert (f"model/{n}" in found) == bool(reached)
        if reached:
            one = found[f"model/{n}"]
            assert (one.reached, one.decisions) == (len(reached), sum(10**m for m in reached))
            assert one.direct == len({b for a, b in edges if a == n})
            assert one.tier == min(1 + m % 4 for m in reached)


def test_a_cycle_is_explained_when_every_way_round_is() -> None:
    """Two circles through one thing: explaining one leaves the other, which is then the one named."""
    edges = [(0, 1), (1, 0), (0, 2), (2, 0)]
    half = joined(edges, [(0, 1)]).cycles()
    assert [(c.members, c.explained) for c in half] == [(("model/0", "model/2", "model/0"), False)]
    whole = joined(edges, [(0, 1), (2, 0)]).cycles()
    assert [(len(c.explanations), c.explained) for c in whole] == [(2, True)]


def test_a_long_chain_needs_no_recursion() -> None:
    """Ten thousand things in a circle are one cycle."""
    names = [f"model/{n}" for n in range(10_000)]
    graph = Graph.of({n: Node(n) for n in names}, [*pairwise(names), (names[-1], names[0])])
    assert [len(c.members) for c in graph.cycles()] == [10_001]


@pytest.mark.slow
def test_size_is_no_matter() -> None:
    """100,000 models and 300,000 dependencies: cycles, blast and concentration all answer."""
    rng = random.Random(7)
    nodes = {f"model/{n}": Node(str(n), "in-use", tier=1 + n % 4, decisions=1) for n in range(100_000)}
    edges = [(f"model/{rng.randrange(n)}", f"model/{n}") for n in range(1, 100_000) for _ in range(3)]
    graph = Graph.of(nodes, edges)
    assert graph.cycles() == []
    assert len(graph.blast("model/0").models) == len(graph.downstream("model/0")) > 50_000
    assert len(graph.concentration("model")) == 20


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A vendor's source feeds a model that feeds two, one of them over."""
    house = House(tmp_path)
    house.do("vendor.registered", "own", "acme", name="Acme")
    house.do("source.registered", "own", "bureau", name="Bureau", vendor="acme")
    for name in ("a", "b", "c"):
        house.model(name, method="logit")
    for frm, to in (("source/bureau", "model/a"), ("model/a", "model/b"), ("model/a", "model/c")):
        house.do("link.made", "dev", frm=frm, to=to)
    for name, count in (("a", 100), ("b", 20), ("b", 3), ("c", 1)):
        house.do("use.proposed", "own", model=name, name="u", decisions_per_year=count)
    house.do("use.ended", "own", "U-3", "stopped")
    end = {"on": "2026-05-01", "notice": "all", "retain_until": "2030-01-01"}
    house.do("model.decommissioned", "own", "c", "old", **end)
    return house


def test_a_failure_is_followed(house: House) -> None:
    """From the vendor through its source to the models that live, their uses and decisions."""
    graph = graph_of(house.ledger.records)
    blast = graph.blast("acme")
    assert (blast.of, blast.models, blast.sources) == ("vendor/acme", ("model/a", "model/b"), ("source/bureau",))
    assert (blast.uses, blast.decisions, blast.tier) == (2, 120, 0)
    assert graph.blast("model/a").decisions == 120
    assert graph.upstream("model/b") == {"model/a": 1, "source/bureau": 2, "vendor/acme": 3}
    with pytest.raises(UnknownRecord, match="bureau"):
        graph.blast("bureua")


def test_concentration_is_counted(house: House) -> None:
    """By source and vendor with all they reach in the end, by method and owner."""
    graph = graph_of(house.ledger.records)
    (source,) = graph.concentration("source")
    assert (source.what, source.direct, source.reached, source.share) == ("source/bureau", 1, 2, 1.0)
    (vendor,) = graph.concentration("vendor")
    assert (vendor.what, vendor.reached, vendor.decisions) == ("vendor/acme", 2, 120)
    (method,) = graph.concentration("method")
    assert (method.what, method.direct) == ("logit", 2)


def test_explanations_come_from_the_records(house: House) -> None:
    """A circle is not explained until a dependency on it says why."""
    back = house.do("link.made", "dev", frm="model/b", to="model/a")
    assert [c.explained for c in graph_of(house.ledger.records).cycles()] == [False]
    house.do("link.explained", "dev", back, explanation="last month's output")
    (cycle,) = graph_of(house.ledger.records).cycles()
    assert (cycle.explained, cycle.explanations) == (True, ("last month's output",))
    day_before = house.ledger.as_of("2026-04-30")
    assert not graph_of(day_before).nodes


def test_a_vendor_nobody_registered_still_counts(house: House) -> None:
    """Its name on two entries is enough."""
    house.model("d", vendor="shade", origin="vendor")
    assert graph_of(house.ledger.records).blast("shade").models == ("model/d",)
