"""Pairs of inputs: scores with two moved together and with each moved alone, from which interactions are read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from secondline.models.attributions import on, scale_of
from secondline.models.model import Columns, Floats, Model

ROWS = 80
"""Rows that lend their values, and as many others to which they are lent: the square is scored for every pair."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Scores with inputs borrowed from another row.

    ``single[j]`` holds, for each lending row (down) and each borrowing row (across), the score of the borrower with
    input j of the lender; ``double`` the same with both inputs of the pair at that place in ``names``.
    """

    inputs: tuple[str, ...]
    scale: str
    names: tuple[tuple[str, str], ...]
    single: Floats
    double: Floats


def pairs(model: Model, columns: Columns, inputs: Sequence[str], *, rows: int = ROWS, sign: float = 1.0) -> Pairs:
    """Score every pair of *inputs*; the first *rows* rows lend, the next *rows* borrow (the same where there are few).

    Borrowers other than the lenders keep a row from meeting itself.
    """
    size = len(columns[model.features[0]])
    half = min(rows, size // 2)
    lend, borrow = (slice(0, half), slice(half, 2 * half)) if half else (slice(0, size), slice(0, size))
    lenders = {name: columns[name][lend] for name in model.features}
    borrowers = {name: columns[name][borrow] for name in model.features}
    scale = scale_of(np.concatenate([model.score(lenders, 0), model.score(borrowers, 0)]))

    def scores(moved: Sequence[str]) -> Floats:
        n, m = len(lenders[model.features[0]]), len(borrowers[model.features[0]])
        mixed: dict[str, Any] = {name: np.tile(values, n) for name, values in borrowers.items()}
        mixed |= {name: np.repeat(lenders[name], m) for name in moved}
        return sign * on(scale, model.score(mixed, 0)).reshape(n, m)

    names = tuple(combinations(inputs, 2))
    single = np.stack([scores([name]) for name in inputs])
    double = np.stack([scores(pair) for pair in names]) if names else np.empty((0, *single.shape[1:]))
    return Pairs(tuple(inputs), scale, names, single, double)
