"""A scorecard: features cut into attributes, each with its weight of evidence and its points."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from secondline.core.errors import DataError
from secondline.samples.extras import Floats, library, unpenalised

LEAST_INFORMATION = 0.02
POINTS_TO_DOUBLE, POINTS_AT, GOOD_ODDS = 20.0, 600.0, 50.0
FACTOR = POINTS_TO_DOUBLE / np.log(2.0)
OFFSET = POINTS_AT - FACTOR * np.log(GOOD_ODDS)


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of the card: values from ``low`` up to but not including ``high`` (None where open)."""

    feature: str
    low: float | None
    high: float | None
    rows: int
    events: int
    woe: float
    points: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Points that add. A higher total means less risk; 600 points are odds of 50 to 1 and 20 points double the odds."""

    intercept: float
    coefficients: Mapping[str, float]
    base_points: int
    attributes: tuple[Attribute, ...]

    @property
    def features(self) -> tuple[str, ...]:
        """The features on the card."""
        return tuple(self.coefficients)

    def pd(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the probability of default of each row, from unrounded weights of evidence."""
        parts = [
            coefficient * self._read(columns, name, [a.woe for a in self._of(name)])
            for name, coefficient in self.coefficients.items()
        ]
        return np.asarray(1.0 / (1.0 + np.exp(-(self.intercept + sum(parts)))), dtype=np.float64)

    def points(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the total points of each row, as a clerk would add them from the printed card."""
        parts = [self._read(columns, name, [a.points for a in self._of(name)]) for name in self.coefficients]
        return np.asarray(self.base_points + sum(parts), dtype=np.float64)

    def _of(self, feature: str) -> list[Attribute]:
        return [attribute for attribute in self.attributes if attribute.feature == feature]

    def _read(self, columns: Mapping[str, Floats], feature: str, values: list[Any]) -> Floats:
        x = columns[feature]
        if np.isnan(x).any():
            raise DataError(f"{feature!r} is missing in some rows, and the scorecard has no attribute for that.")
        cuts = [attribute.low for attribute in self._of(feature) if attribute.low is not None]
        return np.asarray(values, dtype=np.float64)[np.searchsorted(cuts, x, side="right")]

    def write(self, path: Path) -> None:
        """Write the card as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @staticmethod
    def read(path: Path) -> Scorecard:
        """Read a card that ``write`` wrote."""
        content = json.loads(path.read_text(encoding="utf-8"))
        return Scorecard(**content | {"attributes": tuple(Attribute(**a) for a in content["attributes"])})


def develop(columns: Mapping[str, Floats], label: Floats, rising: frozenset[str], falling: frozenset[str]) -> Scorecard:
    """Develop a scorecard: optimal monotone binning, selection by information value, logistic regression on WOE.

    Features of an information value below 0.02 are left out. Then the feature whose coefficient has the wrong sign by
    the most is dropped until none has, so that no attribute counts for the opposite of what its own default rate
    says.
    """
    cuts = _cuts(columns, label, rising, falling)
    lines = {name: _lines(name, columns[name], label, cut) for name, cut in cuts.items()}
    woe = {name: _weights(columns[name], cuts[name], lines[name]) for name in lines}
    names = list(lines)
    while True:
        fitted = unpenalised().fit(np.stack([woe[name] for name in names], axis=1), label)
        coefficients = dict(zip(names, map(float, fitted.coef_[0]), strict=True))
        worst = max(coefficients, key=coefficients.__getitem__)
        if coefficients[worst] < 0 or len(names) == 1:
            return _card(float(fitted.intercept_[0]), coefficients, lines)
        names.remove(worst)


def _cuts(
    columns: Mapping[str, Floats], label: Floats, rising: frozenset[str], falling: frozenset[str]
) -> dict[str, Floats]:
    names = list(columns)
    trend = {n: "ascending" if n in rising else "descending" if n in falling else "auto_asc_desc" for n in names}
    process = library("optbinning").BinningProcess(
        names,
        max_n_prebins=20,
        min_prebin_size=0.02,
        max_n_bins=8,
        selection_criteria={"iv": {"min": LEAST_INFORMATION}},
        binning_fit_params={name: {"monotonic_trend": trend[name]} for name in names},
    )
    with warnings.catch_warnings():
        # optbinning 1.0 fills a numeric column of its own report with text, which pandas 3 announces to deprecate.
        warnings.filterwarnings("ignore", message="Setting an item of incompatible dtype")
        process.fit(np.stack([columns[name] for name in names], axis=1), label)
    kept = [str(name) for name in process.get_support(names=True)]
    return {name: np.asarray(process.get_binned_variable(name).splits, dtype=np.float64) for name in kept}


def _lines(feature: str, x: Floats, label: Floats, cuts: Floats) -> list[Attribute]:
    """Return the attributes of one feature; the weight of evidence is ln(share of goods / share of bads)."""
    place = np.searchsorted(cuts, x, side="right")
    rows = np.bincount(place, minlength=len(cuts) + 1)
    events = np.bincount(place, weights=label, minlength=len(cuts) + 1)
    woe = np.log((rows - events) / (rows - events).sum()) - np.log(events / events.sum())
    edges = [None, *map(float, cuts), None]
    return [
        Attribute(feature, low, high, int(rows[i]), int(events[i]), float(woe[i]), 0)
        for i, (low, high) in enumerate(pairwise(edges))
    ]


def _weights(x: Floats, cuts: Floats, lines: list[Attribute]) -> Floats:
    return np.array([line.woe for line in lines])[np.searchsorted(cuts, x, side="right")]


def _card(intercept: float, coefficients: dict[str, float], lines: Mapping[str, list[Attribute]]) -> Scorecard:
    pointed = tuple(
        Attribute(**asdict(line) | {"points": round(-FACTOR * coefficients[name] * line.woe)})
        for name in coefficients
        for line in lines[name]
    )
    return Scorecard(intercept, coefficients, round(OFFSET - FACTOR * intercept), pointed)
