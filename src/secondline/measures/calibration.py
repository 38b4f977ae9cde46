"""Measures of calibration."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.needs import BAND, PERIOD
from secondline.stats.calibration import (
    binomial,
    fit,
    jeffreys,
    logistic,
    loss,
    low_default,
    over_time,
    ratio,
    reliability,
)

UNDERSTATEMENT = Measure(jeffreys.understatement, unit="rate", groups=needs.Groups())
OVERSTATEMENT = Measure(jeffreys.conservatism, unit="rate", groups=needs.Groups())
BINOMIAL = Measure(binomial.independent, unit="rate", groups=needs.Groups())
BINOMIAL_CORRELATED = Measure(binomial.correlated, unit="rate", groups=needs.Groups())
HOSMER_LEMESHOW = Measure(fit.hosmer_lemeshow, groups=needs.Groups(by=BAND))
SPIEGELHALTER = Measure(fit.spiegelhalter, scores=needs.Scores())
SLOPE = Measure(logistic.slope, scores=needs.Scores())
INTERCEPT = Measure(logistic.intercept, scores=needs.Scores())
ECE = Measure(reliability.ece, unit="rate", scores=needs.Scores())
BRIER = Measure(loss.brier, scores=needs.Scores())
LOG_LOSS = Measure(loss.log_loss, scores=needs.Scores())
ACTUAL_EXPECTED = Measure(ratio.actual_expected, groups=needs.Groups())
NORMAL_MULTI = Measure(over_time.normal_multi, unit="rate", groups=needs.Groups(by=PERIOD))
TRAFFIC_LIGHTS = Measure(over_time.traffic_lights, groups=needs.Groups(by=PERIOD))
LOW_DEFAULT = Measure(low_default.pluto_tasche, groups=needs.Groups(by=BAND))
