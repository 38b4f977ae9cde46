"""Measures of how the model is used."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.stats import use

OVERRIDE_RATE = Measure(use.override_rate, unit="rate", rows=needs.Rows())
UNRATED = Measure(use.unrated, unit="rate", facts=needs.Facts())
