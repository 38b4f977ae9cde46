"""Confirm: the regions that one half of the rows suggested, tested and measured on the other half."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr

from secondline.stats import intervals
from secondline.stats.robustness import regions
from secondline.stats.robustness.cuts import Codes, Cut
from secondline.stats.robustness.ranking import Ranked, ranked
from secondline.stats.robustness.regions import KINDS, Candidate, Kind, Region, Searched
from secondline.stats.robustness.scored import Flags, Floats, Scored, log_odds
from secondline.stats.robustness.tails import upper_tail
from secondline.stats.weights import effective_counts

ALPHA, SAME = 0.05, 0.5
WAYS = 3
"""Searches, each with its share of the error rate: one half confirmed by the other, the reverse, and all rows."""
OTHER_HALF, ALL_ROWS = "the other half", "all rows, against the whole search"
FAMILIES = 2 * len(KINDS)
"""Searches that share the error rate: of one column and of two, for each kind."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """One candidate on the confirmation half.

    ``effect`` is observed over predicted (calibration), the AUC lost against what the probabilities promise (ranking)
    or the log loss a row above what they promise (loss), with a simultaneous interval. ``echo_of`` names the stronger
    confirmed region that explains it.
    """

    kind: Kind
    region: Region
    words: str
    conditions: tuple[dict[str, Any], ...]
    n: int
    events: int
    observed: float
    predicted: float
    effect: float
    low: float
    high: float
    p: float
    p_adjusted: float
    share: float
    exposure: float | None
    discovery_z: float
    extra: dict[str, float]
    echo_of: str = ""
    confirmed_on: str = OTHER_HALF

    @property
    def confirmed(self) -> bool:
        """Whether it is weak after the control of all candidates, and no echo."""
        return self.p_adjusted < ALPHA and not self.echo_of


def p_value(rows: Scored, inside: Flags, kind: Kind, total: regions.Sums) -> float:
    """Return the one-sided p-value that the model does not err in a region, or errs no more there than elsewhere.

    The larger of two (an intersection-union test): the tail of the region's own statistic, which is linear in the
    outcomes, by ``upper_tail``; and the normal tail of its comparison with all rows.
    """
    here = rows.at(inside)
    sums = regions.additive(here).sum(axis=1)[:, None]
    z = float(regions.deviations(sums, total)[kind][0])
    p, factor = _linear(here, kind)
    return max(upper_tail(p, here.y, factor), float(ndtr(-z)))


def _linear(here: Scored, kind: Kind) -> tuple[Floats, Floats]:
    """Return the probabilities and the factor of each outcome in the statistic that rises with weakness."""
    if kind == "understated":
        return here.p, here.w
    if kind == "overstated":
        return here.p, -here.w
    odds = log_odds(here.level)
    if kind == "loss":
        return here.level, -here.w * odds
    v = here.w**2 * here.level * (1 - here.level)
    # The slope is tested after the region's own level: its middle is where the level has no pull on it.
    return here.level, -here.w * (odds - float(v @ odds) / float(v.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One half of the rows, with the cells they lie in and what is exposed on each."""

    scored: Scored
    codes: Mapping[str, Codes]
    exposure: Floats | None = None


def confirm(
    searched: Searched, finder: Side, side: Side, cuts: Mapping[str, Cut], looks: int, *, level: float = 0.95
) -> tuple[Weakness, ...]:
    """Return every candidate of *finder* measured on the rows of *side*, which had no part in finding it.

    The p-value joins two that are independent where the model is right, by Fisher's sum of logarithms: the finder's,
    times all regions and kinds searched, and the confirming one, times the candidates. It is tripled because that is
    how many searches there are, and never below the confirming one alone: what the other half does not bear out is not
    confirmed. Intervals are of the confirming rows, for all *looks* at once (Bonferroni). A confirmed region that
    shows nothing without the rows it shares with a stronger confirmed one of its kind is an echo of it.
    """
    first, total = (regions.additive(s.scored).sum(axis=1) for s in (finder, side))
    each = 1 - (1 - level) * 2 / WAYS / max(looks, 1)
    tested = []
    for c in searched.candidates:
        there, inside = c.region.rows(finder.codes), c.region.rows(side.codes)
        if inside.any():
            found = p_value(finder.scored, there, c.kind, first) * c.looked * FAMILIES
            raw = p_value(side.scored, inside, c.kind, total)
            joined = max(WAYS * fisher(found, raw * len(searched.candidates)), raw)
            tested.append((min(joined, 1.0), raw, c, inside))
    out: list[tuple[Weakness, Flags]] = []
    for adjusted, raw, c, inside in sorted(tested, key=lambda t: (t[0], t[1], repr(t[2].region))):
        stronger = [(w, other) for w, other in out if w.kind == c.kind and w.confirmed]
        echo = _echo(side.scored, inside, c.kind, total, stronger) if adjusted < ALPHA else ""
        measured = _measured(side.scored, inside, c.kind, each)
        out.append((_weakness(c, cuts, side, inside, measured, raw, adjusted, echo), inside))
    return tuple(weakness for weakness, _ in out)


