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
    unseen as unseen,
)
