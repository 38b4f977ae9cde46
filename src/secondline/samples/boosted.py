"""A gradient-boosted model whose risk may only rise, or only fall, with a feature, recalibrated on unseen rows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from secondline.samples.extras import Floats, library, unpenalised

SEED = 7
ROUNDS = 100
# The best of five settings by cross-validation on the development rows: small trees, because larger ones fitted those
# rows better and unseen rows no better. One thread and fixed seeds, so that it can be repeated.
SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 8,
    "learning_rate": 0.05,
    "min_data_in_leaf": 400,
    "lambda_l2": 20.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
    "monotone_constraints_method": "advanced",
}


@dataclass(frozen=True, slots=True)
class Boosted:
    """LightGBM's own text and the straight line in log-odds that recalibrates what it predicts."""

    text: str
    features: tuple[str, ...]
    intercept: float = 0.0
    slope: float = 1.0

    def pd(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the probability of default of each row."""
        model = library("lightgbm").Booster(model_str=self.text)
        odds = model.predict(_matrix(columns, self.features), raw_score=True, num_threads=1)
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + self.slope * odds))), dtype=np.float64)

    def write(self, folder: Path) -> None:
        """Write ``boosted.txt`` (LightGBM's format) and ``boosted.json`` (features and recalibration) into *folder*."""
        (folder / "boosted.txt").write_text(self.text, encoding="utf-8")
        rest = {name: value for name, value in asdict(self).items() if name != "text"}
        (folder / "boosted.json").write_text(json.dumps(rest, indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def read(folder: Path) -> Boosted:
        """Read a model that ``write`` wrote."""
        rest = json.loads((folder / "boosted.json").read_text(encoding="utf-8"))
        text = (folder / "boosted.txt").read_text(encoding="utf-8")
        return Boosted(text, tuple(rest["features"]), rest["intercept"], rest["slope"])


def develop(
    columns: Mapping[str, Floats], label: Floats, rising: frozenset[str], falling: frozenset[str], seed: int = SEED
) -> Boosted:
    """Fit the trees, not yet recalibrated."""
    lightgbm = library("lightgbm")
    names = tuple(columns)
    signs = [(name in rising) - (name in falling) for name in names]
    data = lightgbm.Dataset(
        _matrix(columns, names), label, feature_name=list(names), params={"verbosity": -1, "num_threads": 1}
    )
    model = lightgbm.train(SETTINGS | {"monotone_constraints": signs, "seed": seed}, data, ROUNDS)
    return Boosted(model.model_to_string(), names)


def recalibrated(model: Boosted, unseen_pd: Floats, label: Floats) -> Boosted:
    """Return *model* with Platt's straight line, fitted on predictions for rows that their model had not seen."""
    odds = np.log(unseen_pd) - np.log1p(-unseen_pd)
    line = unpenalised().fit(odds[:, np.newaxis], label)
    return Boosted(model.text, model.features, float(line.intercept_[0]), float(line.coef_[0][0]))


def _matrix(columns: Mapping[str, Floats], names: tuple[str, ...]) -> Floats:
    return np.stack([columns[name] for name in names], axis=1)
