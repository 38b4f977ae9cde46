"""A made-up retail portfolio, row by row from a fixed seed, and the plain statistics the sample run quotes of it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from random import Random
from statistics import NormalDist

from secondline.core.estimate import Estimate

Z = NormalDist().inv_cdf(0.975)
EDUCATION = ("graduate school", "high school", "other", "university")
REGION = ("east", "north", "south", "west")
FEATURES = (
    "age",
    "bill_amount",
    "limit_amount",
    "months_on_book",
    "payment_ratio",
    "region",
    "utilisation",
    "worst_arrears",
)


@dataclass(frozen=True)
class Row:
    """One account: its score, its outcome and what it is cut by."""

    score: float
    label: int
    education: str
    region: str
    month: str
    feature: float


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


@cache
def rows(population: str) -> tuple[Row, ...]:
    """Return the rows of *population*: 21,000 for development, 9,000 for current, where one segment has drifted."""
    random = Random(f"sample {population}")
    current = population == "current"
    months = [f"2026-0{m}" for m in range(1, 7)] if current else [f"2025-{m:02d}" for m in range(1, 13)]

    def row() -> Row:
        education = random.choices(EDUCATION, (35, 16, 2, 47))[0]
        logit = random.gauss(-1.45 + (0.03 if current else 0), 1.05)
        drift = (0.62 if education == "high school" else -0.04) if current else 0.0
        label = int(random.random() < _logistic(logit * (0.97 if current else 1.0) + drift))
        feature = random.gauss(0.42 if current else 0.35, 0.2)
        return Row(_logistic(logit), label, education, random.choice(REGION), random.choice(months), feature)

    return tuple(row() for _ in range(9_000 if current else 21_000))


@cache
def edges() -> tuple[float, ...]:
    """Return the nine inner deciles of the development scores."""
    scores = sorted(r.score for r in rows("development"))
    return tuple(round(scores[len(scores) * k // 10], 6) for k in range(1, 10))


def band(row: Row) -> str:
    """Return the score band of a row, named as the histogram names its bins."""
    text = [f"{e:.6g}" for e in edges()]
    at = bisect_left(edges(), row.score)
    if at == 0:
        return f"<= {text[0]}"
    return f"> {text[-1]}" if at == len(text) else f"({text[at - 1]}, {text[at]}]"


def by(population: str, key: Callable[[Row], str]) -> dict[str, list[Row]]:
    """Return the rows of each level of *key*, in order of mean score."""
    found: dict[str, list[Row]] = {}
    for row in rows(population):
        found.setdefault(key(row), []).append(row)
    return dict(sorted(found.items(), key=lambda item: sum(r.score for r in item[1]) / len(item[1])))


def wilson(k: float, n: float) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share."""
    centre, half = (k + Z * Z / 2) / (n + Z * Z), Z / (n + Z * Z) * math.sqrt(k * (n - k) / n + Z * Z / 4)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def auc(some: Iterable[Row]) -> Estimate:
    """Return the AUC with Hanley and McNeil's interval, the ROC curve and the gains curve."""
    ordered = sorted(some, key=lambda r: -r.score)
    n, events = len(ordered), sum(r.label for r in ordered)
    hits, falses, area = 0, 0, 0
    roc, gains = [[0.0, 0.0]], [[0.0, 0.0]]
    for i, row in enumerate(ordered, 1):
        hits, falses = hits + row.label, falses + 1 - row.label
        area += hits * (1 - row.label)
        if i % max(n // 60, 1) == 0 or i == n:
            roc.append([falses / (n - events), hits / events])
            gains.append([i / n, hits / events])
    value = area / (events * (n - events))
    q1, q2 = value / (2 - value), 2 * value * value / (1 + value)
    spread = (events - 1) * (q1 - value * value) + (n - events - 1) * (q2 - value * value) + value * (1 - value)
    half = Z * math.sqrt(spread / (events * (n - events)))
    detail = {"roc": roc, "gains": gains}
    return Estimate(
        value=value,
        low=value - half,
        high=value + half,
        method="DeLong",
        n=n,
        events=events,
        mde=1.43 * half,
        detail=detail,
    )


def ratio(some: Iterable[Row]) -> Estimate:
    """Return actual over expected events with Byar's interval."""
    found = list(some)
    actual, expected = sum(r.label for r in found), sum(r.score for r in found)
    low = actual * (1 - 1 / (9 * actual) - Z / (3 * math.sqrt(actual))) ** 3
    high = (actual + 1) * (1 - 1 / (9 * (actual + 1)) + Z / (3 * math.sqrt(actual + 1))) ** 3
    return Estimate(
        value=actual / expected,
        low=low / expected,
        high=high / expected,
        method="exact Poisson",
        n=len(found),
        events=actual,
        mde=2.8 / math.sqrt(expected),
        mde_unit="ratio",
    )


def calibration_bands(population: str) -> list[dict[str, object]]:
    """Return rows, mean prediction and observed rate with its interval, by score band."""
    out: list[dict[str, object]] = []
    for level, some in by(population, band).items():
        n, k = len(some), sum(r.label for r in some)
        low, high = wilson(k, n)
        predicted = sum(r.score for r in some) / n
        out.append({"level": level, "rows": n, "predicted": predicted, "observed": k / n, "low": low, "high": high})
    return out


def psi(shares: Callable[[str], dict[str, float]]) -> Estimate:
    """Return the PSI of current against development with its share by bin."""
    old, new = shares("development"), shares("current")
    bins = [
        {"label": k, "reference": p, "current": new[k], "contribution": (new[k] - p) * math.log(new[k] / p)}
        for k, p in old.items()
    ]
    value = math.fsum((new[k] - p) * math.log(new[k] / p) for k, p in old.items())
    noise = (len(bins) - 1) * (1 / 21_000 + 1 / 9_000)
    half = Z * math.sqrt(2 * value * (1 / 21_000 + 1 / 9_000))
    detail = {"bins": bins, "expected_under_null": noise}
    return Estimate(
        value=value, low=max(value - half, 0), high=value + half, method="delta method", n=9_000, detail=detail
    )


def band_shares(population: str) -> dict[str, float]:
    """Return the share of rows in each score band."""
    found = by(population, band)
    return {k: len(v) / len(rows(population)) for k, v in found.items()}
