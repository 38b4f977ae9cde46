"""Replicates: the same question asked several times. Does the answer stay, and does the system succeed every time?"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Graded
from secondline.stats import intervals
from secondline.stats.clusters import Floats, effective_size, ratio, share_interval
from secondline.stats.genai.rows import codes, compared_column, few, totals

TWO = 2


def pass_hat(successes: int, trials: int, k: int) -> float | None:
    """Return the chance that k trials of one task drawn without replacement all succeed: ``C(c, k) / C(n, k)``.

    None where there are fewer than k trials. Source: Yao et al. (2024), tau-bench, arXiv:2406.12045.

    >>> pass_hat(3, 4, 2)
    0.5
    """
    return math.comb(successes, k) / math.comb(trials, k) if 1 <= k <= trials else None


def _by_case(graded: Graded) -> tuple[Floats, Floats, Any]:
    """Return successes and trials of each case, and its cluster."""
    verdict = graded.number("verdict")
    kept = graded.where(np.isfinite(verdict))
    names, first, place = np.unique(kept["case"].astype(str), return_index=True, return_inverse=True)
    passed, trials = totals(kept.number("verdict"), place), totals(np.ones(len(place)), place)
    return passed, trials, codes(kept["cluster"][first]) if len(names) else np.zeros(0, dtype=np.int64)


def reliability(graded: Graded, *, level: float = 0.95, k: int = 0) -> Measured:
    """pass^k: the chance that a task succeeds every time in k trials, averaged over tasks.

    ``mean over tasks of C(c, k) / C(n, k)`` for c successes in n trials; *k* of 0 is the fewest trials of any task, but
    at least two. Tasks with fewer are left out and counted. The interval is that of a share at the effective size of
    the clusters. Undefined where no task was tried twice. It is what an agent is judged by: one success in k (pass@k)
    is no use to a bank. Source: Yao et al. (2024), arXiv:2406.12045.
    """
    passed, trials, cluster = _by_case(graded)
    if not (trials >= TWO).any():
        return ONCE
    used = k or max(int(trials[trials >= TWO].min()), TWO)
    enough = trials >= used
    if not enough.any():
        return Undefined(
            because=f"no case has {used} graded answers", n=float(len(trials)), needed=f"{used} replicates"
        )
    value = np.array(
        [pass_hat(int(c), int(n), used) or 0.0 for c, n in zip(passed[enough], trials[enough], strict=True)]
    )
    curve = {str(j): float(np.mean([pass_hat(int(c), int(n), j) or 0.0 for c, n in zip(
        passed[enough], trials[enough], strict=True)])) for j in range(1, used + 1)}  # fmt: skip
    detail = {"k": used, "pass^k": curve, "cases with fewer replicates": int((~enough).sum())}
    return _share(value, cluster[enough], level, detail)


ONCE = Undefined(because="no case of this suite was asked and graded more than once", kind="not-applicable")


def consistency(graded: Graded, spec: ModelSpec, *, level: float = 0.95) -> Measured:
    """Agreement between replicates of one case: share of pairs with the same verdict, averaged over cases.

    For c passes in n replicates, ``(c (c - 1) + (n - c) (n - c - 1)) / (n (n - 1))``. Where the
    scorer gives answers a key (``value``), the keys are compared. ``detail`` has the share of cases
    whose verdict flips at all, with its interval, and where answers were kept the mean semantic entropy over cases with
    its share of answers that are the same text. Undefined where no case was asked twice.
    """
    sizes, cluster = _alike(graded, spec)
    n = sizes.sum(axis=1)
    many = n >= TWO
    if not many.any():
        return ONCE
    sizes, n = sizes[many], n[many]
    agree = (sizes * (sizes - 1)).sum(axis=1) / (n * (n - 1))
    flipped = sizes.max(axis=1) < n
    place = codes(cluster[many])
    both = ratio(totals(flipped, place), totals(np.ones(len(place)), place))
    span = share_interval(both, float(len(n)), level) if both else intervals.Interval(0.0, 1.0)
    detail = {"flip rate": float(flipped.mean()), "flip low": span.low, "flip high": span.high,
              "cases flipped": int(flipped.sum()), "replicates": {"least": float(n.min()), "most": float(n.max())},
              "answers": entropy_of(graded)}  # fmt: skip
    return _share(agree, place, level, detail)


def _alike(graded: Graded, spec: ModelSpec) -> tuple[Floats, Any]:
    """Return how many answers of each case have each verdict (or key), and the cluster of the case."""
    column = compared_column(graded, spec)
    kept = graded.where(np.isfinite(graded.number(column)))
    names, first, place = np.unique(kept["case"].astype(str), return_index=True, return_inverse=True)
    if not len(names):
        return np.zeros((0, 1)), np.zeros(0, dtype=np.int64)
    _, what = np.unique(kept.number(column), return_inverse=True)
    # Only as many columns as a case has answers: the rank of a value within its case.
    order = np.lexsort((what, place))
    new = np.ones(len(order), dtype=np.int64)
    new[1:] = (what[order][1:] != what[order][:-1]) | (place[order][1:] != place[order][:-1])
    starts = np.concatenate([[True], place[order][1:] != place[order][:-1]])
    running = np.cumsum(new)
    rank = running - np.maximum.accumulate(np.where(starts, running, 0))
    table = np.zeros((len(names), int(rank.max()) + 1))
    np.add.at(table, (place[order], rank), 1.0)
    return table, codes(kept["cluster"][first])


def _share(value: Floats, cluster: Any, level: float, detail: dict[str, Any]) -> Estimate:
    place = codes(cluster)
    found = ratio(totals(value, place), totals(np.ones(len(place)), place))
    mean, n = float(value.mean()), float(len(value))
    size = effective_size(found, n, level) if found else 0.0
    span = intervals.wilson(mean * size, size, level)
    clusters = found.clusters if found else 0
    told = detail | {"effective cases": size, "clusters": clusters}
    return Estimate(value=mean, low=min(span.low, mean), high=max(span.high, mean), level=level, n=n,
                    method="Wilson at the effective size of the clusters", detail=told,
                    warnings=few(clusters, n))  # fmt: skip


def normalised(text: str) -> str:
    """Return a text for comparison: lower case, without punctuation, single spaces.

    >>> normalised("  The fee is 5 EUR. ")
    'the fee is 5 eur'
    """
    return " ".join(re.sub(r"[^\w\s]", " ", text.lower()).split())


def entropy(meanings: Iterable[Any]) -> float:
    """Return semantic entropy ``H = -sum p ln p`` over clusters of meaning, in nats: 0 when all mean the same.

    Give each answer's cluster, from an entailment model or from `normalised` texts. Source: Farquhar et al. (2024),
    Nature 630, 625.

    >>> round(entropy(["a", "a", "b", "b"]), 4)
    0.6931
    """
    sizes = np.array(list(Counter(meanings).values()), dtype=np.float64)
    share = sizes / sizes.sum() if len(sizes) else sizes
    return float(-(share * np.log(share)).sum()) + 0.0 if len(sizes) else 0.0


def entropy_of(graded: Graded, meanings: Sequence[Any] | None = None) -> dict[str, float] | None:
    """Return mean entropy over cases asked twice, and the share of pairs of answers that mean the same; None unkept."""
    told = graded["answer"].astype(str) != ""
    means = np.array(list(meanings) if meanings is not None else [normalised(str(a)) for a in graded["answer"]], object)
    held: dict[str, list[Any]] = {}
    for case, meaning, kept in zip(graded["case"].tolist(), means.tolist(), told.tolist(), strict=True):
        if kept or meanings is not None:
            held.setdefault(case, []).append(meaning)
    many = [found for found in held.values() if len(found) >= TWO]
    if not many:
        return None
    same = [sum(n * (n - 1) for n in Counter(found).values()) / (len(found) * (len(found) - 1)) for found in many]
    return {"cases": float(len(many)), "entropy": float(np.mean([entropy(found) for found in many])),
            "same meaning": float(np.mean(same))}  # fmt: skip
