"""Explanation: what moves the score, and are the reasons given for a decision true?"""

from __future__ import annotations

from secondline.checks.explanation import (
    agreement as agreement,
)
from secondline.checks.explanation import (
    attribution as attribution,
)
from secondline.checks.explanation import (
    background as background,
)
from secondline.checks.explanation import (
    direction as direction,
)
from secondline.checks.explanation import (
    effect as effect,
)
from secondline.checks.explanation import (
    fidelity as fidelity,
)
from secondline.checks.explanation import (
    interactions as interactions,
)
from secondline.checks.explanation import (
    stability as stability,
)
from secondline.checks.explanation import (
    surrogate as surrogate,
)
