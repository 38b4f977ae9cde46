"""Reviews: what people said of answers in some of which an error was planted, as a table of graded answers."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondline.core.errors import DataError, near
from secondline.core.tables.graded import COLUMNS, NUMBERS

if TYPE_CHECKING:
    import pyarrow as pa

NEEDED = ("reviewer", "case", "seeded", "stopped")
FLAGS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def read(path: Path) -> pa.Table:
    """Return the reviews of a CSV file, a row a reviewer and item (`graded`).

    Raises:
        DataError: there is no such file, a column is missing, or a flag is no flag.
    """
    if not path.exists():
        raise DataError(f"There is no file of reviews {path.name!r}.")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return graded(csv.DictReader(lines))


def graded(reviews: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return reviews as graded answers: the verdict is 1 where the reviewer was right.

    Each has a ``reviewer``, a ``case``, whether an error was ``seeded``, and whether the reviewer ``stopped`` the
    answer (1 or 0). ``planted`` is the kind of error (the stratum), ``severity`` its weight, ``seconds`` how long it
    took. Right is to stop what was seeded and to let pass what was not. The reviewer is the cluster.

    Raises:
        DataError: a column is missing, a flag is no flag, or there is no review.
    """
    import pyarrow as pa

    made = [_row(place, review) for place, review in enumerate(reviews, 1)]
    if not made:
        raise DataError("The file of reviews holds no review.")
    blank: dict[str, Any] = {name: nan if name in NUMBERS else "" for name in COLUMNS}
    rows = [blank | row for row in made]
    kinds = {name: pa.float64() if name in NUMBERS else pa.string() for name in COLUMNS}
    return pa.table({n: pa.array([row[n] for row in rows], kinds[n], from_pandas=False) for n in COLUMNS})


def _row(place: int, review: Mapping[str, Any]) -> dict[str, Any]:
    for name in NEEDED:
        if name not in review:
            hint = near(name, list(review), f"It has: {', '.join(map(str, review))}.")
            raise DataError(f"Reviews need a column {name!r}. {hint}")
    seeded, stopped = _flag(place, "seeded", review), _flag(place, "stopped", review)
    right = seeded == stopped
    return {
        "case": str(review["case"]), "cluster": str(review["reviewer"]), "suite": "reviews",
        "criterion": "seeded-error", "kind": "canary" if seeded else "benign", "scorer": "human", "status": "ok",
        "stratum": str(review.get("planted") or ""), "outcome": "pass" if right else "fail", "verdict": float(right),
        "replicate": 0.0, "severity": _number(place, "severity", review), "value": float(stopped),
        "latency_ms": 1000 * _number(place, "seconds", review),
    }  # fmt: skip


def _flag(place: int, name: str, review: Mapping[str, Any]) -> bool:
    said = str(review[name]).strip().lower()
    if said not in FLAGS:
        raise DataError(f"Review {place}: {name!r} must be 1 or 0; got {review[name]!r}.")
    return FLAGS[said]


def _number(place: int, name: str, review: Mapping[str, Any]) -> float:
    said = str(review.get(name) or "").strip()
    try:
        return float(said) if said else nan
    except ValueError as error:
        raise DataError(f"Review {place}: {name!r} must be a number; got {said!r}.") from error
