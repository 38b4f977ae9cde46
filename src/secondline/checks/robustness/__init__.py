"""Robustness: where is the model weak, and what does it take to break it?"""

from __future__ import annotations

from secondline.checks.robustness import (
    bunching as bunching,
)
from secondline.checks.robustness import (
    evasion as evasion,
)
