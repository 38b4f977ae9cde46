"""Loaders: bytes of one format become a function from columns to scores. They run only inside the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from secondline.core.errors import MissingExtra, ModelError
from secondline.models import exact
from secondline.models.model import Explain

Floats = npt.NDArray[np.float64]
LOADERS = ("catboost", "lightgbm", "linear", "network", "onnx", "scorecard", "skops", "xgboost")
EXTRAS = {"catboost": "boosting", "xgboost": "boosting", "skl2onnx": "convert", "onnx": "convert"}
"""Which extra brings a library; the rest come with ``models``."""
Predict = Callable[[dict[str, npt.NDArray[Any]]], Floats]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loader returns: the features in order, the prediction, what the artefact says of itself.

    ``explain`` is the exact attribution of its predictions, where the format has one.
    """

    features: tuple[str, ...]
    predict: Predict
    facts: dict[str, Any] = field(default_factory=dict)
    explain: Explain | None = None


def load(kind: str, content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load *content* as *kind*; a straight line in log-odds (``calibration``) is applied to what it predicts."""
    if kind not in LOADERS:
        raise ModelError(f"No loader is called {kind!r}.")
    loaded: Loaded = import_module(f"secondline.models.loaders.{kind}").load(content, options)
    line = options.get("calibration")
    if not line:
        return loaded
    intercept, slope = float(line["intercept"]), float(line["slope"])
    facts = loaded.facts | {"calibration": {"intercept": intercept, "slope": slope}}
    explain = loaded.explain and exact.straightened(loaded.explain, intercept, slope)
    return Loaded(
        loaded.features, lambda columns: recalibrated(loaded.predict(columns), intercept, slope), facts, explain
    )


def recalibrated(p: Floats, intercept: float, slope: float) -> Floats:
    """Return ``1 / (1 + exp(-(intercept + slope * log(p / (1 - p)))))``."""
    with np.errstate(divide="ignore"):
        odds = np.log(p) - np.log1p(-p)
    return np.asarray(1.0 / (1.0 + np.exp(-(intercept + slope * odds))))


def library(name: str, what: str) -> Any:
    """Return an optional library.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as missing:
        raise MissingExtra.needs(what, EXTRAS.get(name, "models")) from missing


def named(own: list[str] | None, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the features: those model.yaml gives, else those the artefact names.

    Raises:
        ModelError: neither does, or their numbers differ.
    """
    given = tuple(options.get("features") or ())
    if given and own and len(given) != len(own):
        raise ModelError(f"it has {len(own)} features and model.yaml lists {len(given)} under `artefact: features:`")
    if not (given or own):
        raise ModelError("it does not name its features: list them in order under `artefact: features:`")
    return given or tuple(own or ())
