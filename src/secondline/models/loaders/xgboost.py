"""XGBoost's JSON and UBJSON formats."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.models import exact
from secondline.models.loaders import Floats, Loaded, library, named
from secondline.models.model import matrix


def load(content: bytes, options: Mapping[str, Any]) -> Loaded:
    """Load a booster."""
    xgboost = library("xgboost", "Opening an XGBoost model")
    booster = xgboost.Booster()
    booster.load_model(bytearray(content))
    own = booster.feature_names
    features = named(own, options)

    def given(columns: dict[str, Any]) -> Any:
        return xgboost.DMatrix(matrix(columns, features), feature_names=own)

    def predict(columns: dict[str, Any]) -> Floats:
        return np.asarray(booster.predict(given(columns)), dtype=np.float64)

    learner = json.loads(booster.save_config())["learner"]
    objective = learner["objective"]["name"]
    facts = {"trees": booster.num_boosted_rounds(), "objective": objective, "library": "xgboost"}
    kind = str(learner["learner_train_param"]["booster"])
    return Loaded(features, predict, facts, exact.by_xgboost(booster, given, objective, kind))
