"""Develop the two models of the demo on real data and choose between them by a rule fixed beforehand."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from secondline.samples import boosted, scorecard, uci
from secondline.samples.boosted import Boosted
from secondline.samples.extras import Floats
from secondline.samples.scorecard import Scorecard

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done and how many there are."""
FOLDS = 4
LEAST_GAIN = 0.01
"""What the boosted model must gain in AUC, on rows unseen by each fold, to be preferred to the scorecard."""
GRADES = "ABCDEFGH"


def quiet(what: str, done: int, total: int) -> None:
    """Say nothing."""


@dataclass(frozen=True, slots=True)
class Development:
    """What was developed and why one model leads the other."""

    scorecard: Scorecard
    boosted: Boosted
    champion: Literal["boosted", "scorecard"]
    auc_boosted: float
    auc_scorecard: float
    grade_edges: tuple[float, ...]

    def pds(self, columns: Mapping[str, Floats]) -> tuple[Floats, Floats]:
        """Return the probabilities of champion and challenger."""
        both = (self.boosted.pd(columns), self.scorecard.pd(columns))
        return both if self.champion == "boosted" else (both[1], both[0])

    def scored(self, table: pa.Table) -> pa.Table:
        """Return *table* with pd, pd_challenger, score_points (of the scorecard) and grade."""
        columns = _columns(table)
        champion, challenger = self.pds(columns)
        place = np.searchsorted(self.grade_edges, champion, side="right")
        added = {
            "pd": pa.array(champion),
            "pd_challenger": pa.array(challenger),
            "score_points": pa.array(self.scorecard.points(columns).astype(np.int32)),
            "grade": pa.array([GRADES[i] for i in place]),
        }
        for name, values in added.items():
            table = table.append_column(name, values)
        return table

    def write(self, folder: Path) -> None:
        """Write both models as files that hold no code, and the facts of the choice."""
        self.scorecard.write(folder / "scorecard.json")
        self.boosted.write(folder)
        facts = {name: value for name, value in asdict(self).items() if name not in {"scorecard", "boosted"}}
        facts |= {"rule": f"boosted if it gains {LEAST_GAIN} in cross-validated AUC", "folds": FOLDS}
        (folder / "development.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def prepared() -> tuple[pa.Table, pa.Table]:
    """Return the development and out-of-sample rows, readable and not yet scored."""
    return uci.split(uci.readable(uci.uci_default()))


def develop(table: pa.Table, progress: Progress = quiet) -> Development:
    """Develop both models on *table* alone.

    Each is fitted four times on three quarters and predicts the quarter it has not seen. Those predictions decide who
    leads (the scorecard, which anybody can read, unless the boosted model gains 0.01 of AUC) and recalibrate the
    boosted model. Both are then fitted on all rows.
    """
    columns, label = _columns(table), uci.column(table, uci.LABEL)
    unseen = _cross_validated(table, columns, label, progress)
    progress("developing the scorecard", FOLDS, FOLDS + 2)
    card = scorecard.develop(columns, label, uci.RISING, uci.FALLING)
    progress("developing the boosted model", FOLDS + 1, FOLDS + 2)
    trees = boosted.recalibrated(boosted.develop(columns, label, uci.RISING, uci.FALLING), unseen["boosted"], label)
    auc = {name: area(values, label) for name, values in unseen.items()}
    champion: Literal["boosted", "scorecard"] = (
        "boosted" if auc["boosted"] - auc["scorecard"] >= LEAST_GAIN else "scorecard"
    )
    pd = (trees if champion == "boosted" else card).pd(columns)
    edges = np.quantile(pd, np.arange(1, len(GRADES)) / len(GRADES))
    progress("developed", FOLDS + 2, FOLDS + 2)
    return Development(
        card, trees, champion, auc["boosted"], auc["scorecard"], tuple(float(round(e, 4)) for e in edges)
    )


def _cross_validated(
    table: pa.Table, columns: Mapping[str, Floats], label: Floats, progress: Progress
) -> dict[str, Floats]:
    fold = uci.folds(table, FOLDS)
    unseen = {"boosted": np.zeros(len(label)), "scorecard": np.zeros(len(label))}
    for k in range(FOLDS):
        progress("cross-validating both models", k, FOLDS + 2)
        fit = {name: values[fold != k] for name, values in columns.items()}
        rest = {name: values[fold == k] for name, values in columns.items()}
        unseen["boosted"][fold == k] = boosted.develop(fit, label[fold != k], uci.RISING, uci.FALLING).pd(rest)
        unseen["scorecard"][fold == k] = scorecard.develop(fit, label[fold != k], uci.RISING, uci.FALLING).pd(rest)
    return unseen


def area(score: Floats, label: Floats) -> float:
    """Return the area under the ROC curve, ties counted half."""
    _, place, rows = np.unique(score, return_inverse=True, return_counts=True)
    events = np.bincount(place, weights=label)
    goods = rows - events
    below = np.cumsum(goods) - 0.5 * goods
    return float((events * below).sum() / (events.sum() * goods.sum()))


def _columns(table: pa.Table) -> dict[str, Floats]:
    return {name: uci.column(table, name) for name in uci.FEATURES}


def write_study(folder: Path, progress: Progress = quiet) -> Development:
    """Develop, score and write dev.parquet, oos.parquet and the model files into *folder*."""
    folder.mkdir(parents=True, exist_ok=True)
    development, out_of_sample = prepared()
    models = develop(development, progress)
    for name, table in (("dev", development), ("oos", out_of_sample)):
        pq.write_table(models.scored(table), folder / f"{name}.parquet", compression="zstd")
    models.write(folder)
    return models
