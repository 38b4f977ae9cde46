"""Rates of groups that are known by probability only: weighted, corrected by rows with a known group, or bounded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from secondline.stats.fairness.groups import Floats, Found, Mask
from secondline.stats.fairness.regression import logistic
from secondline.stats.intervals import z_of

CELLS = 20
CELL_ROWS = 50
RAREST = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Rows with an outcome of 0 or 1, weights, and for each group the probability of being in it.

    ``known`` says whose group is known and ``is_in`` who is then in which.
    """

    y: Floats
    w: Floats
    p: dict[str, Floats]
    known: Mask
    is_in: dict[str, Mask]


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """An estimated rate and what each row adds to its error: the mean of the influence is 0."""

    value: float
    influence: Floats


def weighted(people: People, group: str) -> Rate:
    """Return the rate with every row counted by its probability: ``sum w p y / sum w p``.

    It errs by the mean covariance of membership and outcome given the proxy over the group's share: it is right only
    where the outcome does not depend on the group beyond what surname and place tell. Source: Chen, Kallus, Mao,
    Svacha and Udell (2019), Fairness under unawareness, proposition 2.
    """
    return _ratio(people, people.p[group] * people.y, people.p[group])


def corrected(people: People, group: str, control: str) -> Rate:
    """Return the rate with the proxy corrected by the rows whose group is known.

    Membership, and membership times outcome, are regressed among the known rows on the proxies of the group and the
    control, the outcome and their products; the mean prediction over all rows is added to the weighted mean residual
    of the known ones, each weighted by the inverse of its estimated chance of being known (a logistic model of outcome
    and proxies). Consistent when either of the two models holds; with rows known at random both do. Both sampling
    errors, of all rows and of the known ones, are in the influence. Sources: Robins, Rotnitzky and Zhao (1994), JASA
    89; Angelopoulos et al. (2023), prediction-powered inference.
    """
    y, r = people.y, people.known
    p, c = people.p[group], people.p[control]
    x = np.column_stack([np.ones_like(y), p, y, p * y, *([] if group == control else [c, c * y])])
    chance = _chance(people)
    top = _augmented(x, people.is_in[group] * y, people.w, r, chance)
    return _ratio(people, top, _augmented(x, people.is_in[group].astype(np.float64), people.w, r, chance))


def _augmented(x: Floats, target: Floats, w: Floats, known: Mask, chance: Floats) -> Floats:
    """Return for each row the prediction plus, where known, the residual over the chance of being known."""
    weight = w[known] / chance[known]
    gram = (x[known] * weight[:, None]).T @ x[known]
    beta = np.linalg.lstsq(gram, x[known].T @ (weight * target[known]), rcond=None)[0]
    fitted = x @ beta
    n, k = int(known.sum()), x.shape[1]
    # The residuals are of a fit: they are stretched as in HC1. Their weighted sum is 0, so the mean does not move.
    stretch = math.sqrt(n / max(n - k, 1))
    return fitted + np.where(known, stretch * (target - fitted) / chance, 0.0)


def _chance(people: People) -> Floats:
    """Return each row's estimated chance that its group is known."""
    r = people.known.astype(np.float64)
    share = float(np.average(r, weights=people.w))
    if share >= 1:
        return np.ones_like(r)
    # The probabilities add up to about one: the last would be redundant.
    x = np.column_stack([np.ones_like(r), people.y, *list(people.p.values())[:-1]])
    fit = logistic(x, r, people.w)
    return np.full_like(r, share) if fit is None else np.maximum(1 / (1 + np.exp(-(x @ fit.beta))), RAREST)


def _ratio(people: People, top: Floats, below: Floats) -> Rate:
    base = float(np.average(below, weights=people.w))
    value = float(np.average(top, weights=people.w)) / base
    return Rate(value, (top - value * below) / base)


def extremes(people: People, group: str) -> tuple[Rate, Rate]:
    """Return the lowest and highest rate that the proxy and the outcomes allow, if the probabilities are right.

    In each cell of the proxy (twentieths, at least 50 rows) with mean probability p and rate q, those in the group with
    the outcome are at least ``max(0, p + q - 1)`` and at most ``min(p, q)`` of the rows (Frechet); sums over cells
    over the group's share are sharp for what the cells know. Sources: Kallus, Mao and Zhou (2022), Management
    Science 68, Assessing algorithmic fairness with unobserved protected class.
    """
    p, y, w = people.p[group], people.y, people.w
    cells = max(min(CELLS, len(y) // CELL_ROWS), 1)
    edges = np.unique(np.quantile(p, np.linspace(0, 1, cells + 1)[1:-1]))
    place = np.searchsorted(edges, p, side="right")
    size = np.bincount(place, weights=w, minlength=len(edges) + 1)
    size = np.where(size > 0, size, 1.0)
    mean, rate = (np.bincount(place, weights=w * v, minlength=len(size)) / size for v in (p, y))
    high = np.where((rate < mean)[place], y, p)
    low = np.where((mean + rate > 1)[place], p + y - 1, 0.0)
    return _ratio(people, low, p), _ratio(people, high, p)


def standard_error(influence: Floats, w: Floats) -> float:
    """Return the standard error of a weighted mean from what each row adds."""
    return float(np.sqrt(np.sum((w * influence) ** 2)) / w.sum())


def difference(low: tuple[Rate, Rate], high: tuple[Rate, Rate], w: Floats, level: float) -> tuple[float, float]:
    """Return the interval from the lowest to the highest difference of (group, control), sampling error included."""
    ends = []
    for (one, two), sign in ((low, -1), (high, 1)):
        se = standard_error(one.influence - two.influence, w)
        ends.append(one.value - two.value + sign * z_of(level) * se)
    return max(ends[0], -1.0), min(ends[1], 1.0)


def quotient(low: tuple[Rate, Rate], high: tuple[Rate, Rate], w: Floats, level: float) -> tuple[float, float | None]:
    """Return the interval of the ratio of (group, control) likewise, on the log scale; None where it has no end."""
    ends: list[float | None] = []
    for (one, two), sign in ((low, -1), (high, 1)):
        if one.value <= 0 or two.value <= 0:
            ends.append(0.0 if sign < 0 else None)
            continue
        se = standard_error(one.influence / one.value - two.influence / two.value, w)
        ends.append(one.value / two.value * math.exp(sign * z_of(level) * se))
    return ends[0] or 0.0, ends[1]


def by_threshold(people: People, group: str, control: str, thresholds: tuple[float, ...] = (0.5, 0.8)) -> list[Found]:
    """Return the gap when each row is given the group whose probability passes a threshold, and how many are."""
    told: list[Found] = []
    for cut in thresholds:
        sides = [people.p[name] >= cut for name in (group, control)]
        each = [float(np.average(people.y[m], weights=people.w[m])) if m.any() else None for m in sides]
        gap = None if each[0] is None or each[1] is None else each[0] - each[1]
        told.append({"threshold": cut, "rows": int(sides[0].sum()), "control rows": int(sides[1].sum()), "gap": gap})
    return told
