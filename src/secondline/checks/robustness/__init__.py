"""Robustness: where is the model weak, and what does it take to break it?"""

from __future__ import annotations

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
    sensitivity as sensitivity,
)
from secondline.checks.robustness import (
    tilt as tilt,
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
