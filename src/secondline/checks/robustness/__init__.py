"""Robustness: where is the model weak, and what does it take to break it?"""

from __future__ import annotations

from secondline.checks.robustness import (
    bootstrap_churn as bootstrap_churn,
)
from secondline.checks.robustness import (
    bootstrap_rank as bootstrap_rank,
)
from secondline.checks.robustness import (
    bunching as bunching,
)
from secondline.checks.robustness import (
    conformal_by_segment as conformal_by_segment,
)
from secondline.checks.robustness import (
    conformal_coverage as conformal_coverage,
)
from secondline.checks.robustness import (
    evasion as evasion,
)
from secondline.checks.robustness import (
    joint_sensitivity as joint_sensitivity,
)
from secondline.checks.robustness import (
    missingness as missingness,
)
from secondline.checks.robustness import (
    noise_curve as noise_curve,
)
from secondline.checks.robustness import (
    operating_boundary as operating_boundary,
)
from secondline.checks.robustness import (
    out_of_time as out_of_time,
)
from secondline.checks.robustness import (
    overfit as overfit,
)
from secondline.checks.robustness import (
    seed_churn as seed_churn,
)
from secondline.checks.robustness import (
    seed_rank as seed_rank,
)
from secondline.checks.robustness import (
    sensitivity as sensitivity,
)
from secondline.checks.robustness import (
    tilt as tilt,
)
from secondline.checks.robustness import (
    unseen as unseen,
)
from secondline.checks.robustness import (
    weak_loss as weak_loss,
)
from secondline.checks.robustness import (
    weak_ranking as weak_ranking,
)
from secondline.checks.robustness import (
    weak_regions as weak_regions,
)
from secondline.checks.robustness import (
    worst_subpopulation as worst_subpopulation,
)
