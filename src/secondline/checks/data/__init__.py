"""Data integrity: can the rows carry the conclusions?"""

from __future__ import annotations

from secondline.checks.data import (
    completeness as completeness,
    critical_completeness as critical_completeness,
    infinite as infinite,
    rules as rules,
    constant as constant,
    label as label,
    score_range as score_range,
    uniqueness as uniqueness,
    overlap as overlap,
    row_overlap as row_overlap,
    timeliness as timeliness,
    lag as lag,
    point_in_time as point_in_time,
    outliers as outliers,
    leakage as leakage,
    leakage_missing as leakage_missing,
    pure_values as pure_values,
    information_value as information_value,
    representativeness as representativeness,
    exclusions as exclusions,
    schema as schema,
    excluded_features as excluded_features,
    collinearity as collinearity,
    sample_size as sample_size,
    fingerprint as fingerprint,
    claimed_direction as claimed_direction,
)
