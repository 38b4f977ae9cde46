"""Data integrity: can the rows carry the conclusions?"""

from __future__ import annotations

from secondline.checks.data import (
    claimed_direction as claimed_direction,
)
from secondline.checks.data import (
    collinearity as collinearity,
)
from secondline.checks.data import (
    completeness as completeness,
)
from secondline.checks.data import (
    constant as constant,
)
from secondline.checks.data import (
    critical_completeness as critical_completeness,
)
from secondline.checks.data import (
    excluded_features as excluded_features,
)
from secondline.checks.data import (
    exclusions as exclusions,
)
from secondline.checks.data import (
    fingerprint as fingerprint,
)
from secondline.checks.data import (
    infinite as infinite,
)
from secondline.checks.data import (
    information_value as information_value,
)
from secondline.checks.data import (
    label as label,
)
from secondline.checks.data import (
    lag as lag,
)
from secondline.checks.data import (
    leakage as leakage,
)
from secondline.checks.data import (
    leakage_missing as leakage_missing,
)
from secondline.checks.data import (
    outliers as outliers,
)
from secondline.checks.data import (
    overlap as overlap,
)
from secondline.checks.data import (
    point_in_time as point_in_time,
)
from secondline.checks.data import (
    pure_values as pure_values,
)
from secondline.checks.data import (
    representativeness as representativeness,
)
from secondline.checks.data import (
    row_overlap as row_overlap,
)
from secondline.checks.data import (
    rules as rules,
)
from secondline.checks.data import (
    sample_size as sample_size,
)
from secondline.checks.data import (
    schema as schema,
)
from secondline.checks.data import (
    score_range as score_range,
)
from secondline.checks.data import (
    timeliness as timeliness,
)
from secondline.checks.data import (
    uniqueness as uniqueness,
)
