"""Regions: a search of all regions of one and two columns for those where the model errs more than elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr

from secondline.stats.robustness.cuts import Codes, Cut, Span
from secondline.stats.robustness.scored import Flags, Floats, Scored, log_odds

Kind = Literal["understated", "overstated", "ranking", "loss"]
KINDS: tuple[Kind, ...] = ("understated", "overstated", "ranking", "loss")
KEPT = {"understated": 4, "overstated": 3, "ranking": 2, "loss": 1}
"""Regions of each kind that go to confirmation; few, because each must then share the error rate."""
PER_PLACE, COMPARED = 8, 20_000
SMALLEST, LARGEST = 0.01, 0.5
EVENTS = 10.0
OVERLAP = 0.5
UNLIKELY = 1.0
"""Standard errors below which a region is not worth confirming."""


@dataclass(frozen=True, slots=True)
class Region:
    """Rows that meet one or two conditions: for each column, the first and last cell."""

    where: tuple[tuple[str, Span], ...]

    def rows(self, codes: Mapping[str, Codes]) -> Flags:
        """Return which rows lie in it."""
        inside = [(codes[name] >= low) & (codes[name] <= high) for name, (low, high) in self.where]
        return np.asarray(np.logical_and.reduce(inside))

    def words(self, cuts: Mapping[str, Cut]) -> str:
        """Return the region as a reader says it."""
        return " and ".join(cuts[name].words(span) for name, span in self.where)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region of the half that was searched: its kind, z, and how many regions of as many columns were looked at."""

    region: Region
    kind: Kind
    z: float
    looked: int

    @property
    def rank(self) -> float:
        """The log of its p-value times the regions looked at: smaller is stronger."""
        return float(log_ndtr(-self.z)) + float(np.log(max(self.looked, 1)))


@dataclass(frozen=True, slots=True)
class Searched:
    """The candidates, best first within each kind, and how many regions were looked at."""

    candidates: tuple[Candidate, ...]
    regions: int
    rows: int


Sums = npt.NDArray[np.float64]


def additive(rows: Scored) -> Sums:
    """Return, one row a sum, what is summed over a region.

    Rows, u, its variance, and with the overall level put right: u, its variance, u l, and the variances of u with
    l and l squared; u is weight x (outcome - probability) and l the log-odds.
    """
    odds = log_odds(rows.level)
    u, v = rows.w * (rows.y - rows.p), rows.w**2 * rows.p * (1 - rows.p)
    ul, vl = rows.w * (rows.y - rows.level), rows.w**2 * rows.level * (1 - rows.level)
    return np.stack([u, v, ul, vl, ul * odds, vl * odds, vl * odds * odds])


def deviations(sums: Sums, total: Sums) -> dict[Kind, Floats]:
    """Return for each kind the z of regions with these *sums* among rows with this *total*; larger is weaker.

    Each is the smaller of two score statistics: the model errs there, and it errs there more than elsewhere. With
    ``u`` summed over the region: calibration compares ``sum u`` with its variance; loss compares ``- sum u l`` (the log
    loss beyond what the probabilities promise); ranking is the score statistic of the slope after the region's own
    level, whose fall says that the log-odds spread too far there.
    """
    u, v, ul, vl, a, b, c = sums
    with np.errstate(divide="ignore", invalid="ignore"):
        alone, beside = u / np.sqrt(v), ul / np.sqrt(vl * (1 - vl / total[3]))
        slope, spread = a - b / vl * ul, c - b * b / vl
        whole, widest = total[4] - total[5] / total[3] * total[2], total[6] - total[5] ** 2 / total[3]
        found: dict[Kind, Floats] = {
            "understated": np.minimum(alone, beside),
            "overstated": np.minimum(-alone, -beside),
            "ranking": _weaker(slope, spread, whole, widest),
            "loss": _weaker(a, c, total[4], total[6]),
        }
    return {kind: np.where(np.isfinite(z), z, -np.inf) for kind, z in found.items()}


def _weaker(part: Floats, spread: Floats, whole: Floats, widest: Floats) -> Floats:
    """Return how far *part* falls below nothing and below its share of the whole, whichever is less far."""
    share = spread / widest
    return np.minimum(-part / np.sqrt(spread), -(part - share * whole) / np.sqrt(spread * (1 - share)))


