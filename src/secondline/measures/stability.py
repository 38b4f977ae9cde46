"""Measures of stability."""

from __future__ import annotations

from typing import Any

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.needs import BAND, GRADE, PERIOD, PREVIOUS_GRADE, SCORE
from secondline.stats.stability import concentration, distances, divergence, migration, psi, resemblance, shares, trend

_BOTH: dict[str, Any] = {"reference": needs.Histogram(of="reference"), "current": needs.Histogram()}
_SCORES: dict[str, Any] = {
    "reference": needs.Histogram(of="reference", column=SCORE),
    "current": needs.Histogram(column=SCORE),
}
_SAMPLES: dict[str, Any] = {"reference": needs.Rows(of="reference"), "current": needs.Rows()}
_MIGRATIONS: dict[str, Any] = {
    "migrations": needs.Cross(rows=PREVIOUS_GRADE, columns=GRADE),
    "grades": needs.Groups(by=GRADE),
}

PSI = Measure(psi.psi, **_BOTH)
SCORE_PSI = Measure(psi.psi, **_SCORES)
SCORE_KS = Measure(distances.ks, **_SAMPLES)
WASSERSTEIN = Measure(distances.wasserstein, histogram=needs.Histogram(), **_SAMPLES)
JENSEN_SHANNON = Measure(divergence.jensen_shannon, **_BOTH)
CHI_SQUARE = Measure(resemblance.chi_square, **_BOTH)
RESEMBLANCE = Measure(resemblance.resemblance, **_BOTH)
MISSING_SHIFT = Measure(shares.missing, unit="rate", **_BOTH)
NEW_CATEGORIES = Measure(shares.new_categories, unit="rate", **_BOTH)
TARGET_RATE = Measure(shares.target_rate, unit="rate", reference=needs.Groups(of="reference"), current=needs.Groups())
PSI_BY_PERIOD = Measure(
    trend.psi_by_period,
    reference=needs.Groups(of="reference", by=BAND),
    current=needs.Cross(rows=PERIOD, columns=BAND),
)
CONCENTRATION = Measure(
    concentration.herfindahl, reference=needs.Groups(of="reference", by=BAND), current=needs.Groups(by=BAND)
)
MIGRATION_BANDWIDTH = Measure(migration.bandwidth, **_MIGRATIONS)
MIGRATION_ORDER = Measure(migration.monotony, **_MIGRATIONS)
