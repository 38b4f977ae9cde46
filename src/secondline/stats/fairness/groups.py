"""Groups of a protected column: who is in which, who is the control, who is decided how, and the worst of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.estimate import Estimate, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.stats.weights import effective_counts

MOST_GROUPS = 20
Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Groups:
    """The rows of each judged group, the control's, and the sizes of those too small to judge."""

    masks: dict[str, Mask]
    control: str
    small: dict[str, int]

    @property
    def others(self) -> Iterator[tuple[str, Mask]]:
        """Every judged group but the control."""
        return ((name, mask) for name, mask in self.masks.items() if name != self.control)

    @property
    def size(self) -> int:
        """Rows of all judged groups."""
        return sum(int(mask.sum()) for mask in self.masks.values())

    def each(self, level: float, ways: int = 1) -> float:
        """Bonferroni's level for one of the comparisons, each made in *ways* ways."""
        return 1 - (1 - level) / max((len(self.masks) - 1) * ways, 1)


def grouped(rows: Sample, column: str, spec: ModelSpec, eligible: Mask) -> Groups | Undefined:
    """Return the groups of *column* among the eligible rows; the control is the one model.yaml names, else the largest.

    Undefined when the column has more than 20 values, or fewer than two groups of the smallest size, or too few rows
    of the named control.
    """
    texts, known = levels(rows.columns[column])
    names = sorted(set(texts[known].tolist()))
    if len(names) > MOST_GROUPS:
        because = f"{column!r} has {len(names):,} values; cut it into groups"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    masks = {name: known & eligible & (texts == name) for name in names}
    return chosen(masks, spec.reference_groups.get(column), repr(column), spec.fairness.smallest_group, rows.size)


def chosen(masks: dict[str, Mask], named: str | None, what: str, least: int, n: int) -> Groups | Undefined:
    """Return the groups of at least *least* rows, with *named* as the control (the largest when None).

    Undefined as for ``grouped``; *what* says in words what makes the groups.
    """
    sizes = {name: int(mask.sum()) for name, mask in masks.items()}
    judged = {name: mask for name, mask in masks.items() if sizes[name] >= least}
    if named is not None and named not in judged:
        because = f"the control group {named!r} of {what} has {sizes.get(named, 0)} rows"
        return Undefined(because=because, n=n, needed=f"{least} rows")
    if len(judged) < 2:  # noqa: PLR2004 - a comparison needs two
        because = f"fewer than two groups of {what} have {least} rows"
        return Undefined(because=because, n=n, needed=f"{least} rows in each of two groups")
    control = named or max(judged, key=lambda name: (sizes[name], name))
    return Groups(judged, control, {name: size for name, size in sizes.items() if name not in judged})


def levels(values: npt.NDArray[Any]) -> tuple[npt.NDArray[np.str_], Mask]:
    """Return each value as text, and which are known (not null, not NaN)."""
    held = values.tolist()
    # Columns of groups repeat a few values: each is named once.
    names = {v: None if v is None or v != v else _name(v) for v in set(held)}  # noqa: PLR0124 - NaN is not itself
    texts = [names[v] for v in held]
    known = np.array([text is not None for text in texts], dtype=bool)
    return np.array([text or "" for text in texts], dtype=np.str_), known


def _name(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def scored(rows: Sample) -> tuple[Floats, Mask]:
    """Return the score of each row (higher is riskier) and which rows have one and a weight."""
    score = np.asarray(rows.columns["@score"], dtype=np.float64)
    return score, np.isfinite(score) & (rows.weight > 0)


def approves(spec: ModelSpec, turned: Floats) -> Mask:
    """Return which scores (turned so that higher is riskier) the decision rule approves; none without a rule."""
    score = -turned if spec.score.direction == "lower-is-riskier" else turned
    rule = spec.decision
    if rule is None:
        return np.zeros(len(turned), dtype=bool)
    return np.asarray(rule.approves(score) & np.isfinite(score))


def decisions(rows: Sample, spec: ModelSpec) -> tuple[Mask, Mask]:
    """Return which rows the decision rule approves, and which it can decide at all (those with a score)."""
    score, usable = scored(rows)
    decided = usable if spec.decision else np.zeros(rows.size, dtype=bool)
    return approves(spec, score) & decided, decided


def counts(w: Floats, hit: Mask, among: Mask) -> tuple[float, float]:
    """Return Kish's effective hits and rows of a group."""
    return effective_counts(float(w[hit & among].sum()), float(w[among].sum()), float((w[among] ** 2).sum()))


def part_of(rows: Sample) -> str:
    """Return, for the name of a method, what part of the population it saw; empty when all of it."""
    return "" if rows.size >= rows.total else f", on {rows.size:,} of {rows.total:,} rows"


def worst(
    rows: Sample, groups: Groups, found: Sequence[Found], level: float, method: str, *, lowest: bool, **more: Any
) -> Estimate:
    """Return the estimate of the worst group: of several intervals, the worst of each end.

    *more* are further tables for ``detail``, and ``warnings``.
    """
    pick = min if lowest else max
    said = more.pop("warnings", ())
    chosen_ = pick(found, key=lambda g: g["value"])
    return Estimate(
        value=chosen_["value"], low=pick(g["low"] for g in found), high=pick(g["high"] for g in found), level=level,
        method=f"{method}, simultaneous over {len(found)} group{'s' * (len(found) > 1)}{part_of(rows)}",
        n=groups.size, warnings=tuple(said),
        detail={"worst": chosen_["group"], "control": groups.control, "groups": list(found),
                "too small to judge": groups.small, **more},
    )  # fmt: skip
