"""Optional libraries, loaded when they are used."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from secondline.core.errors import MissingExtra


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
