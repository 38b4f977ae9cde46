"""Target: rates by bin with Wilson's interval and weights of evidence, and reasons where there are none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from make import histogram, histogram_of, no_number, number
from secondline.core.tables import Histogram
from secondline.stats.explore.target import named, target


def labelled(counts: list[int], events: list[int]) -> Histogram:
    """Return a histogram of a number with known events by bin."""
    found = histogram(counts)
    size = len(found.rows)
    hits = np.zeros(size, dtype=np.int64)
    hits[: len(events)] = events
    rest = found.rows - hits
    return replace(
        found, event_rows=hits, event_weight=hits.astype(float), nonevent_rows=rest, nonevent_weight=rest.astype(float)
    )


def test_rates_are_wilsons() -> None:
    """Each filled bin has its rate and the interval statsmodels gives; empty bins are left out."""
    found = target(labelled([100, 0, 50], [10, 0, 20]))
    assert [b.rate for b in found.bins] == [0.1, 0.4]
    for b in found.bins:
        assert (b.low, b.high) == pytest.approx(proportion_confint(b.events, b.labelled, method="wilson"))


def test_weights_of_evidence_by_hand() -> None:
    """The log of good share over bad share, each count plus one half, and they add up to the information value."""
    found = target(labelled([100, 50], [10, 20]))
    good, bad = (90.5 / 121, 30.5 / 121), (10.5 / 31, 20.5 / 31)
    woe = [math.log(g / b) for g, b in zip(good, bad, strict=True)]
    assert [b.woe for b in found.bins] == pytest.approx(woe)
    assert number(found.information).value == pytest.approx(
        sum((g - b) * w for g, b, w in zip(good, bad, woe, strict=True))
    )


def test_one_class_has_rates_and_no_information() -> None:
    """With only one class the rates stand and the information value says why it does not."""
    found = target(labelled([100, 50], [0, 0]))
    assert [b.rate for b in found.bins] == [0.0, 0.0]
    assert "one class" in no_number(found.information).because
    assert [b.woe for b in found.bins] == [None, None]


def test_a_bin_without_labels_has_no_rate() -> None:
    """Rows of unknown label are shown, with no rate and the whole interval."""
    found = target(histogram([5, 5]))
    assert [(b.rows, b.rate, b.low, b.high) for b in found.bins] == [(5, None, 0.0, 1.0)] * 2


def test_bins_are_named_by_what_they_hold() -> None:
    """A bin of one value is that value, a wider one its range, and special cells keep their names."""
    found = histogram_of([1.0, 1.0, 2.5, 2_000.0], [1.0])
    assert [named(found, i) for i in (0, 1, 2)] == ["1", "2.5 to 2,000", "(missing)"]
