"""Resting: a metric speaks of labels where its check requires them, and nowhere else."""

from __future__ import annotations

import pytest

from secondline.monitor.resting import needs_labels, rests_on


@pytest.mark.parametrize(
    ("metric", "needs"),
    [
        ("stability.psi:amount", False), ("stability.score_psi", False), ("discrimination.auc", True),
        ("calibration.actual_expected", True), ("fraud.value_detection", True), ("fraud.alert_rate", False),
        ("live.override_rate", False), ("live.unbiased_detection", True), ("live.label_delay", True),
        ("complaints per month", None),
    ],
)  # fmt: skip
def test_labels_are_needed_where_a_check_requires_them(metric: str, needs: bool | None) -> None:
    """By the check's own statement; of what is no check and no measure of use nothing is claimed."""
    assert needs_labels(metric) is needs
    says: dict[bool | None, str] = {True: "labels that have arrived", False: "what decisions hold; it needs no labels"}
    assert rests_on(metric, "known") == says.get(needs, "what was known then")


def test_an_early_figure_says_that_it_is_early() -> None:
    """Projected and estimated figures are told as such, whatever the metric."""
    assert "will come" in rests_on("fraud.value_detection", "projected")
    assert "without labels" in rests_on("discrimination.auc", "estimated")
