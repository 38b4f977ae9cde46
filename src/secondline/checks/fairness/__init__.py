"""Fairness: are protected groups treated alike, and could the features stand in for them?"""

from __future__ import annotations

from secondline.checks.fairness import (
    adverse_impact as adverse_impact,
)
from secondline.checks.fairness import (
    age_used as age_used,
)
from secondline.checks.fairness import (
    alternatives as alternatives,
)
from secondline.checks.fairness import (
    approval_gap as approval_gap,
)
from secondline.checks.fairness import (
    calibration_parity as calibration_parity,
)
from secondline.checks.fairness import (
    conditional_gap as conditional_gap,
)
from secondline.checks.fairness import (
    conditional_pricing_gap as conditional_pricing_gap,
)
from secondline.checks.fairness import (
    conditional_ratio as conditional_ratio,
)
from secondline.checks.fairness import (
    conditional_score_gap as conditional_score_gap,
)
from secondline.checks.fairness import (
    counterfactual as counterfactual,
)
from secondline.checks.fairness import (
    elderly as elderly,
)
from secondline.checks.fairness import (
    error_parity as error_parity,
)
from secondline.checks.fairness import (
    false_declines as false_declines,
)
from secondline.checks.fairness import (
    feature_proxy as feature_proxy,
)
from secondline.checks.fairness import (
    homogeneity as homogeneity,
)
from secondline.checks.fairness import (
    intersections as intersections,
)
from secondline.checks.fairness import (
    matched_pairs as matched_pairs,
)
from secondline.checks.fairness import (
    override_parity as override_parity,
)
from secondline.checks.fairness import (
    pricing_gap as pricing_gap,
)
from secondline.checks.fairness import (
    probabilistic_gap as probabilistic_gap,
)
from secondline.checks.fairness import (
    proxy as proxy,
)
from secondline.checks.fairness import (
    score_gap as score_gap,
)
