"""Distances between events and non-events: Kolmogorov-Smirnov, Pietra, gains, entropy and rank correlation."""

from __future__ import annotations

import math

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import GroupTable, ScoreTable
from secondline.core.tables._arrays import FloatArray
from secondline.stats import intervals
from secondline.stats.discrimination.auc import area
from secondline.stats.discrimination.curves import Split, split
from secondline.stats.weights import effective_n

REPLICATES = 400
CELLS = 512
DECILES = 10


def ks(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Kolmogorov-Smirnov distance: the largest gap between the score distributions of events and non-events.

    ``max |F1(s) - F0(s)|`` over the distinct scores (ties are jumps of both). The interval is a multinomial bootstrap
    of the table (400 seeded replicates, scores pooled to at most 512 cells), re-centred on the value: the largest of
    many gaps is biased upwards, and ``detail`` has that bias. On a grid ``bound`` is the largest share of one class in
    a cell. Undefined with one class.
    """
    samples = split(table)
    if isinstance(samples, Undefined):
        return samples
    gap = np.cumsum(samples.events) / samples.n_events - np.cumsum(samples.rest) / samples.n_rest
    at = int(np.argmax(np.abs(gap)))
    value = float(abs(gap[at]))
    drawn = _redrawn(table, samples)
    spread = float(drawn.std())
    low, high = intervals.normal(value, spread, level)
    bound = (
        float(max((samples.events / samples.n_events).max(), (samples.rest / samples.n_rest).max()))
        if table.cell
        else 0.0
    )
    return Estimate(
        value=value, low=max(low - bound, 0.0), high=min(high + bound, 1.0), level=level, method="bootstrap", n=table.n,
        events=table.n_events, bound=bound, detail={"at": float(table.score[at]), "bias": float(drawn.mean()) - value},
    )  # fmt: skip


def _redrawn(table: ScoreTable, samples: Split) -> FloatArray:
    """Return the distance in each of REPLICATES tables redrawn from this one, sized by Kish's effective rows."""
    size = len(samples.events)
    cell = np.minimum(np.arange(size) * CELLS // max(size, 1), CELLS - 1) if size > CELLS else np.arange(size)
    shares = [np.bincount(cell, weights=side) / total
              for side, total in ((samples.events, samples.n_events), (samples.rest, samples.n_rest))]  # fmt: skip
    squares = float(table.event_weight_sq.sum()), float((table.weight_sq - table.event_weight_sq).sum())
    sizes = [max(round(effective_n(t, q)), 1)
             for t, q in zip((samples.n_events, samples.n_rest), squares, strict=True)]  # fmt: skip
    rng = np.random.default_rng(20260417)
    draws = [rng.multinomial(n, share / share.sum(), REPLICATES) / n for n, share in zip(sizes, shares, strict=True)]
    gap = np.cumsum(draws[0], axis=1) - np.cumsum(draws[1], axis=1)
    return np.asarray(np.abs(gap).max(axis=1))


def pietra(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Pietra index: half the largest distance between the ROC curve and the diagonal, ``KS / 2``; see :func:`ks`."""
    found = ks(table, level=level)
    if isinstance(found, Undefined):
        return found
    half = {name: None if (x := getattr(found, name)) is None else x / 2 for name in ("value", "low", "high", "bound")}
    return found.model_copy(update=half)


def capture(table: ScoreTable, *, level: float = 0.95, k: float = 0.1) -> Measured:
    """Share of all events among the riskiest *k* of the rows.

    A tie at the cut counts in proportion. The interval is Wilson's on the events, with the cut taken as given.
    ``detail`` has the lift (share over k) and a table by tenth. Undefined with one class, or k outside (0, 1).
    """
    if not 0 < k < 1:
        return Undefined(because=f"k must lie between 0 and 1, not {k:g}", kind="not-applicable")
    samples = split(table)
    if isinstance(samples, Undefined):
        return samples
    value = float(_caught(samples, np.array([k]))[0])
    n = effective_n(samples.n_events, float(table.event_weight_sq.sum()))
    low, high = intervals.wilson(value * n, n, level)
    return Estimate(
        value=value, low=low, high=high, level=level, method="Wilson on events", n=table.n, events=table.n_events,
        detail={"k": k, "lift": value / k, "tenths": _tenths(samples)},
    )  # fmt: skip


def _caught(samples: Split, shares: FloatArray) -> FloatArray:
    everyone = (samples.events + samples.rest)[::-1]
    x = np.concatenate([[0.0], np.cumsum(everyone)]) / everyone.sum()
    y = np.concatenate([[0.0], np.cumsum(samples.events[::-1])]) / samples.n_events
    return np.interp(shares, x, y)


def _tenths(samples: Split) -> list[dict[str, float]]:
    shares = np.arange(DECILES + 1) / DECILES
    caught = _caught(samples, shares)
    base = samples.n_events / (samples.n_events + samples.n_rest)
    return [
        {"share": float(shares[i]), "caught": float(caught[i]), "lift": float(caught[i] / shares[i]),
         "event_rate": float((caught[i] - caught[i - 1]) * DECILES * base)}
        for i in range(1, DECILES + 1)
    ]  # fmt: skip


def pr_auc(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Area under the precision-recall curve as average precision: ``sum (R_k - R_(k-1)) P_k`` over distinct scores.

    Scikit-learn's definition; ``detail`` has the baseline, which is the prevalence. The interval is normal on the logit
    scale with the binomial variance ``A (1 - A) / n1`` of Boyd, Eng and Page (2013). On a grid ``bound`` is a bound on
    the change of any ordering within cells. Undefined with one class.
    """
    samples = split(table)
    if isinstance(samples, Undefined):
        return samples
    events, everyone = samples.events[::-1], (samples.events + samples.rest)[::-1]
    caught, seen = np.cumsum(events), np.cumsum(everyone)
    value = min(float((events * caught / seen).sum()) / samples.n_events, 1.0)
    before = np.concatenate([[0.0], seen[:-1]])
    swing = events * everyone / np.maximum(before, everyone)
    bound = min(float(swing.sum()) / samples.n_events, 1.0) if table.cell else 0.0
    n = effective_n(samples.n_events, float(table.event_weight_sq.sum()))
    inside = min(max(value, 1e-9), 1 - 1e-9)
    low, high = intervals.logit_normal(inside, math.sqrt(inside * (1 - inside) / n), level)
    return Estimate(
        value=value, low=max(low - bound, 0.0), high=min(high + bound, 1.0),
        level=level, method="binomial, logit scale",
        n=table.n, events=table.n_events, bound=bound,
        detail={"baseline": samples.n_events / (samples.n_events + samples.n_rest)},
    )  # fmt: skip


def kendall_tau(table: ScoreTable, *, level: float = 0.95) -> Measured:
    """Kendall's tau-b between score and outcome, ties allowed for on both sides.

    ``(C - D) / sqrt((pairs not tied in score)(pairs not tied in outcome))``. The numerator is ``(2 AUC - 1) n1 n0``, so
    the AUC's interval carries over with the ties held fixed. Undefined with one class or one score. Source: BCBS
    working paper 14.
    """
    samples = split(table)
    if isinstance(samples, Undefined):
        return samples
    everyone = samples.events + samples.rest
    total = float(everyone.sum())
    pairs = total * total - float(everyone @ everyone)
    if pairs <= 0 or len(everyone) < 2:  # noqa: PLR2004 - one score ranks nothing
        return Undefined(
            because="every row has the same score", n=table.n, events=table.n_events, needed="distinct scores"
        )
    found = area(table, samples)
    scale = math.sqrt(2 * samples.n_events * samples.n_rest / pairs)
    value = (2 * found.value - 1) * scale
    low, high = intervals.normal(value, 2 * found.se * scale, level)
    bound = 2 * found.bound * scale
    return Estimate(
        value=value, low=max(low - bound, -1.0), high=min(high + bound, 1.0), level=level, method="DeLong, scaled",
        n=table.n, events=table.n_events, bound=bound,
    )  # fmt: skip


def cier(groups: GroupTable, *, level: float = 0.95) -> Measured:
    """Conditional information entropy ratio over bands: the share of the outcome's uncertainty that the bands remove.

    ``1 - H(outcome | band) / H(outcome)`` with H the binary entropy: 0 when bands say nothing, 1 when they say all. The
    interval is a delta method over the bands' event rates. Undefined with one class. Source: BCBS working paper 14.
    """
    keep = groups.label_weight > 0
    n, e = groups.label_weight[keep], groups.event_weight[keep]
    total, events = float(n.sum()), float(e.sum())
    if not 0 < events < total:
        return Undefined(because="only one class is present", n=total, events=events, needed="rows of both classes")
    p, base = e / n, events / total
    whole, within = float(_entropy(np.array([base]))[0]), float(n @ _entropy(p)) / total
    inside, middle = np.clip(p, 0.5 / n, 1 - 0.5 / n), math.log((1 - base) / base)
    slope = (n / total) * (-np.log((1 - inside) / inside) / whole + within * middle / whole**2)
    variance = float((slope**2 * inside * (1 - inside) / n).sum()) * float(groups.weight_sq.sum()) / total
    low, high = intervals.normal(1 - within / whole, math.sqrt(variance), level)
    return Estimate(
        value=1 - within / whole, low=max(low, 0.0), high=min(high, 1.0), level=level, method="delta method",
        n=int(groups.labelled.sum()), events=int(groups.event_rows.sum()),
    )  # fmt: skip


def _entropy(p: FloatArray) -> FloatArray:
    inside = np.clip(p, 1e-300, 1 - 1e-16)
    return np.where((p > 0) & (p < 1), -(inside * np.log(inside) + (1 - inside) * np.log1p(-inside)), 0.0)
