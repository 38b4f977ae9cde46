"""Answers that a judge graded and people labelled in part: the arrays that corrections and judge cards work on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from secondline.core.tables import Graded
from secondline.stats.clusters import Floats, Mask, t_of
from secondline.stats.genai.rows import Codes, codes, scored, totals
from secondline.stats.intervals import z_of


@dataclass(frozen=True, slots=True)
class Labelled:
    """Of each row: the judge's verdict or number ``f``, the person's label ``y`` (NaN: none), and its cluster.

    ``weight`` is one over the chance with which a labelled row was chosen, 0 for rows without a label. ``planned``
    says whether those chances are known; where they are not, rows of one verdict count as chosen alike.
    """

    f: Floats
    y: Floats
    weight: Floats
    cluster: Codes
    planned: bool

    @property
    def known(self) -> Mask:
        """Which rows have a label."""
        return np.asarray(self.weight > 0)

    @property
    def clusters(self) -> int:
        """How many clusters there are."""
        return int(self.cluster.max()) + 1 if len(self.cluster) else 0

    def __len__(self) -> int:
        return len(self.f)


def labelled(f: Floats, y: Floats, chance: Floats, cluster: Codes, *, binary: bool = True) -> Labelled:
    """Return labelled rows from their columns.

    Where some chance of a labelled row is not known, the chance is the share labelled among rows of its verdict, which
    is right when people labelled at random within each verdict (of all rows, where *f* is not *binary*).
    """
    known = np.isfinite(y)
    planned = bool(known.any() and np.isfinite(chance[known]).all())
    if not planned:
        cell = f.astype(np.int64) if binary else np.zeros(len(f), dtype=np.int64)
        share = totals(known, cell) / np.maximum(totals(np.ones(len(f)), cell), 1.0)
        chance = share[cell] if len(f) else chance
    weight = np.where(known, 1.0 / np.where(known, chance, 1.0), 0.0)
    return Labelled(f, y, weight, cluster, planned)


def of_answers(graded: Graded) -> Labelled:
    """Return the scored rows of a judge's criterion with their labels."""
    rows = scored(graded)
    return labelled(rows.number("verdict"), rows.number("label"), rows.number("chance"), codes(rows["cluster"]))


def calibrated(rows: Labelled, guess: Floats) -> Floats:
    """Return the weight of each label scaled so that, at each *guess*, labels weigh as much as there are rows."""
    place = np.unique(guess, return_inverse=True)[1].astype(np.int64)
    weighed, there = totals(rows.weight, place), totals(np.ones(len(guess)), place)
    return np.asarray(rows.weight * np.where(weighed > 0, there / np.where(weighed > 0, weighed, 1.0), 0.0)[place])


def cell_rates(rows: Labelled) -> tuple[Floats, Floats]:
    """Return the person's pass rate at each verdict (0, then 1), 0.5 where none is labelled; and that of each row."""
    place = rows.f.astype(np.int64)
    weight = np.bincount(place, rows.weight, 2)
    passed = np.bincount(place, rows.weight * np.nan_to_num(rows.y), 2)
    rate = np.where(weight > 0, passed / np.where(weight > 0, weight, 1.0), 0.5)
    return rate, rate[place]


def design_effect(influence: Floats, cluster: Codes, level: float) -> float:
    """Return how much a clustered estimate's variance exceeds that of independent rows, for Student's t as well.

    ``max(1, v_cl / v_iid) (t_{C-1} / z)^2`` with ``v_iid = sum psi^2`` and ``v_cl = C / (C - 1) sum_c (sum psi)^2`` of
    the influence values psi; infinite with one cluster.
    """
    size = int(cluster.max()) + 1 if len(cluster) else 0
    if size < 2:  # noqa: PLR2004 - a spread needs two
        return float("inf")
    alone = float((influence**2).sum())
    shared = float((totals(influence, cluster) ** 2).sum()) * size / (size - 1)
    inflated = max(1.0, shared / alone) if alone > 0 else 1.0
    return inflated * (t_of(level, size - 1) / z_of(level)) ** 2
