"""What the developer reports: how the model did on rows it has not seen, told by the truth only a sample can know."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from secondline.samples.cardstream import FIRST, Drawn
from secondline.samples.develop import area
from secondline.samples.extras import Floats
from secondline.samples.fraud.data import held_out, label

BUDGET = 0.004
"""Share of transactions that the bank can stop and call about."""
AMOUNTS = (0.0, 10.0, 50.0, 150.0, 500.0, float("inf"))
Flags = NDArray[np.bool_]


def threshold(score: Floats, budget: float = BUDGET) -> float:
    """Return the score at and above which so large a share of rows lies, rounded up to four digits."""
    return float(np.ceil(np.quantile(score, 1 - budget) * 1e4) / 1e4)


def facts(table: pa.Table, score: Floats, cut: float, drawn: Drawn) -> dict[str, Any]:
    """Return what was found on *table*: by reported labels first, then by the truth, by amount, channel and pattern."""
    y, stopped = label(table), score >= cut
    truth = drawn.truth.take(pa.array(table["id"].to_numpy() - FIRST))
    fraud, pattern = truth["fraud"].to_numpy() == 1, np.array(truth["pattern"].to_pylist())
    trap = truth["trap"].to_numpy() == 1
    amount, channel = table["amount"].to_numpy(), np.array(table["channel"].to_pylist())
    band = np.searchsorted(AMOUNTS, amount, side="right") - 1
    bands = [f"{low:g} to {high:g}" for low, high in pairwise(AMOUNTS)]
    unseen = held_out(table)
    return {
        "rows": len(y),
        "reported": float(y.mean()),
        "true": float(fraud.mean()),
        "expected": float(score.mean()),
        "auc": ranked(score, y),
        "auc_cards_seen": ranked(score[~unseen], y[~unseen]),
        "auc_cards_unseen": ranked(score[unseen], y[unseen]),
        "threshold": cut,
        "alert_rate": float(stopped.mean()),
        "by_report": detected(y == 1, stopped, amount),
        "by_truth": detected(fraud, stopped, amount),
        "holiday_alert_rate": float(stopped[trap].mean()) if trap.any() else None,
        "by_amount": {name: detected(fraud, stopped, amount, band == i) for i, name in enumerate(bands)},
        "by_channel": {name: detected(fraud, stopped, amount, channel == name) for name in np.unique(channel)},
        "by_pattern": {name: detected(fraud, stopped, amount, pattern == name) for name in np.unique(pattern[fraud])},
    }


def ranked(score: Floats, y: Floats) -> float | None:
    """Return the area under the ROC curve; None of one class only."""
    return area(score, y) if 0 < y.sum() < len(y) else None


def detected(fraud: Flags, stopped: Flags, amount: Floats, among: Flags | None = None) -> dict[str, float | int | None]:
    """Return frauds, the shares of them stopped by number and by value, and the share of stops that were fraud."""
    if among is not None:
        fraud, stopped, amount = fraud[among], stopped[among], amount[among]
    caught, value = fraud & stopped, float(amount[fraud].sum())
    return {
        "frauds": int(fraud.sum()),
        "by_number": float(caught.sum() / fraud.sum()) if fraud.any() else None,
        "by_value": float(amount[caught].sum()) / value if value else None,
        "precision": float(caught.sum() / stopped.sum()) if stopped.any() else None,
    }
