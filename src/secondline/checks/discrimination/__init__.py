"""Discrimination: does the score put events above non-events?"""

from __future__ import annotations

from secondline.checks.discrimination import (
    auc as auc,
    auc_by_segment as auc_by_segment,
    auc_by_period as auc_by_period,
    auc_drop as auc_drop,
    auc_vs_initial as auc_vs_initial,
    gini as gini,
    ks as ks,
    somers_d as somers_d,
    kendall_tau as kendall_tau,
    cier as cier,
    pietra as pietra,
    capture as capture,
    pr_auc as pr_auc,
    challenger as challenger,
    rank_order as rank_order,
    heterogeneity as heterogeneity,
    homogeneity as homogeneity,
    override_effect as override_effect,
)
