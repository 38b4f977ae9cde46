"""Crossed groups are found, small cells are listed, and shrinkage helps where cells are small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import betabinom

from applicants import sampled, spec
from make import no_number, number
from secondline.stats.fairness.intersections import beta_prior, intersections
from secondline.stats.intervals import katz

PROTECTED = {"columns": {"score": "pd", "label": "bad", "protected": ["sex", "age"]}}


def crossed(cells: dict[str, tuple[int, int]]) -> Any:
    """Return rows of cells such as `f old` with (approved, all)."""
    score = [s for hit, n in cells.values() for s in [0.2] * hit + [0.8] * (n - hit)]
    parts = [name.split() for name, (_, n) in cells.items() for _ in range(n)]
    return sampled({"@score": score, "sex": [p[0] for p in parts], "age": [p[1] for p in parts]})


CELLS = {"f old": (20, 50), "f young": (80, 100), "m old": (75, 100), "m young": (150, 200), "x old": (3, 9)}


def test_a_cell_hides_in_neither_column() -> None:
    """Old women are approved at 0.4 against 0.75: the worst cell, with Katz's interval over three comparisons."""
    found = number(intersections(crossed(CELLS), spec(**PROTECTED)))
    worst = next(g for g in found.detail["groups"] if g["group"] == found.detail["worst"])
    assert found.detail["worst"] == "f \N{MULTIPLICATION SIGN} old"
    assert found.value == pytest.approx(0.4 / 0.75)
    assert (worst["low"], worst["high"]) == pytest.approx(katz(20, 50, 150, 200, 1 - 0.05 / 3))
    assert found.detail["too small to judge"] == {"x \N{MULTIPLICATION SIGN} old": 9}
    assert found.detail["controls"] == {"sex \N{MULTIPLICATION SIGN} age": "m \N{MULTIPLICATION SIGN} young"}


def test_the_control_cell_follows_the_reference_groups() -> None:
    """Reference groups of both columns name the control cell; columns to cross can be named."""
    named = spec(
        **PROTECTED, **{"reference-groups": {"sex": "m", "age": "old"}}, fairness={"intersections": ["age", "sex"]}
    )
    found = number(intersections(crossed(CELLS), named))
    assert found.detail["controls"] == {"age \N{MULTIPLICATION SIGN} sex": "old \N{MULTIPLICATION SIGN} m"}


def test_shrunken_rates_lie_between_raw_and_pooled() -> None:
    """Each shrunken rate lies between its cell's rate and the mean of the prior, the smallest cell moves most."""
    found = number(intersections(crossed(CELLS), spec(**PROTECTED)))
    prior = beta_prior([(20, 50), (80, 100), (75, 100), (150, 200)])
    mean = prior[0] / sum(prior)
    for cell in found.detail["groups"]:
        low, high = sorted((cell["rate"], mean))
        assert low - 1e-9 <= cell["shrunken rate"] <= high + 1e-9
        assert cell["shrunken low"] < cell["shrunken rate"] < cell["shrunken high"]


def test_the_prior_is_the_most_likely_one() -> None:
    """No beta near the one found makes scipy's beta-binomial likelihood greater; equal rates shrink wholly."""
    pairs = [(20.0, 50.0), (80.0, 100.0), (75.0, 100.0), (150.0, 200.0), (9.0, 40.0)]
    a, b = beta_prior(pairs)

    def likelihood(x: float, y: float) -> float:
        return float(sum(betabinom.logpmf(hits, n, x, y) for hits, n in pairs))

    assert all(likelihood(a * s, b * t) <= likelihood(a, b) + 1e-6 for s in (0.9, 1, 1.1) for t in (0.9, 1, 1.1))
    assert sum(beta_prior([(50.0, 100.0)] * 5)) > 1e4


def test_shrinkage_errs_less() -> None:
    """Over 200 draws of twelve small cells, the shrunken rates are nearer to the true ones than the raw rates."""
    draw = np.random.default_rng(13)
    raw = shrunk = 0.0
    for _ in range(200):
        truth, n = draw.beta(14, 6, 12), np.full(12, 30)
        hits = draw.binomial(n, truth)
        a, b = beta_prior([(float(x), 30.0) for x in hits])
        raw += float(((hits / n - truth) ** 2).sum())
        shrunk += float((((a + hits) / (a + b + n) - truth) ** 2).sum())
    assert shrunk < 0.8 * raw


def test_equal_cells_are_rarely_accused() -> None:
    """In 300 draws of eight equal cells the interval of the worst excludes 1 as often as it may."""
    draw, out = np.random.default_rng(14), 0
    names = [f"{s} {a}" for s in "fm" for a in ("a", "b", "c", "d")]
    for _ in range(300):
        rows = crossed({name: (int(draw.binomial(70, 0.6)), 70) for name in names})
        found = number(intersections(rows, spec(**PROTECTED)))
        assert found.high is not None
        out += found.high < 1
    assert out <= 28  # binomial: P(more than 28 of 300 at 5 %) is 0.1 %


def test_what_cannot_be_crossed() -> None:
    """One protected column, one large cell, a control without approvals: no number, and why."""
    assert "two protected columns" in no_number(intersections(crossed(CELLS), spec())).because
    lone = crossed({"f old": (20, 50), "m old": (3, 9)})
    assert "fewer than two groups" in no_number(intersections(lone, spec(**PROTECTED))).because
    nobody = crossed({"f old": (20, 50), "m old": (0, 90)})
    assert "control cell" in no_number(intersections(nobody, spec(**PROTECTED))).because
    odd = spec(**PROTECTED, fairness={"intersections": [["sex", "region"]]})
    assert "'region' is not among" in no_number(intersections(crossed(CELLS), odd)).because
