"""Graph: what hangs on what. Upstream, downstream, cycles, what a failure reaches, and where risk concentrates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from secondline.core.errors import UnknownRecord

if TYPE_CHECKING:
    from secondline.ledger.records import Records

Edge = tuple[str, str]
LIVE = frozenset({"proposed", "in-development", "in-validation", "approved", "in-use", "restricted", "suspended",
                  "exempt"})  # fmt: skip
PAGE = 1_000
SHARED_BY = ("source", "vendor", "model", "method", "owner")


@dataclass(frozen=True, slots=True)
class Node:
    """What the graph knows of a model, a source or a vendor."""

    name: str
    state: str = ""
    tier: int = 0
    method: str = ""
    owner: str = ""
    uses: int = 0
    decisions: int = 0


@dataclass(frozen=True, slots=True)
class Cycle:
    """A circle of dependencies: its things in order, the explanations on it, and whether one covers every way round."""

    members: tuple[str, ...]
    explanations: tuple[str, ...]
    explained: bool


@dataclass(frozen=True, slots=True)
class Blast:
    """What a failure reaches."""

    of: str
    models: tuple[str, ...]
    sources: tuple[str, ...]
    uses: int
    decisions: int
    tier: int
    distance: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that several models share: how many rest on it, directly and in the end, and what they decide."""

    what: str
    direct: int
    reached: int
    tier: int
    decisions: int
    share: float


@dataclass
class Graph:
    """Things and the dependencies between them, giver to taker."""

    nodes: dict[str, Node]
    out: dict[str, list[str]] = field(default_factory=dict)
    into: dict[str, list[str]] = field(default_factory=dict)
    explained: dict[Edge, str] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Mapping[str, Node], edges: Iterable[Edge], explained: Mapping[Edge, str] | None = None) -> Graph:
        """Join things by their dependencies; an edge to something unknown still counts."""
        graph = cls(dict(nodes), explained=dict(explained or {}))
        for frm, to in dict.fromkeys(edges):
            graph.out.setdefault(frm, []).append(to)
            graph.into.setdefault(to, []).append(frm)
        return graph

    def need(self, name: str) -> str:
        """Return the full name of a thing, such as ``model/pd-retail``; the kind may be left out where it is clear.

        Raises:
            UnknownRecord: there is none.
        """
        for full in (name, *(f"{kind}/{name}" for kind in ("model", "source", "vendor"))):
            if full in self.nodes:
                return full
        raise UnknownRecord.of("model, source or vendor", name, [n.partition("/")[2] for n in self.nodes])

    def downstream(self, name: str) -> dict[str, int]:
        """Return everything that depends on a thing, with its distance."""
        return _reach(self.out, name)

    def upstream(self, name: str) -> dict[str, int]:
        """Return everything a thing depends on, with its distance."""
        return _reach(self.into, name)

    @cached_property
    def knots(self) -> list[list[str]]:
        """The sets of things that reach each other (mostly single ones), takers before givers."""
        return _knots(self.out)

    def cycles(self) -> list[Cycle]:
        """Return the circles of dependencies, one for each knot of things that depend on each other."""
        return [self._cycle(set(knot)) for knot in self.knots if len(knot) > 1 or knot[0] in self.out.get(knot[0], ())]

    def _cycle(self, knot: set[str]) -> Cycle:
        inside = {a: [b for b in self.out.get(a, ()) if b in knot] for a in knot}
        bare = {a: [b for b in bs if not self.explained.get((a, b))] for a, bs in inside.items()}
        left = [k for k in _knots(bare) if len(k) > 1 or k[0] in bare.get(k[0], ())]
        # Name the way round that nobody explained, if there is one.
        ways, start = (bare, min(left[0])) if left else (inside, min(knot))
        said = [self.explained[a, b] for a, bs in inside.items() for b in bs if self.explained.get((a, b))]
        return Cycle(_round(ways, start), tuple(said), not left)

    def blast(self, name: str) -> Blast:
        """Return what a failure of a thing reaches: models, uses, decisions a year and the highest tier."""
        full = self.need(name)
        reached = self.downstream(full)
        hit = [n for n in reached if n.startswith("model/") and self._live(n)]
        own = [full] if full.startswith("model/") else []
        touched = [self.nodes[n] for n in (*own, *hit)]
        return Blast(
            full,
            tuple(hit),
            tuple(n for n in reached if n.startswith("source/")),
            sum(n.uses for n in touched),
            sum(n.decisions for n in touched),
            min((n.tier for n in touched if n.tier), default=0),
            reached,
        )

    def _live(self, name: str) -> bool:
        return name in self.nodes and self.nodes[name].state in LIVE

    def concentration(self, by: str, top: int = 20) -> list[Shared]:
        """Return what most models share: ``source``, ``vendor``, ``model`` (as a feeder), ``method`` or ``owner``."""
        live = [name for name in self.nodes if name.startswith("model/") and self._live(name)]
        groups = self._fields(by, live) if by in {"method", "owner"} else self._givers(by)
        largest = dict(sorted(groups.items(), key=lambda g: (-len(g[1]), g[0]))[:top])
        found = self._tallied(largest, live)
        return [one for one in found if one.reached]

    def _fields(self, by: str, live: list[str]) -> dict[str, list[str]]:
        groups: dict[str, list[str]] = {}
        for name in live:
            value = str(getattr(self.nodes[name], by))
            if value:
                groups.setdefault(value, []).append(name)
        return groups

    def _givers(self, kind: str) -> dict[str, list[str]]:
        return {n: self.out[n] for n in self.nodes if n.startswith(f"{kind}/") and n in self.out}

    def _tallied(self, groups: Mapping[str, list[str]], live: list[str]) -> list[Shared]:
        """Follow all groups at once, each as one bit of a number; models reached by the same groups count together."""
        marks = self._marks({name: 1 << n for n, name in enumerate(groups) if name in self.nodes})
        for n, (name, members) in enumerate(groups.items()):
            for member in members if name not in self.nodes else ():
                marks[member] = marks.get(member, 0) | 1 << n
        tallies: dict[int, list[int]] = {}
        for name in live:
            if mark := marks.get(name, 0):
                node, tally = self.nodes[name], tallies.setdefault(mark, [0, 0, 0])
                tally[0] += 1
                tally[1] += node.decisions
                tally[2] = min(filter(None, (tally[2], node.tier)), default=0)
        alive = set(live)
        return [
            _shared(
                name, sum(m in alive for m in members), [t for mark, t in tallies.items() if mark >> n & 1], len(live)
            )
            for n, (name, members) in enumerate(groups.items())
        ]

    def _marks(self, starts: Mapping[str, int]) -> dict[str, int]:
        """Return which of the starts reach each thing, itself left out unless a circle leads back to it."""
        marks: dict[str, int] = {}
        for knot in reversed(self.knots):  # givers before takers
            mark = 0
            for name in knot:
                mark |= marks.get(name, 0)
            inside = mark
            for name in knot:
                inside |= starts.get(name, 0) if len(knot) > 1 else 0
            for name in knot:
                marks[name] = inside
                given = inside | starts.get(name, 0)
                for to in self.out.get(name, ()):
                    if given:
                        marks[to] = marks.get(to, 0) | given
        return marks


