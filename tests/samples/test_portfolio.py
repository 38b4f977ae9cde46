"""What is planted in a drawn portfolio is there: rates, ranking, drift, misjudged regions, leak and censoring."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom
from sklearn.metrics import roc_auc_score

from secondline.samples.portfolio import FEATURES, GRADES, LEAK, WEIGHTS, Truth, Window, accepted, draw

pc: Any = import_module("pyarrow.compute")  # its functions are made at run time
ROWS = 200_000
RIGHT = draw(Truth(), Window(rows=ROWS, seed=4))


def rate(table: Any) -> tuple[float, int, float]:
    """Return the share of defaults, the rows and the mean true probability."""
    return pc.mean(table["default_12m"]).as_py(), table.num_rows, pc.mean(table["true_pd"]).as_py()


def test_the_same_seed_gives_the_same_table() -> None:
    """And another seed another one."""
    window = Window(rows=500, seed=9)
    assert draw(Truth(leak=True), window).equals(draw(Truth(leak=True), window))
    assert not draw(Truth(), window).equals(draw(Truth(), Window(rows=500, seed=10)))


def test_a_right_model_is_right() -> None:
    """Rate, prediction and truth agree, and the AUC is the one integrated from the truth."""
    observed, n, expected = rate(RIGHT)
    assert abs(observed - 0.04) < 5 * binom.std(n, 0.04) / n
    assert expected == pytest.approx(0.04, rel=0.02)
    assert RIGHT["pd"].equals(RIGHT["true_pd"])
    label, score = RIGHT["default_12m"].to_numpy(), RIGHT["pd"].to_numpy()
    assert roc_auc_score(label, score) == pytest.approx(Truth().auc(), abs=0.01)
    assert sum(w * w for w in WEIGHTS.values()) == pytest.approx(1, abs=1e-3)


def test_a_misjudged_region_defaults_as_planted() -> None:
    """Half as often again in the north, and nowhere else."""
    table = draw(Truth(misjudged={"north": 1.5}), Window(rows=ROWS, seed=5))
    for region, factor in (("north", 1.5), ("south", 1.0)):
        part = table.filter(pc.equal(table["region"], region))
        predicted = pc.mean(part["pd"]).as_py()
        assert pc.mean(part["true_pd"]).as_py() == pytest.approx(factor * predicted, rel=0.01)
        observed, n, _ = rate(part)
        assert abs(observed - factor * predicted) < 5 * np.sqrt(0.06 / n)


def test_drift_moves_utilisation_only() -> None:
    """The last month's utilisation is higher than the first's by about a standard deviation; income stays."""
    table = draw(Truth(drift=1.0), Window(rows=ROWS, months=12, seed=6))
    first, last = table.slice(0, 15_000), table.slice(ROWS - 15_000)
    moved = pc.mean(last["utilisation"]).as_py() - pc.mean(first["utilisation"]).as_py()
    assert moved > 0.15
    assert pc.mean(last["income"]).as_py() == pytest.approx(pc.mean(first["income"]).as_py(), rel=0.02)


def test_months_share_a_factor() -> None:
    """With an asset correlation, monthly rates vary more than independent defaults would."""
    table = draw(Truth(correlation=0.1), Window(rows=ROWS, months=24, seed=7))
    month = pc.month(table["decided_at"]).to_numpy() + 12 * pc.year(table["decided_at"]).to_numpy()
    _, place = np.unique(month, return_inverse=True)
    rates = np.bincount(place, weights=table["default_12m"].to_numpy()) / np.bincount(place)
    assert rates.std() > 5 * np.sqrt(0.04 * 0.96 / (ROWS / 24))


def test_declined_applicants_have_no_outcome() -> None:
    """Exactly the share asked for, riskier than the rest, and left out of what a bank develops on."""
    table = draw(Truth(declined=0.15), Window(rows=10_000, seed=8))
    assert table["default_12m"].null_count == 1_500
    kept = accepted(table)
    assert kept.num_rows == 8_500
    assert pc.mean(kept["true_pd"]).as_py() < 0.8 * pc.mean(table["true_pd"]).as_py()


def test_the_leak_knows_the_outcome() -> None:
    """The planted column alone separates better than the model ever could."""
    table = draw(Truth(leak=True), Window(rows=50_000, seed=3))
    assert roc_auc_score(table["default_12m"].to_numpy(), table[LEAK].to_numpy()) > 0.95
    assert LEAK not in RIGHT.column_names


def test_columns_a_study_needs() -> None:
    """Nulls are where they are planted, grades follow the prediction, and dates the window."""
    table = draw(Truth(overridden=0.1, unrated=0.05), Window(rows=20_000, start="2024-03", months=2, seed=2))
    assert table["pd"].null_count == pytest.approx(1_000, abs=150)
    assert table["pd_override"].null_count == pytest.approx(18_000, abs=250)
    assert table["income"].null_count == pytest.approx(400, abs=100)
    assert set(FEATURES) <= set(table.column_names)
    assert set(table["grade"].to_pylist()) <= set(GRADES)
    assert str(pc.min(table["decided_at"])) == "2024-03-01"
    assert str(pc.max(table["decided_at"])) < "2024-05-01"
