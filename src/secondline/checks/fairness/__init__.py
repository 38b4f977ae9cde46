"""Fairness: are protected groups treated alike, and could the features stand in for them?"""

from __future__ import annotations

from secondline.checks.fairness import (
    adverse_impact as adverse_impact,
)
from secondline.checks.fairness import (
    approval_gap as approval_gap,
)
from secondline.checks.fairness import (
    false_declines as false_declines,
)
from secondline.checks.fairness import (
    proxy as proxy,
)
from secondline.checks.fairness import (
    score_gap as score_gap,
)
