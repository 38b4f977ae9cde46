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
    reason_actionability as reason_actionability,
)
from secondline.checks.explanation import (
    reason_agreement as reason_agreement,
)
from secondline.checks.explanation import (
    reason_coverage as reason_coverage,
)
from secondline.checks.explanation import (
    reason_determinism as reason_determinism,
)
from secondline.checks.explanation import (
    reason_direction as reason_direction,
)
from secondline.checks.explanation import (
    reason_effect as reason_effect,
)
from secondline.checks.explanation import (
    reason_missing as reason_missing,
)
from secondline.checks.explanation import (
    reason_mix as reason_mix,
)
from secondline.checks.explanation import (
    reason_proxies as reason_proxies,
)
from secondline.checks.explanation import (
    reason_stability as reason_stability,
)
from secondline.checks.explanation import (
    reason_suffices as reason_suffices,
)
from secondline.checks.explanation import (
    reason_texts as reason_texts,
)
from secondline.checks.explanation import (
    recourse as recourse,
)
from secondline.checks.explanation import (
    stability as stability,
)
from secondline.checks.explanation import (
    surrogate as surrogate,
)
