"""Challenge: would a simpler or another model serve as well?"""

from __future__ import annotations

from secondline.checks.challenge import (
    agreement as agreement,
)
from secondline.checks.challenge import (
    auc as auc,
)
from secondline.checks.challenge import (
    brier as brier,
)
from secondline.checks.challenge import (
    complexity_gain as complexity_gain,
)
from secondline.checks.challenge import (
    log_loss as log_loss,
)
from secondline.checks.challenge import (
    noninferiority as noninferiority,
)
from secondline.checks.challenge import (
    swap_sets as swap_sets,
)
from secondline.checks.challenge import (
    value as value,
)
