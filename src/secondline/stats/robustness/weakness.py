"""Weakness: the whole of the search, as one record that several checks read, and the numbers they make of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Sample
from secondline.stats.robustness import regions
from secondline.stats.robustness.confirm import Side, Weakness, confirm, merged, outright
from secondline.stats.robustness.cuts import Codes, Cut, cut
from secondline.stats.robustness.regions import Kind
from secondline.stats.robustness.scored import Flags, Floats, Scored, probabilities, scored, usable

LEAST, SEARCHED = 400, 200_000
LEAK = 0.95
"""AUC from which one column alone is a leak of the outcome: the limit of ``data.leakage``."""
HIDDEN = 0.05
"""Share of the rows for which it is said what error could still hide in a region of that size."""
POWER = 0.8
MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


@dataclass(frozen=True, slots=True)
class Weaknesses:
    """What a search for weak regions found.

    ``leaks`` are columns left out because they alone tell the outcome, which is a question of the data and not of the
    model. ``found`` are all candidates as confirmation measured them, strongest first. ``hidden`` is the error, as a
    share of the predicted rate, that a region of 5 % of the rows could have with one chance in five of not being found.
    """

    found: tuple[Weakness, ...]
    searched: int
    columns: tuple[str, ...]
    leaks: tuple[str, ...]
    discovery: int
    confirmation: int
    events: int
    usable: int
    hidden: float
    hidden_auc: float
    total: int
    rows: int


def halves(hashes: npt.NDArray[np.uint64]) -> Flags:
    """Return which rows serve discovery: about half, by a mixed bit of their hash, whatever their order.

    Rows that are copies of one another fall on one side. Mixing after Steele, Lea and Flood (2014), OOPSLA, 453.
    """
    x = hashes.astype(np.uint64) + MIX[0]
    x = (x ^ (x >> np.uint64(30))) * MIX[1]
    x = (x ^ (x >> np.uint64(27))) * MIX[2]
    return np.asarray((x ^ (x >> np.uint64(31))) & np.uint64(1) == 1)


@dataclass(frozen=True, slots=True)
class Cells:
    """The cuts of every column that regions may be made of, by its name, and the columns left out as leaks."""

    cuts: dict[str, Cut]
    leaks: tuple[str, ...] = ()


def cut_all(reference: Sample, columns: Sequence[str]) -> dict[str, Cut]:
    """Return the cuts of the columns at the quantiles and levels of the reference; constant columns have none."""
    found = {name: cut(name, reference.columns[name]) for name in columns if name in reference.columns}
    return {name: made for name, made in found.items() if made is not None}


def leaking(cuts: Mapping[str, Cut], rows: Sample) -> tuple[str, ...]:
    """Return the columns that alone tell the outcome of *rows*: their regions would speak of the leak."""
    if "@label" not in rows.columns:
        return ()
    label = np.asarray(rows.columns["@label"], dtype=np.float64)
    keep = np.isfinite(label)
    y, w = label[keep], np.ones(int(keep.sum()))
    if not 0 < y.sum() < len(y):
        return ()
    return tuple(n for n, made in cuts.items() if alone(made.codes(rows.columns[n][keep]), y, w) >= LEAK)


def search(
    rows: Sample,
    cuts: Mapping[str, Cut],
    *,
    probability: bool = True,
    smallest: float = regions.SMALLEST,
    leaks: tuple[str, ...] = (),
) -> Weaknesses | Undefined:
    """Search each half of the rows for regions where the model errs, and confirm them on the other half.

    Either half serves once to find and once to confirm, so that no row confirms what it helped to find. A region too
    faint for half of the rows may still stand out of all of them: a third search, of all rows, confirms what holds
    against every region it looked at. Each of the three has a third of the error rate. At most 200,000 rows of each
    are searched. Undefined with fewer than 400 usable rows, or with one class in either half.
    """
    p, y, w, keep = usable(rows)
    first = halves(rows.hashes[keep])
    cuts = {name: made for name, made in cuts.items() if name in rows.columns}
    if len(y) < LEAST or not cuts or any(not 0 < y[half].sum() < half.sum() for half in (first, ~first)):
        return Undefined(
            because="too few rows, or one class only, to search one half and confirm on the other", n=len(y),
            events=float(y.sum()), needed=f"at least {LEAST} rows with outcomes of both kinds",
        )  # fmt: skip
    codes = {name: made.codes(rows.columns[name][keep]) for name, made in cuts.items()}
    money = rows.columns["@exposure"][keep] if "@exposure" in rows.columns else None
    sides = [
        Side(_half(p, y, w, half, probability=probability), {n: c[half] for n, c in codes.items()},
             None if money is None else money[half])
        for half in (first, ~first, first | ~first)
    ]  # fmt: skip
    found = [_searched(side, cuts, smallest) for side in sides]
    looks = sum(len(f.candidates) for f in found[:2])
    confirmed = [
        *(confirm(found[i], sides[i], sides[1 - i], cuts, looks) for i in (0, 1)),
        outright(found[2], sides[2], cuts),
    ]
    hidden, lost = _hidden(sides[1].scored, max(min(f.regions for f in found[:2]), 2))
    return Weaknesses(
        merged(confirmed, codes), sum(f.regions for f in found), tuple(cuts), leaks, min(f.rows for f in found),
        min(side.scored.size for side in sides[:2]), int(y.sum()), len(y), hidden, lost, rows.total, rows.size,
    )  # fmt: skip


def alone(code: Codes, y: Floats, w: Floats) -> float:
    """Return the AUC of a column alone, its cells in order of their event rate."""
    rows, events = np.bincount(code, weights=w), np.bincount(code, weights=w * y)
    order = np.argsort(events / np.maximum(rows, 1e-300), kind="stable")
    bad, good = events[order], (rows - events)[order]
    return float(bad @ (np.cumsum(good) - good / 2) / (bad.sum() * good.sum()))


def _searched(side: Side, cuts: Mapping[str, Cut], smallest: float) -> regions.Searched:
    some = slice(0, SEARCHED)
    rows = side.scored.at(np.arange(min(side.scored.size, SEARCHED)))
    return regions.search(rows, {n: c[some] for n, c in side.codes.items()}, cuts, smallest=smallest)


def _half(p: Any, y: Any, w: Any, half: Flags, *, probability: bool) -> Scored:
    made = probabilities(p[half], y[half], w[half], probability=probability)
    return scored(made, y[half], w[half])


def _hidden(rows: Scored, searched: int) -> tuple[float, float]:
    """Return what 5 % of the rows could hide: the error over the predicted rate, and the AUC lost.

    Such a region is found when, in either half, it outranks the largest z that chance gives one region in so many: the
    error is the one that does so with 80 % power.
    """
    reach = float(ndtri(1 - 1 / searched) + ndtri(1 - math.sqrt(1 - POWER)))
    expected = HIDDEN * float(rows.w @ rows.p)
    spread = math.sqrt(HIDDEN * float(rows.w**2 @ (rows.p * (1 - rows.p))))
    # The variance of an area of 0.7 by Hanley and McNeil (1982), Radiology 143, 29, on so many events.
    events, rest = max(HIDDEN * float(rows.y.sum()), 1.0), max(HIDDEN * float((1 - rows.y).sum()), 1.0)
    a = 0.7
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    se = math.sqrt((a * (1 - a) + (events - 1) * (q1 - a * a) + (rest - 1) * (q2 - a * a)) / (events * rest))
    return reach * spread / expected if expected > 0 else math.inf, reach * se


def calibration(found: Weaknesses, *, level: float = 0.95) -> Measured:
    """Observed over predicted in the worst region of one or two columns, found on one half, confirmed on the other.

    The value is that of the confirmed region furthest from 1 by the near end of its interval, else of the strongest
    candidate. ``p_value`` is the smallest over all candidates after Holm's control: of the null that in none of them
    the model is wrong, or more wrong than elsewhere. It is exact or a saddlepoint in the region, normal beside the
    rest. ``mde`` is the error, as a share of the predicted rate, of a region of 5 % of the rows that is confirmed with
    80 % power. ``detail`` lists every confirmed region in words and conditions, with rows, events, rates, effect,
    simultaneous interval, adjusted p and its share of rows and exposure, and the size of the search. Undefined where
    the rows allow no search, or no region is large enough. Sources: Sagadeeva and Boehm (2021), SIGMOD, 2290 (search);
    Cox (1975), Biometrika 62, 441 (a half to search, a half to test); Holm (1979).
    """
    return _estimate(found, ("understated", "overstated"), level, found.hidden, "of the predicted rate")


def ranking(found: Weaknesses, *, level: float = 0.95) -> Measured:
    """AUC lost in the worst region, against what the probabilities in it promise.

    A region of like risks ranks worse under a perfect model too, so the AUC seen is set against the model-based
    concordance, not against other rows alone. Searched by the score statistic of the slope, confirmed by its tail;
    everything else as for calibration. Source: van Klaveren et al. (2016), Statistics in Medicine 35, 4136.
    """
    return _estimate(found, ("ranking",), level, found.hidden_auc, "AUC")


def loss(found: Weaknesses, *, level: float = 0.95) -> Measured:
    """Log loss a row in the worst region beyond what the probabilities, their overall level put right, promise there.

    ``-(y - p) log(p / (1 - p))`` has mean nought where p is right; more says that the model is surer than it may be,
    too high and too low at once included. Everything else as for calibration. Source: Spiegelhalter (1986),
    Statistics in Medicine 5, 421, with the logarithmic for the quadratic score.
    """
    return _estimate(found, ("loss",), level, None, "")


def _estimate(found: Weaknesses, kinds: Sequence[Kind], level: float, mde: float | None, unit: str) -> Measured:
    mine = [w for w in found.found if w.kind in kinds]
    if not found.searched:
        return Undefined(because="no region is large enough to be judged", n=found.rows, needed="more rows and events")
    worst = _worst(mine)
    sure = [w for w in mine if w.confirmed]
    return Estimate(
        value=worst.effect if worst else (1.0 if "understated" in kinds else 0.0),
        low=worst.low if worst else None, high=worst.high if worst else None, level=level,
        method="each half searched, confirmed on the other; simultaneous interval",
        n=found.usable, events=found.events, p_value=min((w.p_adjusted for w in mine), default=1.0),
        mde=mde if mde is None or math.isfinite(mde) else None, mde_unit=unit if mde is not None else "",
        detail={
            "regions": [_told(w) for w in sorted(sure, key=_order)],
            "worst": worst.words if worst else "",
            "confirmed": len(sure),
            "echoes": [{"region": w.words, "of": w.echo_of} for w in mine if w.echo_of],
            "not confirmed": [_told(w) for w in mine if not w.confirmed and not w.echo_of],
            "left out as leaks": list(found.leaks), "searched": found.searched, "columns": list(found.columns),
            "candidates of all kinds": len(found.found),
            "rows searched in a half": found.discovery, "rows that confirm it": found.confirmation,
        },
        warnings=() if found.rows >= found.total else (f"searched {found.rows:,} of {found.total:,} rows",),
    )  # fmt: skip


def _order(w: Weakness) -> float:
    """Order by the near end of the interval, as a distance from no error: certain and large first."""
    if w.kind not in {"understated", "overstated"}:
        return -w.low
    near = w.low if w.kind == "understated" else w.high
    distance = math.log(max(near, 1e-9))
    return -distance if w.kind == "understated" else distance


def _worst(mine: Sequence[Weakness]) -> Weakness | None:
    sure = [w for w in mine if w.confirmed]
    return min(sure, key=_order) if sure else min(mine, key=lambda w: w.p_adjusted, default=None)


def _told(w: Weakness) -> dict[str, Any]:
    told = {key.replace("_", " "): value for key, value in asdict(w).items()}
    for name in ("words", "region", "echo of", "extra"):
        told.pop(name)
    return {"region": w.words} | told | w.extra | {"conditions": [dict(c) for c in w.conditions]}
