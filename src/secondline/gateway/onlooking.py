"""Onlooking: challengers score what the champion was asked to score, after its decision is kept and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from secondline.events.shapes import Decision
from secondline.gateway.asked import Asked
from secondline.gateway.gathering import Rows, gathered
from secondline.gateway.routing import Onlooker

Decided = Sequence[tuple[Asked, list[Decision]]]


def looked_on(shadows: Mapping[str, Sequence[Onlooker]], decided: Decided) -> list[list[Decision]]:
    """Return decisions with the scores of the challengers of their models, None where one failed or was too slow."""
    found = [list(decisions) for _, decisions in decided]
    for model, onlookers in shadows.items():
        places = {i: _seen(ds) for i, (asked, ds) in enumerate(decided) if asked.model == model}
        wanted = [(decided[i][0], rows) for i, rows in places.items() if rows]
        if not wanted or not onlookers:
            continue
        said = _said(onlookers, wanted)
        flat = [(i, row) for i, rows in places.items() for row in rows]
        for at, (i, row) in enumerate(flat):
            scores = {name: column[at] for name, column in said.items()}
            found[i][row] = replace(found[i][row], shadows=scores)
    return found


def _seen(decisions: Sequence[Decision]) -> list[int]:
    """Return the cases that were the model's to score, whether or not it did."""
    scored = [one.score is not None or "".join(one.path[:1]).startswith("failure") for one in decisions]
    return [i for i, yes in enumerate(scored) if yes]


def _said(onlookers: Sequence[Onlooker], wanted: Rows) -> dict[str, list[float | None]]:
    count = sum(len(rows) for _, rows in wanted)
    said: dict[str, list[float | None]] = {}
    for one in onlookers:
        session = one.loaded.session
        try:
            said[one.name] = one.scores(gathered(wanted, session.features, session.texts), count)
        except Exception:  # noqa: BLE001 - a challenger that fails is only a challenger without a score
            said[one.name] = [None] * count
    return said
