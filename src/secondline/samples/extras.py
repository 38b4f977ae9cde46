"""Optional libraries, loaded when they are used, and the one array type of this room."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from secondline.core.errors import MissingExtra

Floats = NDArray[np.float64]


def library(name: str) -> Any:
    """Return the module called *name*.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as missing:
        raise MissingExtra.needs("Developing the models of the demo", "models") from missing


def unpenalised() -> Any:
    """Return scikit-learn's logistic regression without a penalty, run to convergence."""
    return library("sklearn.linear_model").LogisticRegression(C=float("inf"), tol=1e-8, max_iter=1_000)
