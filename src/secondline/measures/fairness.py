"""Measures of fairness between protected groups."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.stats import fairness

_ROWS, _COLUMN, _SPEC = needs.Rows(), needs.Column(), needs.Spec()
ADVERSE_IMPACT = Measure(fairness.adverse_impact, unit="ratio", rows=_ROWS, column=_COLUMN, spec=_SPEC)
APPROVAL_GAP = Measure(fairness.approval_gap, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
FALSE_DECLINES = Measure(fairness.false_declines, unit="share", rows=_ROWS, column=_COLUMN, spec=_SPEC)
SCORE_GAP = Measure(fairness.score_gap, unit="sd", rows=_ROWS, column=_COLUMN, spec=_SPEC)
PROXY = Measure(fairness.proxy, unit="AUC", rows=_ROWS, column=_COLUMN, spec=_SPEC, facts=needs.Facts())
