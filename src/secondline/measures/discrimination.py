"""Measures of discrimination."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.needs import BAND
from secondline.stats.discrimination import auc, grades, paired, separation

AUC = Measure(auc.auc, table=needs.Scores())
GINI = Measure(auc.gini, table=needs.Scores())
SOMERS_D = Measure(auc.somers_d, table=needs.Scores())
AUC_DROP = Measure(auc.drop, reference=needs.Scores(of="reference"), current=needs.Scores())
AUC_VS_INITIAL = Measure(auc.vs_initial, table=needs.Scores())
KS = Measure(separation.ks, table=needs.Scores())
PIETRA = Measure(separation.pietra, table=needs.Scores())
KENDALL_TAU = Measure(separation.kendall_tau, table=needs.Scores())
CAPTURE = Measure(separation.capture, unit="rate", table=needs.Scores())
PR_AUC = Measure(separation.pr_auc, table=needs.Scores())
CIER = Measure(separation.cier, groups=needs.Groups(by=BAND))
CHALLENGER = Measure(paired.versus_challenger, rows=needs.Rows())
OVERRIDE_EFFECT = Measure(paired.override_effect, rows=needs.Rows())
REVERSALS = Measure(grades.reversals, unit="count", groups=needs.Groups(by=BAND))
NOT_SEPARATED = Measure(grades.not_separated, unit="rate", groups=needs.Groups(by=BAND))
MIXED = Measure(grades.mixed, unit="count", cross=needs.Cross(rows=BAND))
