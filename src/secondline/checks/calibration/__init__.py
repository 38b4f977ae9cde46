"""Calibration: do events happen as often as predicted?"""

from __future__ import annotations

from secondline.checks.calibration import (
    in_the_large as in_the_large,
    jeffreys as jeffreys,
    jeffreys_by_segment as jeffreys_by_segment,
    conservatism as conservatism,
    binomial as binomial,
    binomial_correlated as binomial_correlated,
    hosmer_lemeshow as hosmer_lemeshow,
    spiegelhalter as spiegelhalter,
    slope as slope,
    intercept as intercept,
    ece as ece,
    brier as brier,
    log_loss as log_loss,
    actual_expected as actual_expected,
    actual_expected_by_segment as actual_expected_by_segment,
    actual_expected_by_period as actual_expected_by_period,
    normal_multi as normal_multi,
    traffic_lights as traffic_lights,
    low_default as low_default,
)
