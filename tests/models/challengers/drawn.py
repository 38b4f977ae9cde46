"""Drawn data with known truth for the tests of challengers."""

from __future__ import annotations

from typing import Any

import numpy as np

Columns = dict[str, Any]


def drawn(rows: int = 2_000, seed: int = 1, *, gaps: bool = True) -> tuple[Columns, Any]:
    """Return columns and a label: risk rises in ``up``, falls in ``down`` and jumps in ``grade`` = c."""
    draw = np.random.default_rng(seed)
    up, down, noise = (draw.normal(size=rows) for _ in range(3))
    grade = draw.choice(np.array(["a", "b", "c"], dtype=object), rows, p=[0.5, 0.3, 0.2])
    odds = -0.5 + 1.2 * up - 0.8 * down + 1.5 * (grade == "c")
    label = (draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(float)
    if gaps:
        up = np.where(draw.random(rows) < 0.1, np.nan, up)
        grade[draw.random(rows) < 0.1] = None
    return {"up": up, "down": down, "noise": noise, "grade": grade}, label


def area(score: Any, label: Any) -> float:
    """Return the AUC by counting pairs, ties one half."""
    good, bad = np.asarray(score)[label == 0], np.asarray(score)[label == 1]
    above = (bad[:, None] > good[None, :]).mean()
    return float(above + 0.5 * (bad[:, None] == good[None, :]).mean())
