"""A seeded portfolio with known truth: what is wrong is planted, so that what a check finds can be marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from scipy.special import ndtr, ndtri

from secondline.samples.extras import Floats

GRADES = ("A", "B", "C", "D", "E", "F", "G")
GRADE_EDGES = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
REGIONS = ("east", "north", "south", "west")
CHANNELS = ("branch", "broker", "online")
AGES = ("18 to 29", "30 to 44", "45 to 59", "60 and over")
# What each feature carries of the risk that the model sees; the squares add to one.
WEIGHTS = {
    "utilisation": 0.55,
    "arrears": 0.45,
    "inquiries": 0.35,
    "income": -0.35,
    "months_on_book": -0.33,
    "bureau_score": -0.3756,
}
FEATURES = tuple(WEIGHTS)
LEAK = "collection_letters"
"""The planted leak: letters sent because of the default, and so known only after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What is true of a portfolio. With every knob left alone, the model's probabilities are right for every row.

    ``default_rate`` is the true rate over all applicants and ``strength`` the correlation of what the model sees with
    what causes default. ``correlation`` is the asset correlation through which one factor a month moves all defaults.
    ``drift`` moves utilisation, by this many standard deviations over a year, away from what development saw.
    ``misjudged`` multiplies the true default probability in a region, of which the model knows nothing. ``declined`` is
    the share of the riskiest applicants, by an older score, whose outcome nobody sees. ``overridden`` is the share of
    scores that staff change, ``unrated`` of rows without a score, and ``unknown_income`` of rows without income.
    ``leak`` adds a column that is known only after the outcome.
    """

    default_rate: float = 0.04
    strength: float = 0.55
    correlation: float = 0.0
    drift: float = 0.0
    misjudged: Mapping[str, float] = field(default_factory=dict)
    declined: float = 0.0
    overridden: float = 0.0
    unrated: float = 0.0
    unknown_income: float = 0.02
    leak: bool = False

    def pd(self, risk: Floats) -> Floats:
        """Return the model's probability of default of rows whose standardised *risk* it sees."""
        threshold = ndtri(self.default_rate)
        return np.asarray(ndtr((threshold + self.strength * risk) / np.sqrt(1 - self.strength**2)))

    def auc(self) -> float:
        """Return the model's true AUC over applicants, by numerical integration, where nothing else is planted."""
        risk = np.linspace(-9, 9, 20_001)
        weight = np.exp(-0.5 * risk * risk)
        bad, good = weight * self.pd(risk), weight * (1 - self.pd(risk))
        below = np.cumsum(good) - 0.5 * good
        return float((bad * below).sum() / (bad.sum() * good.sum()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which applications to draw: how many, from which month, over how many months, from which customer number."""

    rows: int
    start: str = "2023-01"
    months: int = 12
    first_id: int = 1
    seed: int = 1


def draw(truth: Truth, window: Window) -> pa.Table:
    """Draw applications in order of time. The same truth and window give the same table.

    ``default_12m`` is null for declined applicants, ``pd`` for unrated ones, ``pd_override`` wherever nobody
    intervened. ``true_pd`` is the truth, for marking answers: tell a study to ignore it.
    """
    rng = np.random.default_rng(window.seed)
    n = window.rows
    month = np.sort(rng.integers(0, window.months, n))
    seen = {name: rng.standard_normal(n) for name in FEATURES}
    seen["utilisation"] += truth.drift * (month + 0.5) / 12
    risk = np.sum([weight * seen[name] for name, weight in WEIGHTS.items()], axis=0)
    region = rng.choice(len(REGIONS), n, p=(0.3, 0.2, 0.3, 0.2))
    pd = truth.pd(risk)
    true = np.minimum(pd * np.array([truth.misjudged.get(name, 1.0) for name in REGIONS])[region], 0.99)
    default = rng.random(n) < _given_the_month(true, truth.correlation, rng.standard_normal(window.months)[month])
    declined = _riskiest(0.8 * risk + 0.6 * rng.standard_normal(n), truth.declined)
    columns = {"customer_id": np.arange(window.first_id, window.first_id + n), "decided_at": _days(window, month, rng)}
    columns |= _shown(seen, truth, rng)
    if truth.leak:
        columns[LEAK] = rng.poisson(np.where(default, 3.5, 0.02)).astype(np.int32)
    columns |= {
        "region": np.array(REGIONS)[region],
        "channel": rng.choice(np.array(CHANNELS), n, p=(0.3, 0.2, 0.5)),
        "age_band": rng.choice(np.array(AGES), n, p=(0.25, 0.35, 0.25, 0.15)),
        "sex": rng.choice(np.array(["female", "male"]), n),
        "limit_amount": np.round(np.exp(8 + 0.6 * rng.standard_normal(n)), -2),
    }
    columns |= _rated(pd, truth, rng)
    columns |= {"true_pd": true, "default_12m": pa.array(default.astype(np.int8), mask=declined)}
    return pa.table(columns)


def accepted(table: pa.Table) -> pa.Table:
    """Return the rows whose outcome is known: what a bank can develop on."""
    return table.filter(table["default_12m"].is_valid())


def _given_the_month(pd: Floats, correlation: float, factor: Floats) -> Floats:
    """Return the probabilities in months of the given factor; over all months their mean is *pd*."""
    if correlation == 0.0:
        return pd
    moved = ndtri(np.maximum(pd, 1e-12)) + np.sqrt(correlation) * factor
    return np.asarray(ndtr(moved / np.sqrt(1 - correlation)))


def _riskiest(score: Floats, share: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    count = round(share * len(score))
    found = np.zeros(len(score), dtype=np.bool_)
    found[np.argsort(-score, kind="stable")[:count]] = True
    return found


def _days(window: Window, month: np.ndarray[tuple[int], np.dtype[np.int64]], rng: np.random.Generator) -> pa.Array:
    first = (np.datetime64(window.start, "M") + month).astype("datetime64[D]")
    return pa.array(np.sort(first + rng.integers(0, 28, len(month))), type=pa.date32())


def _shown(seen: Mapping[str, Floats], truth: Truth, rng: np.random.Generator) -> dict[str, object]:
    """Turn what the model sees into the columns a bank would hold; each rises with its standardised value."""
    n = len(seen["income"])
    return {
        "utilisation": np.round(ndtr(seen["utilisation"] - 0.4), 3),
        "arrears": np.maximum(0, np.floor(seen["arrears"] * 1.2)).astype(np.int32),
        "inquiries": np.floor(np.exp(0.5 + 0.6 * seen["inquiries"])).astype(np.int32),
        "income": pa.array(np.round(np.exp(10.3 + 0.5 * seen["income"]), 0), mask=rng.random(n) < truth.unknown_income),
        "months_on_book": np.floor(60 * ndtr(seen["months_on_book"])).astype(np.int32),
        "bureau_score": np.round(650 + 60 * seen["bureau_score"]).astype(np.int32),
    }


def _rated(pd: Floats, truth: Truth, rng: np.random.Generator) -> dict[str, object]:
    """Return score, grades and overrides. A year ago a customer's grade was the same, or near it."""
    n = len(pd)
    grade = np.searchsorted(GRADE_EDGES, pd, side="right")
    moved = rng.choice(5, n, p=(0.03, 0.12, 0.7, 0.12, 0.03)) - 2
    unrated, changed = rng.random(n) < truth.unrated, rng.random(n) < truth.overridden
    override = np.clip(pd * np.exp(0.7 * rng.standard_normal(n)), 1e-4, 0.99)
    names = np.array(GRADES)
    return {
        "pd": pa.array(pd, mask=unrated),
        "grade": names[grade],
        "previous_grade": names[np.clip(grade + moved, 0, len(GRADES) - 1)],
        "pd_override": pa.array(override, mask=~changed),
    }
