"""Binning for a scorecard: fine quantile bins, pooled to the claimed direction, merged while neighbours are alike.

Our own and not optbinning's: its optimum needs a solver and forty packages, and a
challenger needs a sound card, not the best one.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from secondline.models.challengers.given import MISSING, OTHER, Column, coded, levels_of
from secondline.models.model import Floats

FINE = 20
"""Quantile bins before any is merged."""
ALIKE = 6.6348966010212145
"""Chi-square with one degree of freedom at 1 %: neighbours below it are merged. Twenty looks call for caution."""
HALF = 0.5
Groups = list[list[int]]


@dataclass(frozen=True, slots=True)
class Card:
    """The attributes of one feature: ``cuts`` of a number or ``levels`` of a text, the attribute of each place.

    Places are the bins (from a cut up to but not including the next) or levels in order; the last place is that of
    missing values and, for a text, the one before it that of other values. Weights of evidence are ln of the odds of
    the event in the attribute over the odds of all rows, half an event and half a non-event added to each.
    """

    name: str
    cuts: tuple[float, ...]
    levels: tuple[str, ...] | None
    place: tuple[int, ...]
    woe: tuple[float, ...]
    information: float

    def weights(self, values: Column) -> Floats:
        """Return the weight of evidence of each value; that of one never seen is 0, as if nothing were known."""
        places = _places(values, self.cuts, self.levels)
        return np.asarray(np.array([*self.woe, 0.0])[np.array(self.place)[places]], dtype=np.float64)

    @property
    def labels(self) -> list[str]:
        """The attributes in words, in order of place."""
        if self.levels is not None:
            named: list[str] = [*self.levels, OTHER, MISSING]
        else:
            ends = ["", *(f"{cut:.6g}" for cut in self.cuts), ""]
            pairs = pairwise(ends)
            named = [f"{a} to {b}" if a and b else f"below {b}" if b else f"from {a}" if a else "all" for a, b in pairs]
            named.append(MISSING)
        return [
            ", ".join(name for name, at in zip(named, self.place, strict=True) if at == i) for i in range(len(self.woe))
        ]


def _places(values: Column, cuts: tuple[float, ...], levels: tuple[str, ...] | None) -> npt.NDArray[np.int64]:
    if levels is not None:
        return coded(values, levels)
    return np.where(np.isnan(values), len(cuts) + 1, np.searchsorted(np.array(cuts), values, side="right"))


def cut(
    name: str, values: Column, label: Floats, weight: Floats, *, sign: int = 0, most: int = 6, least: float = 0.03
) -> Card:
    """Return the attributes of a feature.

    A number is cut at its 20 quantiles; neighbours are pooled where the event rate runs against *sign* (pool adjacent
    violators), then merged (Kerber's ChiMerge, 1992) while one holds less than *least* of the rows, two neighbours do
    not differ at 1 %, or there are more than *most*. Values of a text are merged in order of their event rate. Missing
    values keep an attribute of their own when they hold *least* of the rows, and otherwise weigh 0.
    """
    levels = levels_of(values) if values.dtype == object else None
    cuts = () if levels is not None else _quantiles(values, weight)
    places = _places(values, cuts, levels)
    size = (len(levels) + 2) if levels is not None else len(cuts) + 2
    events = np.bincount(places, weights=weight * label, minlength=size).astype(np.float64)
    rest = np.bincount(places, weights=weight * (1 - label), minlength=size).astype(np.float64)
    ordered = _order(events, rest, text=levels is not None)
    groups = [[i] for i in ordered if events[i] + rest[i] > 0]
    groups = _pooled(groups, events, rest, sign) if sign and levels is None else groups
    groups = _merged(groups, events, rest, most, least)
    woe = _weights(groups, events, rest)
    if sign and levels is None:  # the half added to each count may turn two small neighbours round
        woe = sign * np.maximum.accumulate(sign * woe)
    if events[-1] + rest[-1] >= least * weight.sum():
        groups.append([size - 1])
        woe = np.append(woe, _weights(groups, events, rest)[-1])
    return _card(name, cuts, levels, groups, woe, _information(groups, woe, events, rest))


def _quantiles(values: Floats, weight: Floats) -> tuple[float, ...]:
    known = ~np.isnan(values)
    order = np.argsort(values[known], kind="stable")
    x, w = values[known][order], weight[known][order]
    if not len(x):
        return ()
    reached = np.searchsorted(np.cumsum(w) / w.sum(), np.arange(1, FINE) / FINE, side="left")
    edges = np.unique(x[np.minimum(reached, len(x) - 1)])
    return tuple(float(edge) for edge in edges if edge > x[0])


def _order(events: Floats, rest: Floats, *, text: bool) -> list[int]:
    """Places in the order neighbours are merged in, that of missing values left out."""
    places = list(range(len(events) - 1))
    if not text:
        return places
    return sorted(places, key=lambda i: ((events[i] + HALF) / (events[i] + rest[i] + 1.0), i))


def _pooled(groups: Groups, events: Floats, rest: Floats, sign: int) -> Groups:
    pooled: Groups = []
    for group in groups:
        pooled.append(group)
        while len(pooled) > 1 and sign * (_rate(pooled[-1], events, rest) - _rate(pooled[-2], events, rest)) <= 0:
            last = pooled.pop()
            pooled[-1] = pooled[-1] + last
    return pooled


def _rate(group: list[int], events: Floats, rest: Floats) -> float:
    hits = float(events[group].sum())
    return hits / (hits + float(rest[group].sum()))


def _merged(groups: Groups, events: Floats, rest: Floats, most: int, least: float) -> Groups:
    groups = list(groups)
    needed = least * float((events + rest).sum())
    while len(groups) > 1:
        e = np.array([events[group].sum() for group in groups])
        g = np.array([rest[group].sum() for group in groups])
        chi, small = _chi_squares(e, g), e + g < needed
        forced = small[:-1] | small[1:]
        if not (forced.any() or len(groups) > most or chi.min() < ALIKE):
            break
        at = int(np.argmin(np.where(forced, chi, np.inf) if forced.any() else chi))
        groups[at : at + 2] = [groups[at] + groups[at + 1]]
    return groups


def _chi_squares(events: Floats, rest: Floats) -> Floats:
    """Pearson's chi-square of each pair of neighbours; 0 where both hold one class only."""
    a, b, c, d = events[:-1], rest[:-1], events[1:], rest[1:]
    margins = (a + b) * (c + d) * (a + c) * (b + d)
    cross = (a + b + c + d) * (a * d - b * c) ** 2
    return np.divide(cross, margins, out=np.zeros_like(cross), where=margins > 0)


def _weights(groups: Groups, events: Floats, rest: Floats) -> Floats:
    e, g = (np.array([counts[group].sum() for group in groups]) for counts in (events, rest))
    odds = np.log((events.sum() + HALF) / (rest.sum() + HALF))
    return np.asarray(np.log((e + HALF) / (g + HALF)) - odds, dtype=np.float64)


def _information(groups: Groups, woe: Floats, events: Floats, rest: Floats) -> float:
    e, g = (np.array([counts[group].sum() for group in groups]) for counts in (events, rest))
    return float((e / e.sum() - g / g.sum()) @ woe) if len(groups) and e.sum() and g.sum() else 0.0


def _card(
    name: str, cuts: tuple[float, ...], levels: tuple[str, ...] | None, groups: Groups, woe: Floats, information: float
) -> Card:
    """Return the card; of a number's cuts those within an attribute are dropped."""
    if levels is None:
        numbers = [group for group in groups if group[0] <= len(cuts)]
        kept = tuple(cuts[group[0] - 1] for group in numbers[1:])
        place = (*range(len(numbers)), len(numbers))
        return Card(name, kept, None, place, tuple(woe.tolist()), information)
    of = {i: at for at, group in enumerate(groups) for i in group}
    places = tuple(of.get(i, len(groups)) for i in range(len(levels) + 2))
    return Card(name, (), levels, places, tuple(woe.tolist()), information)
