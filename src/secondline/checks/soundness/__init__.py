"""Soundness: is what runs what was built, and does it behave when its inputs move?"""

from __future__ import annotations

from secondline.checks.soundness import (
    bill_of_materials as bill_of_materials,
)
from secondline.checks.soundness import (
    claims as claims,
)
from secondline.checks.soundness import (
    decision_parity as decision_parity,
)
from secondline.checks.soundness import (
    edge_cases as edge_cases,
)
from secondline.checks.soundness import (
    extrapolation as extrapolation,
)
from secondline.checks.soundness import (
    importance as importance,
)
from secondline.checks.soundness import (
    inputs as inputs,
)
from secondline.checks.soundness import (
    monotone as monotone,
)
from secondline.checks.soundness import (
    noise as noise,
)
from secondline.checks.soundness import (
    parity as parity,
)
from secondline.checks.soundness import (
    production_parity as production_parity,
)
from secondline.checks.soundness import (
    repeatable as repeatable,
)
from secondline.checks.soundness import (
    reproduce as reproduce,
)
from secondline.checks.soundness import (
    reproduce_auc as reproduce_auc,
)
