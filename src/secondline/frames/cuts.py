"""Cuts: where columns are cut, decided once on the reference's sample and used for every population."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondline.core.tables import Bins, Sample

BINS = 10
FEW = 20
MOST_LEVELS = 50
BANDS = 10


@dataclass(frozen=True, slots=True)
class Cuts:
    """The bins of every column asked about, and the edges of the score bands.

    ``grid`` is the width of a cell of score tables, whole and by level (0: exact), where the tables of several
    populations are to be added; None where each population is cut as its own scores ask.
    """

    bins: dict[str, Bins]
    band_edges: tuple[float, ...]
    grid: tuple[float, float] | None = None


def cut_number(column: str, values: npt.NDArray[np.float64], bins: int = BINS) -> Bins:
    """Cut a numeric column: at each distinct value when there are at most FEW, else at *bins* quantiles.

    A column without finite values gets one bin.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return Bins(column, edges=())
    distinct = np.unique(finite)
    if len(distinct) <= FEW:
        return Bins(column, edges=tuple(float(v) for v in distinct[:-1]))
    return Bins(column, edges=quantile_edges(finite, bins))


def quantile_edges(finite: npt.NDArray[np.float64], bins: int) -> tuple[float, ...]:
    """Return the distinct inner quantiles that are values of the data, the largest value excluded."""
    inner = np.quantile(finite, np.arange(1, bins) / bins, method="inverted_cdf")
    edges = np.unique(inner)
    return tuple(float(edge) for edge in edges if edge < finite.max())


def cut_levels(column: str, values: npt.NDArray[np.object_]) -> Bins:
    """List the levels of a categorical column: the MOST_LEVELS most frequent, in order of name."""
    counts = Counter(values.tolist())
    counts.pop(None, None)
    most = sorted(counts, key=lambda name: (-counts[name], str(name)))[:MOST_LEVELS]
    return Bins(column, levels=tuple(sorted(str(name) for name in most)))


def cut(column: str, sample: Sample) -> Bins:
    """Cut a sampled column by its kind."""
    values = sample.columns[column]
    return cut_levels(column, values) if values.dtype == object else cut_number(column, values)


def band_edges(sample: Sample) -> tuple[float, ...]:
    """Return the edges of the score bands: deciles of the reference's score."""
    score = sample.finite("@score")
    return quantile_edges(score, BANDS) if len(score) else ()
