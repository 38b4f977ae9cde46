"""Whole: a look, and the looks compared with it, as one exploration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from secondline.core.explored import Amount, Column, Exploration, Looked, Pair
from secondline.frames.explore.gather import Look
from secondline.measures.explore.columns import column
from secondline.measures.explore.compare import shifts, signals, sliced
from secondline.measures.explore.remarks import remarks
from secondline.stats.explore.pairs import associations
from secondline.stats.intervals import wilson

IDENTIFIER = 0.5
"""A text whose values are more than so many of the sampled rows names things; it has no association to measure."""
PAIRS_KEPT = 5_000


def explored(look: Look, others: Sequence[Look], roles: Mapping[str, str], notes: Sequence[str]) -> Exploration:
    """Return everything the looks found; *roles* names the column of each role."""
    named = {name: role for role, name in roles.items()}
    label = roles.get("label")
    columns = [column(look, name, named.get(name, "")) for name in look.opened.kinds]
    signal = signals(look, label) if label else {}
    moved = [shifts(look, other, other.opened.relation.name) for other in others]
    columns = [
        replace(c, signal=signal.get(c.name), shifts=tuple(found[c.name] for found in moved if c.name in found))
        for c in columns
    ]
    pairs, said = _pairs(look, columns)
    return Exploration(
        populations=tuple(_population(one, label) for one in (look, *others)),
        columns=tuple(replace(c, remarks=remarks(c)) for c in columns),
        pairs=pairs,
        roles=dict(roles),
        step=look.step,
        periods=sliced(look.periods),
        segments=sliced(look.segments),
        notes=(*notes, *said, *look.opened.relation.source.notes),
    )


def _population(look: Look, label: str | None) -> Looked:
    relation, sample = look.opened.relation, look.sample
    found = Looked(
        name=relation.name,
        source=relation.source.origin,
        rows=look.rows,
        columns=len(relation.types),
        sample=sample.size,
        rank_error=sample.rank_error,
        fingerprint=look.repeats.fingerprint if look.repeats else "",
        duplicates=Amount(look.repeats.rows.value, look.repeats.rows.error) if look.repeats else None,
    )
    histogram = next(iter(look.histograms.values()), None)
    if label is None or histogram is None:
        return found
    events = int(histogram.event_rows.sum())
    labelled = events + int(histogram.nonevent_rows.sum())
    if not labelled:
        return found
    low, high = wilson(events, labelled)
    return replace(found, labelled=labelled, events=events, rate=events / labelled, low=low, high=high)


def _pairs(look: Look, columns: Sequence[Column]) -> tuple[tuple[Pair, ...], list[str]]:
    numbers = [c.name for c in columns if c.name in look.grids and not c.constant and c.known]
    levelled = [c for c in columns if c.name in look.categories and not c.constant and c.known]
    names = [c.name for c in levelled if _identifies(look, c.name)]
    left = [c.name for c in levelled if c.name not in names]
    found = associations(look.sample, numbers, left)
    notes = (
        [f"no association is measured of texts that name things: {', '.join(map(repr, names[:8]))}"] if names else []
    )
    if len(found) > PAIRS_KEPT:
        notes.append(f"of {len(found):,} pairs of columns the {PAIRS_KEPT:,} strongest are kept")
    pairs = tuple(Pair(p.a, p.b, p.kind, p.value, p.n, p.p_value, p.low, p.high, p.linear) for p in found[:PAIRS_KEPT])
    return pairs, notes


def _identifies(look: Look, name: str) -> bool:
    values = [v for v in look.sample.columns[name].tolist() if v is not None]
    return len(values) > 1 and len(set(values)) > IDENTIFIER * len(values)
