"""Short ways to make records by hand for tests, and the bounds of a false-alarm rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import binom

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Bins, CrossTable, GroupTable, Histogram, Sample, ScoreTable

NULLS = 2_000


def groups(
    n: Any, events: Any, predicted: Any, levels: Sequence[str] | None = None, *, weight: float = 1.0, **more: Any
) -> GroupTable:
    """Return a group table of rows with one prediction a group and one weight for all; *more* replaces fields."""
    rows, hits, p = (np.atleast_1d(np.asarray(a)) for a in (n, events, predicted))
    fields: dict[str, Any] = {
        "rows": rows.astype(np.int64),
        "weight": weight * rows.astype(float),
        "labelled": rows.astype(np.int64),
        "event_rows": hits.astype(np.int64),
        "label_weight": weight * rows.astype(float),
        "event_weight": weight * hits.astype(float),
        "weight_sq": weight**2 * rows.astype(float),
        "score_weight": weight * rows * p.astype(float),
        "score_var": weight**2 * rows * p * (1.0 - p),
        "exposure": np.zeros(len(rows)),
    }
    names = tuple(levels or (f"g{i:02d}" for i in range(len(rows))))
    return GroupTable(levels=names, **{k: np.broadcast_to(v, rows.shape) for k, v in (fields | more).items()})


def groups_of(score: Any, label: Any, by: Any, weight: Any = None) -> GroupTable:
    """Return the group table of rows, all of them labelled and scored."""
    score, label, by = np.asarray(score, float), np.asarray(label, float), np.asarray(by)
    w = np.ones_like(score) if weight is None else np.asarray(weight, float)
    names, place = np.unique(by, return_inverse=True)

    def total(values: Any) -> Any:
        return np.bincount(place, weights=values, minlength=len(names))

    one = np.ones_like(w)
    return GroupTable(
        tuple(map(str, names)), total(one).astype(np.int64), total(w), total(one).astype(np.int64),
        total(label).astype(np.int64), total(w), total(w * label), total(w * w), total(w * score),
        total(w * w * score * (1 - score)), total(0 * w),
    )  # fmt: skip


def scores(n: Any, events: Any, p: Any) -> ScoreTable:
    """Return the exact score table of *n* rows and *events* events at each distinct prediction *p* (ascending)."""
    n, events, p = np.asarray(n, float), np.asarray(events, float), np.asarray(p, float)
    clipped = np.clip(p, 2.0**-52, 1 - 2.0**-52)
    loss = -(events * np.log(clipped) + (n - events) * np.log1p(-clipped))
    return ScoreTable(
        p, n.astype(np.int64), events.astype(np.int64), n, events, n, events, n * p, n * p * p, events * p, loss
    )


def gridded(score: Any, label: Any, cell: float, weight: Any = None) -> ScoreTable:
    """Return the score table of rows on a grid of width *cell*, as an engine makes it of many distinct scores."""
    exact = ScoreTable.of(np.asarray(score, float), np.asarray(label, float), weight)
    key, place = np.unique(np.floor(exact.key / cell), return_inverse=True)
    names = [f for f in exact.__dataclass_fields__ if f not in {"key", "cell"}]
    sums: dict[str, Any] = {f: np.bincount(place, weights=getattr(exact, f), minlength=len(key)) for f in names}
    counts: dict[str, Any] = {f: sums[f].astype(np.int64) for f in ("rows", "event_rows")}
    return ScoreTable(key=key * cell, cell=cell, **(sums | counts))


def histogram(
    counts: Any, specials: Mapping[str, int] | None = None, *, weight: float = 1.0, levels: Any = None
) -> Histogram:
    """Return a histogram of *counts* rows by ordinary bin, of a numeric column or of a categorical one of *levels*."""
    size = len(counts)
    bins = Bins("x", levels=tuple(levels)) if levels else Bins("x", edges=tuple(float(e) for e in range(1, size)))
    rows: Any = np.zeros(len(bins.labels), dtype=np.int64)
    rows[:size] = counts
    for name, count in (specials or {}).items():
        rows[bins.labels.index(name)] = count
    none, nowhere = np.zeros(len(rows)), np.full(len(rows), np.nan)
    whole = none.astype(np.int64)
    return Histogram(
        bins, rows, weight * rows, weight**2 * rows, whole, none, whole, none, nowhere, nowhere
    )  # fmt: skip


def histogram_of(values: Any, edges: Sequence[float], weight: Any = None) -> Histogram:
    """Return the histogram of finite numbers cut at *edges*, with the range of each bin."""
    x = np.asarray(values, float)
    w = np.ones_like(x) if weight is None else np.asarray(weight, float)
    bins = Bins("x", edges=tuple(edges))
    place, size = np.searchsorted(np.asarray(edges), x, side="left"), len(bins.labels)

    def total(what: Any) -> Any:
        return np.bincount(place, weights=what, minlength=size)

    low, high = np.full(size, np.nan), np.full(size, np.nan)
    np.fmin.at(low, place, x)
    np.fmax.at(high, place, x)
    rows, none = total(np.ones_like(w)).astype(np.int64), np.zeros(size)
    return Histogram(
        bins, rows, total(w), total(w * w), none.astype(np.int64), none, none.astype(np.int64), none, low, high,
    )  # fmt: skip


def cross(counts: Any, rows: Sequence[str] | None = None, columns: Sequence[str] | None = None) -> CrossTable:
    """Return a cross table of unweighted, unlabelled rows."""
    matrix = np.asarray(counts, dtype=np.int64)
    down = tuple(rows or (str(i + 1) for i in range(matrix.shape[0])))
    across = tuple(columns or (str(i + 1) for i in range(matrix.shape[1])))
    return CrossTable(down, across, matrix, matrix.astype(float), 0 * matrix, 0 * matrix)


def number(measured: Measured) -> Estimate:
    """Return the estimate, failing the test where there is none."""
    assert isinstance(measured, Estimate), measured
    return measured


def no_number(measured: Measured) -> Undefined:
    """Return the reason for no number, failing the test where there is one."""
    assert isinstance(measured, Undefined), measured
    return measured


def alarms(p_values: Sequence[float | None], alpha: float = 0.05) -> int:
    """Return how many p-values raise an alarm at *alpha*; every one must exist."""
    return sum(p < alpha for p in p_values if p is not None) if None not in p_values else -1


def at_most(tests: int = NULLS, alpha: float = 0.05) -> int:
    """Return the largest count of false alarms that a correct test has with probability 0.999."""
    return int(binom.ppf(0.999, tests, alpha))


def at_least(tests: int = NULLS, alpha: float = 0.05) -> int:
    """Return the smallest count of false alarms that an exact test has with probability 0.999."""
    return int(binom.ppf(0.001, tests, alpha))


def sample(score: Any, *, total: int | None = None, **columns: Any) -> Sample:
    """Return a sample of rows with a score and further columns (``at_`` stands for ``@``); all rows unless *total*."""
    named = {"@score": score} | {name.replace("at_", "@"): values for name, values in columns.items()}
    arrays = {name: np.asarray(values, dtype=float) for name, values in named.items()}
    size = len(arrays["@score"])
    return Sample(size, size if total is None else total, np.arange(size, dtype=np.uint64), arrays)