def search(
    rows: Scored, codes: Mapping[str, Codes], cuts: Mapping[str, Cut], *, smallest: float = SMALLEST
) -> Searched:
    """Search every region of one and two columns of at least *smallest* and at most half of the rows.

    A region must expect at least ten events and ten non-events (as a variance of ten). Regions are ordered by their
    p-value times the number of regions of as many columns, so that a second condition must earn its place; of two that
    share over half of the smaller one's rows, the better is kept.
    """
    values = additive(rows)
    table = _Table(codes, values, values.sum(axis=1), smallest)
    named = {name: made for name, made in cuts.items() if name in codes}
    singles = [table.single(made) for made in named.values()]
    doubles = [table.double(cuts[one], cuts[two]) for one, two in combinations(named, 2)]
    counted = [sum(place.looked for place in group) for group in (singles, doubles)]
    found = [c for group, looked in zip((singles, doubles), counted, strict=True) for place in group
             for c in place.candidates(looked)]  # fmt: skip
    return Searched(tuple(_apart(found, codes, rows.size)), sum(counted), rows.size)


@dataclass(frozen=True, slots=True)
class _Place:
    """The best regions of one column or pair, and how many were looked at there."""

    looked: int
    best: tuple[tuple[Kind, float, Region], ...]

    def candidates(self, looked: int) -> Iterator[Candidate]:
        for kind, z, region in self.best:
            yield Candidate(region, kind, z, looked)


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """Rows by cell, with what is summed over them."""

    codes: Mapping[str, Codes]
    values: Sums
    total: Sums
    smallest: float

    def single(self, cut: Cut) -> _Place:
        """Return the best regions of one column."""
        spans = cut.spans()
        sums = self._sums(self.codes[cut.name], cut.size + 1) @ cut.matrix(spans).T
        return self._best(sums, lambda i: Region(((cut.name, spans[i]),)))

    def double(self, one: Cut, two: Cut) -> _Place:
        """Return the best regions of two columns: sums over rectangles of cells."""
        down, across = one.coarse(), two.coarse()
        width = two.size + 1
        flat = self._sums(self.codes[one.name] * width + self.codes[two.name], (one.size + 1) * width)
        sums = one.matrix(down) @ flat.reshape(len(flat), -1, width) @ two.matrix(across).T
        return self._best(
            sums.reshape(len(flat), -1),
            lambda i: Region(((one.name, down[i // len(across)]), (two.name, across[i % len(across)]))),
        )

    def _sums(self, code: Codes, size: int) -> Sums:
        found = np.empty((1 + len(self.values), size))
        found[0] = np.bincount(code, minlength=size)
        for i, values in enumerate(self.values, 1):
            found[i] = np.bincount(code, weights=values, minlength=size)
        return found

    def _best(self, table: Sums, region: Callable[[int], Region]) -> _Place:
        counts, sums, size = table[0], table[1:], len(self.values[0])
        large = (counts >= max(self.smallest * size, 1)) & (counts <= LARGEST * size)
        fit = np.flatnonzero(large & (sums[3] >= EVENTS))
        if not len(fit):
            return _Place(0, ())
        best: list[tuple[Kind, float, Region]] = []
        found = deviations(sums[:, fit], self.total)
        for kind in KINDS:
            z = found[kind]
            top = np.argpartition(-z, PER_PLACE)[:PER_PLACE] if len(z) > PER_PLACE else np.arange(len(z))
            best.extend((kind, float(z[i]), region(int(fit[i]))) for i in top if z[i] >= UNLIKELY)
        return _Place(len(fit), tuple(best))


def _apart(found: Sequence[Candidate], codes: Mapping[str, Codes], size: int) -> Iterator[Candidate]:
    """Yield the best of each kind, leaving out those that share over half of the smaller region's rows."""
    step = max(size // COMPARED, 1)
    few = {name: code[::step] for name, code in codes.items()}
    for kind in KINDS:
        mine = sorted((c for c in found if c.kind == kind), key=lambda c: (c.rank, repr(c.region)))
        taken: list[Flags] = []
        for candidate in mine:
            if len(taken) == KEPT[kind]:
                break
            inside = candidate.region.rows(few)
            if all((inside & other).sum() <= OVERLAP * min(inside.sum(), other.sum()) for other in taken):
                taken.append(inside)
                yield candidate
