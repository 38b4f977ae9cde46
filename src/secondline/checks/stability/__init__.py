"""Stability: is the population still what the model was built on?"""

from __future__ import annotations

from secondline.checks.stability import (
    score_psi as score_psi,
    psi as psi,
    score_ks as score_ks,
    chi_square as chi_square,
    resemblance as resemblance,
    jensen_shannon as jensen_shannon,
    missing_shift as missing_shift,
    new_categories as new_categories,
    wasserstein as wasserstein,
    target_rate as target_rate,
    psi_by_period as psi_by_period,
    concentration as concentration,
    migration_bandwidth as migration_bandwidth,
    migration_order as migration_order,
)
