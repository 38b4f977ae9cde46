"""A scorecard: binned features, weights of evidence, and a logistic regression whose signs all hold."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from secondline.core.declared.challengers import Scorecard
from secondline.models.challengers.binning import Card, cut
from secondline.models.challengers.given import Column, Fit, Given, sigmoid
from secondline.models.challengers.logistic import coefficients
from secondline.models.model import Floats

RIDGE = 1e-3
"""Next to no penalty: it only keeps features that say the same from having no solution."""


def fit(given: Given, settings: Scorecard) -> Fit:
    """Bin every feature, leave out those that tell nothing, and fit until no coefficient contradicts its attributes.

    The feature whose coefficient is most negative is dropped until none is, as ``data.information_value`` and the
    field's practice have it: a negative one would reward what its own event rate condemns.
    """
    cards = [
        cut(name, values, given.label, given.weight, sign=given.signs.get(name, 0), most=settings.bins,
            least=settings.least_share)
        for name, values in given.columns.items()
    ]  # fmt: skip
    on = [card for card in cards if card.information >= settings.least_information and len(card.woe) > 1]
    intercept, beta, on = _signed(given, on)

    def predict(columns: dict[str, Column]) -> Floats:
        parts = [b * card.weights(columns[card.name]) for b, card in zip(beta, on, strict=True)]
        rows = len(next(iter(columns.values())))
        return sigmoid(intercept + (np.sum(parts, axis=0) if parts else np.zeros(rows)))

    content = json.dumps({"intercept": intercept, "beta": beta.tolist(), "cards": [asdict(card) for card in on]})
    attributes = sum(len(card.woe) for card in on)
    facts = {
        "terms": len(on), "parameters": attributes + len(on) + 1,
        "size": f"{len(on)} features, {attributes} attributes", "left out": _left(cards, on, settings),
        "shapes": _shapes(given, on, beta),
    }  # fmt: skip
    return Fit(predict, content.encode(), facts)


def _signed(given: Given, on: list[Card]) -> tuple[float, Floats, list[Card]]:
    woe = {card.name: card.weights(given.columns[card.name]) for card in on}
    while True:
        matrix = np.column_stack([woe[card.name] for card in on]) if on else np.empty((len(given.label), 0))
        intercept, beta = coefficients(matrix, given.label, given.weight, RIDGE)
        if not len(beta) or beta.min() >= 0:
            return intercept, beta, on
        worst = int(np.argmin(beta))
        on = on[:worst] + on[worst + 1 :]


def _left(cards: list[Card], on: list[Card], settings: Scorecard) -> dict[str, str]:
    kept = {card.name for card in on}
    return {
        card.name: "information value below the least" if card.information < settings.least_information
        else "one attribute only" if len(card.woe) == 1 else "its coefficient had the wrong sign"
        for card in cards if card.name not in kept
    }  # fmt: skip


def _shapes(given: Given, on: list[Card], beta: Floats) -> list[dict[str, Any]]:
    """Return each feature's attributes and their part in the log-odds, the feature that moves scores most first."""
    shapes: list[dict[str, Any]] = [
        {
            "feature": card.name,
            "at": card.labels,
            "log-odds": [float(b * w) for w in card.woe],
            "importance": float(np.average(np.abs(b * card.weights(given.columns[card.name])), weights=given.weight)),
        }
        for b, card in zip(beta, on, strict=True)
    ]
    return sorted(shapes, key=lambda shape: (-shape["importance"], shape["feature"]))
