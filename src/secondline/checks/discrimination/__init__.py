"""Discrimination: does the score put events above non-events?"""

from __future__ import annotations

from secondline.checks.discrimination import (
    auc as auc,
)
from secondline.checks.discrimination import (
    auc_by_period as auc_by_period,
)
from secondline.checks.discrimination import (
    auc_by_segment as auc_by_segment,
)
from secondline.checks.discrimination import (
    auc_drop as auc_drop,
)
from secondline.checks.discrimination import (
    auc_vs_initial as auc_vs_initial,
)
from secondline.checks.discrimination import (
    capture as capture,
)
from secondline.checks.discrimination import (
    challenger as challenger,
)
from secondline.checks.discrimination import (
    cier as cier,
)
from secondline.checks.discrimination import (
    gini as gini,
)
from secondline.checks.discrimination import (
    heterogeneity as heterogeneity,
)
from secondline.checks.discrimination import (
    homogeneity as homogeneity,
)
from secondline.checks.discrimination import (
    kendall_tau as kendall_tau,
)
from secondline.checks.discrimination import (
    ks as ks,
)
from secondline.checks.discrimination import (
    override_effect as override_effect,
)
from secondline.checks.discrimination import (
    pietra as pietra,
)
from secondline.checks.discrimination import (
    pr_auc as pr_auc,
)
from secondline.checks.discrimination import (
    rank_order as rank_order,
)
from secondline.checks.discrimination import (
    somers_d as somers_d,
)