def _shared(name: str, direct: int, tallies: list[list[int]], live: int) -> Shared:
    reached, decisions = sum(t[0] for t in tallies), sum(t[1] for t in tallies)
    tier = min((t[2] for t in tallies if t[2]), default=0)
    return Shared(name, direct, reached, tier, decisions, reached / live if live else 0.0)


def _reach(ways: Mapping[str, list[str]], start: str) -> dict[str, int]:
    seen, edge = {start: 0}, [start]
    distance = 0
    while edge:
        distance += 1
        edge = [n for n in dict.fromkeys(to for at in edge for to in ways.get(at, ())) if n not in seen]
        seen.update(dict.fromkeys(edge, distance))
    del seen[start]
    return seen


def _round(ways: Mapping[str, list[str]], start: str) -> tuple[str, ...]:
    """Return a shortest way from a thing round to itself."""
    before: dict[str, str] = {}
    edge = [start]
    while edge and start not in before:
        following = []
        for at in edge:
            for to in ways.get(at, ()):
                if to not in before:
                    before[to] = at
                    following.append(to)
        edge = following
    path = [start]
    while (previous := before[path[-1]]) != start:
        path.append(previous)
    return (start, *reversed(path[1:]), start) if len(path) > 1 else (start, start)


def _knots(ways: Mapping[str, list[str]]) -> list[list[str]]:
    """Return the sets of things that reach each other (Tarjan 1972, without recursion)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    waiting: list[str] = []
    held: set[str] = set()
    found: list[list[str]] = []
    for root in ways:
        if root in order:
            continue
        work: list[tuple[str, Iterator[str]]] = [(root, iter(ways[root]))]
        order[root] = low[root] = len(order)
        waiting.append(root)
        held.add(root)
        while work:
            at, following = work[-1]
            for to in following:
                if to not in order:
                    order[to] = low[to] = len(order)
                    waiting.append(to)
                    held.add(to)
                    work.append((to, iter(ways.get(to, ()))))
                    break
                if to in held:
                    low[at] = min(low[at], order[to])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[at])
                if low[at] == order[at]:
                    found.append(_taken(waiting, held, at))
    return found


def _taken(waiting: list[str], held: set[str], last: str) -> list[str]:
    knot = []
    while True:
        name = waiting.pop()
        held.discard(name)
        knot.append(name)
        if name == last:
            return knot


def graph_of(records: Records) -> Graph:
    """Read the graph from the records: the dependencies on record, and each model's and source's vendor."""
    uses = _uses(records)
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for kind in ("vendor", "source", "model"):
        for row in _all(records, kind):
            full = f"{kind}/{row['id']}"
            count, decisions = uses.get(row["id"], (0, 0)) if kind == "model" else (0, 0)
            tier, method = row.get("tier") or 0, row.get("method") or ""
            nodes[full] = Node(row["name"], row["state"], tier, method, row["owner"] or "", count, decisions)
            if row.get("vendor"):
                vendor = f"vendor/{row['vendor']}"
                nodes.setdefault(vendor, Node(row["vendor"], "not registered"))
                edges.append((vendor, full))
    links = {(row["frm"], row["to"]): row["id"] for row in _all(records, "link", {"state": "active"})}
    graph = Graph.of(nodes, [*edges, *links])
    for knot in map(set, (k for k in graph.knots if len(k) > 1)):
        inside = [(a, b) for a in knot for b in graph.out.get(a, ()) if b in knot and (a, b) in links]
        said = {edge: (records.get("link", links[edge]) or {}).get("explanation", "") for edge in inside}
        graph.explained.update({edge: text for edge, text in said.items() if text})
    return graph


def _uses(records: Records) -> dict[str, tuple[int, int]]:
    """Return for each model how many uses it has and how many decisions a year they take."""
    found: dict[str, tuple[int, int]] = {}
    for use in records.find("use"):
        if use.get("state") != "ended":
            count, decisions = found.get(use["model"], (0, 0))
            found[use["model"]] = count + 1, decisions + int(use.get("decisions_per_year", 0))
    return found


def _all(records: Records, record: str, where: Mapping[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = records.page(record, where, limit=PAGE, after=after)
        yield from page.rows
        after = page.after
        if not after:
            return
