"""Graph, shown: cycles, blast radius and concentration on the terminal."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.markup import escape

from secondline.cli.screen import console, grid, print_json

if TYPE_CHECKING:
    from secondline.workflow.inventory.graph import Blast, Graph, Shared

SHOWN = 40


def _tier(tier: int) -> str:
    return str(tier) if tier else "not rated"


def overview_shown(graph: Graph, *, as_json: bool) -> None:
    """Print how large the graph is and its cycles, the unexplained first."""
    cycles = sorted(graph.cycles(), key=lambda c: c.explained)
    edges = sum(map(len, graph.out.values()))
    if as_json:
        print_json({"things": len(graph.nodes), "dependencies": edges, "cycles": [asdict(c) for c in cycles]})
        return
    out = console()
    out.print(f"{len(graph.nodes):,} things, {edges:,} dependencies, {len(cycles)} cycles")
    for cycle in cycles:
        mark = "[green]explained[/]" if cycle.explained else "[bold red]not explained[/]"
        out.print(f"{mark}  {escape(' > '.join(cycle.members))}")
        for text in cycle.explanations:
            out.print(f"  [dim]{escape(text)}[/]")
    out.print("[dim]What if something fails: secondline inventory graph source/NAME. Shared: --shared source.[/]")


def blast_shown(graph: Graph, blast: Blast, *, as_json: bool) -> None:
    """Print what a failure reaches."""
    if as_json:
        print_json(asdict(blast) | {"upstream": graph.upstream(blast.of)})
        return
    out = console()
    out.print(f"If [bold]{escape(blast.of)}[/] fails:")
    out.print(
        f"  {len(blast.models):,} models, {blast.uses:,} uses, {blast.decisions:,} decisions a year; "
        f"highest tier {_tier(blast.tier)}"
    )
    table = grid("*reached", ">steps", "state", "tier", "owner", ">uses", ">decisions a year")
    for name in sorted(blast.distance, key=lambda n: (blast.distance[n], n))[:SHOWN]:
        node = graph.nodes.get(name)
        if node:
            counts = (str(node.uses), f"{node.decisions:,}")
            tier = _tier(node.tier) if name.startswith("model/") else ""
            table.add_row(escape(name), str(blast.distance[name]), node.state, tier, escape(node.owner), *counts)
    if blast.distance:
        out.print(table)
    if len(blast.distance) > SHOWN:
        out.print(f"[dim]and {len(blast.distance) - SHOWN:,} more; --json prints all[/]")
    up = graph.upstream(blast.of)
    if up:
        names = ", ".join(sorted(up, key=lambda n: (up[n], n))[:SHOWN])
        out.print(f"It rests on: {escape(names)}")


def shared_shown(by: str, found: list[Shared], *, as_json: bool) -> None:
    """Print what most models share."""
    if as_json:
        print_json([asdict(s) for s in found])
        return
    table = grid(f"*{by}", ">models", ">reached", ">share", "highest tier", ">decisions a year")
    for one in found:
        counts = (f"{one.direct:,}", f"{one.reached:,}", f"{one.share:.0%}")
        table.add_row(escape(one.what.removeprefix(f"{by}/")), *counts, _tier(one.tier), f"{one.decisions:,}")
    console().print(table if found else f"No {by} is shared by any model.")
