"""Use: is the model used as it was approved?"""

from __future__ import annotations

from secondline.checks.use import (
    override_rate as override_rate,
)
from secondline.checks.use import (
    unrated as unrated,
)