def outright(searched: Searched, side: Side, cuts: Mapping[str, Cut], *, level: float = 0.95) -> tuple[Weakness, ...]:
    """Return the candidates that hold on the rows that suggested them, against every region and kind searched.

    Bonferroni's control over the whole search for p-values and intervals, tripled as in ``confirm``. What does not
    hold is left out: on these rows it means nothing.
    """
    total = regions.additive(side.scored).sum(axis=1)
    found = []
    for c in searched.candidates:
        inside, looks = c.region.rows(side.codes), WAYS * FAMILIES * c.looked
        raw = p_value(side.scored, inside, c.kind, total)
        if raw * looks < ALPHA:
            measured = _measured(side.scored, inside, c.kind, 1 - (1 - level) / looks)
            made = _weakness(c, cuts, side, inside, measured, raw, raw * looks, "")
            found.append(replace(made, confirmed_on=ALL_ROWS))
    return tuple(found)


def fisher(one: float, two: float) -> float:
    """Return the p-value of two independent p-values, each first held to at most 1: ``q (1 - log q)``, q their product.

    Source: Fisher (1932), Statistical Methods for Research Workers, 4th edition, 21.1.

    >>> round(fisher(0.05, 0.05), 4)
    0.0175
    """
    product = max(min(one, 1.0) * min(two, 1.0), 1e-300)
    return product * (1 - math.log(product))


def merged(ways: Sequence[Sequence[Weakness]], codes: Mapping[str, Codes]) -> tuple[Weakness, ...]:
    """Return what all ways found, strongest first; one found again is an echo of where it was found first.

    What the other half confirmed comes before what only holds on all rows, because its effect was measured on rows that
    had no part in finding it. Two regions of a kind are one when they share over half of the smaller one's rows.
    """
    found: list[Weakness] = []
    rows: dict[str, Flags] = {}
    for weakness in sorted((w for way in ways for w in way), key=_first):
        same = ""
        if weakness.confirmed:
            mine = weakness.region.rows(codes)
            known = ((w.words, rows[w.words]) for w in found if w.confirmed and w.kind == weakness.kind)
            same = next((words for words, its in known if (mine & its).sum() > SAME * min(mine.sum(), its.sum())), "")
            rows.setdefault(weakness.words, mine)
        found.append(replace(weakness, echo_of=same) if same else weakness)
    return tuple(found)


def _first(w: Weakness) -> tuple[bool, bool, float, float, str]:
    return not w.confirmed, w.confirmed_on != OTHER_HALF, w.p_adjusted, w.p, w.words


@dataclass(frozen=True, slots=True)
class _Measured:
    effect: float
    low: float
    high: float
    extra: dict[str, float]


def _measured(rows: Scored, inside: Flags, kind: Kind, level: float) -> _Measured:
    here = rows.at(inside)
    if kind in {"understated", "overstated"}:
        weight, predicted = float(here.w.sum()), float(here.w @ here.p)
        x, n = effective_counts(float(here.w @ here.y), weight, float(here.w @ here.w))
        low, high = intervals.wilson(x, n, level)
        scale = weight / predicted
        return _Measured(float(here.w @ here.y) / predicted, low * scale, high * scale, {})
    if kind == "loss":
        excess = here.w * (here.level - here.y) * log_odds(here.level)
        mean = float(excess.sum() / here.w.sum())
        spread = float(np.sqrt(np.sum((excess - here.w * mean) ** 2)) / here.w.sum())
        return _Measured(mean, *intervals.normal(mean, spread, level), {})
    region, rest = ranked(here), ranked(rows.at(~inside))
    low, high = intervals.normal(region.lost, region.se, level)
    return _Measured(region.lost, low, high, _areas(region, rest))


def _areas(region: Ranked, rest: Ranked) -> dict[str, float]:
    return {"auc": region.auc, "promised": region.promised, "auc elsewhere": rest.auc}


def _echo(
    rows: Scored, inside: Flags, kind: Kind, total: regions.Sums, stronger: Sequence[tuple[Weakness, Flags]]
) -> str:
    """Return which stronger region explains this one, if any: what lies outside it shows nothing."""
    for weakness, other in stronger:
        rest = inside & ~other
        shared = 1 - rest.sum() / inside.sum()
        alone = shared >= 1 - 1e-9 or p_value(rows, rest, kind, total) >= ALPHA
        if alone and shared > 0:
            return weakness.words
    return ""


def _weakness(
    c: Candidate, cuts: Mapping[str, Cut], side: Side, inside: Flags, measured: _Measured, p: float, adjusted: float,
    echo: str,
) -> Weakness:  # fmt: skip
    here, exposure = side.scored.at(inside), side.exposure
    weight = float(here.w.sum())
    known = None if exposure is None else np.where(np.isfinite(exposure), exposure, 0.0)
    money = None if known is None or not known.sum() > 0 else float(known[inside].sum() / known.sum())
    return Weakness(
        kind=c.kind, region=c.region, words=c.region.words(cuts),
        conditions=tuple(cuts[name].condition(span) for name, span in c.region.where),
        n=here.size, events=int(here.y.sum()), observed=float(here.w @ here.y) / weight,
        predicted=float(here.w @ here.p) / weight, effect=measured.effect, low=measured.low, high=measured.high, p=p,
        p_adjusted=adjusted, share=weight / float(side.scored.w.sum()), exposure=money, discovery_z=c.z,
        extra=measured.extra, echo_of=echo,
    )  # fmt: skip
