"""Graphs: what a record stands on and what stands on it, drawn in columns by distance, with a table of the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from secondline.ledger.records import Records
from secondline.web.rendering import markup
from secondline.web.seen import Seen

FAR, MOST = 2, 60
WIDE, HIGH, GAP_X, GAP_Y, EDGE = 190, 34, 70, 14, 8
LONGEST = 26


@dataclass(frozen=True, slots=True)
class Near:
    """A record near another: its full name, how far (negative: upstream), what it is called and how it stands."""

    name: str
    distance: int
    title: str
    state: str = ""
    tier: int = 0

    @property
    def kind(self) -> str:
        """The kind of record it is."""
        return self.name.partition("/")[0]

    @property
    def id(self) -> str:
        """Its id."""
        return self.name.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """What lies within two steps of a record; ``cut`` when there was more than can be shown."""

    nodes: tuple[Near, ...]
    edges: tuple[Mapping[str, Any], ...]
    cut: bool


def neighbourhood(look: Records, centre: str) -> Neighbourhood:
    """Return what lies within two steps upstream and downstream of a record such as ``model/retail-pd``."""
    distance, edges, cut = {centre: 0}, dict[str, Mapping[str, Any]](), False
    for sign, here, there in ((-1, "to", "frm"), (1, "frm", "to")):
        edge = [centre]
        for step in range(1, FAR + 1):
            found = look.page("link", {f"{here}__in": edge, "state": "active"}, limit=4 * MOST).rows if edge else ()
            edge = []
            for link in found:
                far = str(link[there])
                if far not in distance and len(distance) >= MOST:
                    cut = True
                    continue
                edges[str(link["id"])] = link
                if far not in distance:
                    distance[far] = sign * step
                    edge.append(far)
    nodes = tuple(_near(look, name, d) for name, d in sorted(distance.items(), key=lambda p: (p[1], p[0])))
    return Neighbourhood(nodes, tuple(edges.values()), cut)


def _near(look: Records, name: str, distance: int) -> Near:
    kind, _, id_ = name.partition("/")
    doc = look.get(kind, id_) or {}
    return Near(name, distance, str(doc.get("name") or id_), str(doc.get("state", "")), int(doc.get("tier", 0)))


def drawn(seen: Seen, found: Neighbourhood) -> Markup:
    """Return the neighbourhood as a drawing whose boxes are links."""
    columns = sorted({n.distance for n in found.nodes})
    by = {d: [n for n in found.nodes if n.distance == d] for d in columns}
    tallest = max(len(nodes) for nodes in by.values())
    width = 2 * EDGE + len(columns) * WIDE + (len(columns) - 1) * GAP_X
    height = 2 * EDGE + tallest * HIGH + (tallest - 1) * GAP_Y
    places = {n.name: _place(x, y, len(by[d]), tallest) for x, d in enumerate(columns) for y, n in enumerate(by[d])}
    lines = (_line(places[e["frm"]], places[e["to"]]) for e in found.edges if e["frm"] in places and e["to"] in places)
    boxes = (_box(seen, n, *places[n.name]) for n in found.nodes)
    return markup(
        f'<svg class="graph" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="group" '
        f'aria-label="Dependencies within {FAR} steps">{"".join(lines)}{"".join(boxes)}</svg>'
    )


def _place(column: int, row: int, rows: int, tallest: int) -> tuple[float, float]:
    middle = (tallest - rows) * (HIGH + GAP_Y) / 2
    return EDGE + column * (WIDE + GAP_X), EDGE + middle + row * (HIGH + GAP_Y)


def _line(frm: tuple[float, float], to: tuple[float, float]) -> str:
    """Return a curve from the right edge of one box to the left edge of another; a loop back bows outward."""
    (x1, y1), (x2, y2) = (frm[0] + WIDE, frm[1] + HIGH / 2), (to[0], to[1] + HIGH / 2)
    bend = max(abs(x2 - x1) / 2, GAP_X / 2)
    return f'<path class="edge" d="M{x1:g} {y1:g} C{x1 + bend:g} {y1:g} {x2 - bend:g} {y2:g} {x2:g} {y2:g}"/>'


def _box(seen: Seen, node: Near, x: float, y: float) -> str:
    title = node.title if len(node.title) <= LONGEST else node.title[: LONGEST - 1] + "…"
    says = f"{node.kind} {node.title}" + (f", tier {node.tier}" if node.tier else "")
    mark = f"node {escape(node.kind)}" + (" centre" if node.distance == 0 else "")
    return (
        f'<a href="{escape(seen.href(node.kind, node.id))}" aria-label="{escape(says)}"><g class="{mark}">'
        f'<title>{escape(says)}</title><rect x="{x:g}" y="{y:g}" width="{WIDE}" height="{HIGH}" rx="4"/>'
        f'<text x="{x + 10:g}" y="{y + HIGH / 2 + 4:g}">{escape(title)}</text></g></a>'
    )


def told(found: Neighbourhood) -> Iterable[dict[str, Any]]:
    """Return the neighbourhood as rows: what gives what to whom."""
    names = {n.name: n.title for n in found.nodes}
    return [
        {"id": e["id"], "from": names.get(e["frm"], e["frm"]), "to": names.get(e["to"], e["to"]), "kind": e["kind"],
         "frm_full": e["frm"], "to_full": e["to"]}
        for e in found.edges
    ]  # fmt: skip
