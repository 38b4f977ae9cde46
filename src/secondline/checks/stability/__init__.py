"""Stability: is the population still what the model was built on?"""

from __future__ import annotations

from secondline.checks.stability import (
    chi_square as chi_square,
)
from secondline.checks.stability import (
    concentration as concentration,
)
from secondline.checks.stability import (
    jensen_shannon as jensen_shannon,
)
from secondline.checks.stability import (
    migration_bandwidth as migration_bandwidth,
)
from secondline.checks.stability import (
    migration_order as migration_order,
)
from secondline.checks.stability import (
    missing_shift as missing_shift,
)
from secondline.checks.stability import (
    new_categories as new_categories,
)
from secondline.checks.stability import (
    psi as psi,
)
from secondline.checks.stability import (
    psi_by_period as psi_by_period,
)
from secondline.checks.stability import (
    resemblance as resemblance,
)
from secondline.checks.stability import (
    score_ks as score_ks,
)
from secondline.checks.stability import (
    score_psi as score_psi,
)
from secondline.checks.stability import (
    target_rate as target_rate,
)
from secondline.checks.stability import (
    wasserstein as wasserstein,
)
