"""secondline: model validation and model risk management, from data to report to gate.

import secondline as sl

study = sl.Study.read("model.yaml")
run = study.validate()
run["discrimination.auc"]
run.report("report.html")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from secondline.core.errors import SecondlineError as SecondlineError
    from secondline.core.estimate import Estimate as Estimate
    from secondline.core.evidence import Evidence as Evidence
    from secondline.core.evidence import Run as Run
    from secondline.core.limit import Limit as Limit
    from secondline.workflow.explore import Explored as Explored
    from secondline.workflow.explore import explore as explore
    from secondline.workflow.result import Validation as Validation
    from secondline.workflow.study import Study as Study

__version__ = "0.1.0"

_HOMES = {
    "Study": "secondline.workflow.study",
    "Validation": "secondline.workflow.result",
    "Run": "secondline.core.evidence",
    "Evidence": "secondline.core.evidence",
    "Explored": "secondline.workflow.explore",
    "explore": "secondline.workflow.explore",
    "Estimate": "secondline.core.estimate",
    "Limit": "secondline.core.limit",
    "SecondlineError": "secondline.core.errors",
}
__all__ = [
    "Estimate",
    "Evidence",
    "Explored",
    "Limit",
    "Run",
    "SecondlineError",
    "Study",
    "Validation",
    "__version__",
    "explore",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import secondline`` costs next to nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'secondline' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
