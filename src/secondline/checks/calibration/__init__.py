"""Calibration: do events happen as often as predicted?"""

from __future__ import annotations

from secondline.checks.calibration import (
    actual_expected as actual_expected,
)
from secondline.checks.calibration import (
    actual_expected_by_period as actual_expected_by_period,
)
from secondline.checks.calibration import (
    actual_expected_by_segment as actual_expected_by_segment,
)
from secondline.checks.calibration import (
    binomial as binomial,
)
from secondline.checks.calibration import (
    binomial_correlated as binomial_correlated,
)
from secondline.checks.calibration import (
    brier as brier,
)
from secondline.checks.calibration import (
    conservatism as conservatism,
)
from secondline.checks.calibration import (
    ece as ece,
)
from secondline.checks.calibration import (
    hosmer_lemeshow as hosmer_lemeshow,
)
from secondline.checks.calibration import (
    in_the_large as in_the_large,
)
from secondline.checks.calibration import (
    intercept as intercept,
)
from secondline.checks.calibration import (
    jeffreys as jeffreys,
)
from secondline.checks.calibration import (
    jeffreys_by_segment as jeffreys_by_segment,
)
from secondline.checks.calibration import (
    log_loss as log_loss,
)
from secondline.checks.calibration import (
    low_default as low_default,
)
from secondline.checks.calibration import (
    normal_multi as normal_multi,
)
from secondline.checks.calibration import (
    slope as slope,
)
from secondline.checks.calibration import (
    spiegelhalter as spiegelhalter,
)
from secondline.checks.calibration import (
    traffic_lights as traffic_lights,
)
