"""Graded answers for tests: drawn with known truth, and a study of a generative system that reads them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from secondline.core.spec import ModelSpec
from secondline.core.tables import Graded
from secondline.core.tables.graded import COLUMNS, KEPT, NUMBERS

Floats = np.ndarray[Any, np.dtype[np.float64]]


def answers(verdicts: Any, **columns: Any) -> Graded:
    """Return one answer a case with these verdicts; *columns* replace or add others, one value for all where scalar."""
    verdict = np.asarray(verdicts, dtype=np.float64)
    n = len(verdict)
    usual = {"case": [f"c{i:04d}" for i in range(n)], "criterion": "right", "scorer": "code", "status": "ok",
             "kind": "benign", "severity": 2.0, "replicate": 0.0, "suite": "questions"}  # fmt: skip
    given = usual | {"outcome": [outcome(v) for v in verdict.tolist()]} | columns
    whole = {k: [v] * n if isinstance(v, (str, float, int)) else v for k, v in given.items()}
    return Graded.of(verdict=verdict, **whole)


def outcome(verdict: float) -> str:
    """Return the outcome that goes with a verdict."""
    return "unscored" if np.isnan(verdict) else "pass" if verdict else "fail"


def table(*parts: Graded) -> pa.Table:
    """Return graded answers as the table an evaluation hands over."""
    joined = {name: np.concatenate([part[name] for part in parts]) for name in (*COLUMNS, *KEPT)}
    kinds = {name: pa.float64() if name in NUMBERS else pa.string() for name in joined}
    return pa.table({name: pa.array(values, kinds[name], from_pandas=False) for name, values in joined.items()})


def judged(
    theta: float, se: float, sp: float, *, clusters: int = 200, size: int = 1, icc: float = 0.0, labels: int = 100,
    seed: int = 1, by_verdict: bool = True, **columns: Any,
) -> Graded:  # fmt: skip
    """Return answers that a judge with known errors graded and people labelled in part.

    People would pass a share *theta*, alike within clusters as beta-binomial with *icc*. Half of the *labels* are drawn
    from each verdict, or all at random.
    """
    _, f, label, chance, cluster = drawn(theta, se, sp, clusters, size, icc, labels, seed, by_verdict=by_verdict)
    return answers(f, scorer="judge", label=label, chance=chance, cluster=[f"d{c:g}" for c in cluster], **columns)


def drawn(
    theta: float, se: float, sp: float, clusters: int, size: int, icc: float, labels: int, seed: int, *,
    by_verdict: bool = True,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:  # fmt: skip
    """Return truth, verdict, label, chance and cluster of each answer drawn."""
    draw = np.random.default_rng(seed)
    n = clusters * size
    if icc > 0:
        scale = 1 / icc - 1
        rate = np.repeat(draw.beta(theta * scale, (1 - theta) * scale, clusters), size)
    else:
        rate = np.full(n, theta)
    y = (draw.random(n) < rate).astype(float)
    f = np.where(y == 1, draw.random(n) < se, draw.random(n) >= sp).astype(float)
    label, chance = np.full(n, np.nan), np.full(n, np.nan)
    cells = [np.flatnonzero(f == v) for v in (0, 1)] if by_verdict else [np.arange(n)]
    first = min(labels // 2, len(cells[0])) if by_verdict else labels
    for cell, wanted in zip(cells, (first, labels - first), strict=False):
        chosen = draw.choice(cell, min(wanted, len(cell)), replace=False)
        label[chosen], chance[cell] = y[chosen], max(len(chosen), 1) / max(len(cell), 1)
    return y, f, label, chance, np.repeat(np.arange(clusters, dtype=float), size)


def study(**changes: Any) -> ModelSpec:
    """Return a study of an assistant with one suite and two criteria; *changes* replace parts of `genai`."""
    genai: dict[str, Any] = {
        "autonomy": "advise",
        "components": [{"kind": "model", "name": "small"}, {"kind": "prompt", "name": "system", "digest": "p1"}],
        "target": {"kind": "replay", "file": "answers.jsonl"},
        "suites": {"questions": {"cases": "questions.jsonl"}},
        "criteria": {"right": {"scorer": "reference-facts"}},
    } | changes
    more: Mapping[str, Any] = genai.pop("spec", {})
    return ModelSpec.model_validate({"model": "assistant", "version": 1, "genai": genai} | dict(more))


def these(*values: Any) -> Any:
    """Return values to be compared with, some of them approximate, without a type that a checker would hold against."""
    return values
