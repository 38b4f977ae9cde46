"""LightGBM's own text format."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import ModelError
from secondline.models import exact
from secondline.models.loaders import Floats, Loaded, library, named
from secondline.models.sizes import leaves


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load a booster with one output."""
    text = content.decode("utf-8", errors="strict")
    if not text.startswith("tree"):
        raise ModelError("it does not begin as LightGBM's text does (`tree`, then `version=`)")
    booster = library("lightgbm", "Opening a LightGBM model").Booster(model_str=text)
    if booster.num_model_per_iteration() != 1:
        raise ModelError("it has more than one output a row; only models with one score are opened")
    features = named(booster.feature_name(), options)
    threads = int(options.get("threads") or os.cpu_count() or 1)
    levels = iter(booster.pandas_categorical or [])
    codes: dict[str, dict[str, int]] = {}

    def given(columns: dict[str, Any]) -> Floats:
        return np.column_stack([_numbers(columns[name], codes.get(name), name) for name in features])

    def predict(columns: dict[str, Any]) -> Floats:
        # A file trained on one thread need not be scored on one: rows are scored apart, so that no bit changes.
        x = given(columns)
        return np.asarray(booster.predict(x, num_threads=min(threads, exact.threads_for(len(x)))), dtype=np.float64)

    for name in _categorical(text, features):
        listed = next(levels, None)
        if listed is not None:
            codes[name] = {str(value): i for i, value in enumerate(listed)}
    facts = {"trees": booster.num_trees(), "objective": _line(text, "objective"), "library": "lightgbm"}
    facts["leaves"] = leaves(text)
    signs = _line(text, "monotone_constraints").split()
    facts |= {"monotone": {n: int(s) for n, s in zip(features, signs, strict=False) if s in {"1", "-1"}}}
    return Loaded(features, predict, facts, exact.by_lightgbm(booster, given, _line(text, "objective")))


def _numbers(values: Any, codes: dict[str, int] | None, name: str) -> Floats:
    if values.dtype != object:
        return np.asarray(values, dtype=np.float64)
    if codes is None:
        raise ModelError(f"it takes numbers, and {name!r} holds text; encode it as it was for training")
    return np.array([codes.get(value, np.nan) if value is not None else np.nan for value in values])


def _categorical(text: str, features: tuple[str, ...]) -> list[str]:
    """Features whose range is listed as values rather than as an interval are categorical."""
    infos = _line(text, "feature_infos").split(" ")
    return [n for n, info in zip(features, infos, strict=False) if info and not info.startswith("[") and info != "none"]


def _line(text: str, key: str) -> str:
    found = re.search(rf"^{key}=(.*)$", text[: text.find("\nTree=0")], re.MULTILINE)
    return found.group(1).strip() if found else ""
