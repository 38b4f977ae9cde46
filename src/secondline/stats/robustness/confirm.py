"""Confirm: the regions that one half of the rows suggested, tested and measured on the other half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr

from secondline.stats import intervals
from secondline.stats.multiplicity import holm
from secondline.stats.robustness import regions
from secondline.stats.robustness.cuts import Codes, Cut
from secondline.stats.robustness.ranking import Ranked, ranked
from secondline.stats.robustness.regions import Candidate, Kind
from secondline.stats.robustness.scored import Flags, Floats, Scored, log_odds
from secondline.stats.robustness.tails import upper_tail
from secondline.stats.weights import effective_counts

ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Weakness:
    """One candidate on the confirmation half.

    ``effect`` is observed over predicted (calibration), the AUC lost against what the probabilities promise (ranking)
    or the log loss a row above what they promise (loss), with a simultaneous interval. ``echo_of`` names the stronger
    confirmed region that explains it.
    """

    kind: Kind
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


def confirm(
    candidates: Sequence[Candidate], rows: Scored, codes: Mapping[str, Codes], cuts: Mapping[str, Cut],
    exposure: Floats | None = None, *, level: float = 0.95,
) -> tuple[Weakness, ...]:  # fmt: skip
    """Return every candidate measured on rows that had no part in finding it, strongest first.

    Holm's control over all candidates of all kinds; intervals hold for all of them at once (Bonferroni). A confirmed
    region that shows nothing without the rows it shares with a stronger confirmed one of its kind is an echo of it.
    """
    total = regions.additive(rows).sum(axis=1)
    held = [(c, c.region.rows(codes)) for c in candidates]
    held = [(c, inside) for c, inside in held if inside.any()]
    raw = [p_value(rows, inside, c.kind, total) for c, inside in held]
    each = 1 - (1 - level) / max(len(held), 1)
    outside = {id(c): ~inside for c, inside in held}
    found = []
    for (c, inside), p, adjusted in sorted(zip(held, raw, holm(raw), strict=True), key=lambda f: (f[2], f[1])):
        measured = _measured(rows, inside, outside[id(c)], c.kind, each)
        stronger = [(w, other) for w, other in found if w.kind == c.kind and w.confirmed]
        echo = _echo(rows, inside, c.kind, total, stronger) if adjusted < ALPHA else ""
        found.append((_weakness(c, cuts, rows, inside, measured, p, adjusted, exposure, echo), inside))
    return tuple(weakness for weakness, _ in found)


@dataclass(frozen=True, slots=True)
class _Measured:
    effect: float
    low: float
    high: float
    extra: dict[str, float]


def _measured(rows: Scored, inside: Flags, outside: Flags, kind: Kind, level: float) -> _Measured:
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
    region, rest = ranked(here), ranked(rows.at(outside))
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
    c: Candidate, cuts: Mapping[str, Cut], rows: Scored, inside: Flags, measured: _Measured, p: float, adjusted: float,
    exposure: Floats | None, echo: str,
) -> Weakness:  # fmt: skip
    here = rows.at(inside)
    weight = float(here.w.sum())
    known = None if exposure is None else np.where(np.isfinite(exposure), exposure, 0.0)
    money = None if known is None or not known.sum() > 0 else float(known[inside].sum() / known.sum())
    return Weakness(
        kind=c.kind, words=c.region.words(cuts),
        conditions=tuple(cuts[name].condition(span) for name, span in c.region.where),
        n=here.size, events=int(here.y.sum()), observed=float(here.w @ here.y) / weight,
        predicted=float(here.w @ here.p) / weight, effect=measured.effect, low=measured.low, high=measured.high, p=p,
        p_adjusted=adjusted, share=weight / float(rows.w.sum()), exposure=money, discovery_z=c.z, extra=measured.extra,
        echo_of=echo,
    )  # fmt: skip
