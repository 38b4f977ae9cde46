"""Judge cards: sensitivity and specificity with known truth, slices that differ, and who may grade."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from answers import answers, judged
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import cards

NAN = math.nan


def whole(kept: int, good: int, caught: int, bad: int, **more: object) -> Graded:
    """Return fully labelled answers with these four counts."""
    verdict = [1.0] * kept + [0.0] * (good - kept) + [0.0] * caught + [1.0] * (bad - caught)
    return answers(verdict, scorer="judge", label=[1.0] * good + [0.0] * bad, chance=1.0, **more)


def test_a_card_has_the_four_counts() -> None:
    """57 of 60 good passed, 30 of 40 bad failed: Se 0.95, Sp 0.75, J 0.70, each with Wilson's interval."""
    found = number(cards.youden(whole(57, 60, 30, 40)))
    assert found.value == pytest.approx(0.7)
    se, sp = found.detail["sensitivity"], found.detail["specificity"]
    assert (se["low"], se["high"]) == tuple(pytest.approx(x) for x in proportion_confint(57, 60, 0.05, "wilson"))
    assert (sp["low"], sp["high"]) == tuple(pytest.approx(x) for x in proportion_confint(30, 40, 0.05, "wilson"))
    down = math.hypot(0.95 - se["low"], 0.75 - sp["low"])
    assert found.low == pytest.approx(0.7 - down)
    assert found.detail["eligible"] is True


def test_labels_drawn_by_verdict_do_not_bend_the_card() -> None:
    """Half of the labels come from the rare fails; weights give back the Se and Sp that were drawn."""
    found = [number(cards.youden(judged(0.9, 0.95, 0.75, clusters=3000, labels=1000, seed=s))) for s in range(4)]
    assert np.mean([f.detail["sensitivity"]["value"] for f in found]) == pytest.approx(0.95, abs=0.01)
    assert np.mean([f.detail["specificity"]["value"] for f in found]) == pytest.approx(0.75, abs=0.05)


def test_one_class_has_no_card() -> None:
    """People passed all, failed all, or labelled nothing: the missing class is named."""
    assert "people failed" in no_number(cards.youden(whole(5, 5, 0, 0))).because
    assert "people passed" in no_number(cards.youden(whole(0, 0, 5, 5))).because
    assert "no label" in no_number(cards.youden(answers([1.0, 0.0], scorer="judge"))).because


def test_errors_that_differ_by_slice_disqualify() -> None:
    """Right on all good answers in one language and on half in another: seen, and the judge may not grade."""
    verdict = [1.0] * 60 + [1.0] * 30 + [0.0] * 30 + [0.0] * 30
    label = [1.0] * 120 + [0.0] * 30
    language = ["en"] * 60 + ["de"] * 60 + ["en"] * 15 + ["de"] * 15
    graded = answers(verdict, scorer="judge", label=label, chance=1.0, language=language)
    found = cards.differences(graded)
    assert found["p"]["sensitivity by language"] < 0.01
    assert found["p"]["specificity by language"] == 1
    fit, because = cards.eligible(graded)
    assert not fit
    assert "slices" in because
    rows = {row["slice"]: row for row in cards.by_slice(graded, 0.95)}
    assert rows["de"]["sensitivity"]["value"] == 0.5


def test_slices_with_one_rate_are_rarely_called_different() -> None:
    """With the same Se everywhere the permutation test rejects at 5 % about one time in twenty."""
    draw = np.random.default_rng(1)
    slice_ = np.array(["a", "b", "c"] * 40, dtype=object)
    p = [cards.shuffled(draw.random(120) < 0.9, slice_) for _ in range(60)]
    assert sum(x is not None and x < 0.05 for x in p) <= 9
    assert cards.shuffled(np.ones(3, bool), np.array(["a"] * 3, object)) is None


@pytest.mark.parametrize(
    ("graded", "says"),
    [
        (whole(30, 60, 26, 40), "below 0.4"),
        (answers([1.0] * 57 + [0.0] * 3 + [0.0] * 30 + [1.0] * 10 + [NAN] * 3, scorer="judge",
                 label=[1.0] * 60 + [0.0] * 40 + [NAN] * 3, chance=1.0), "2.9%"),
    ],
)  # fmt: skip
def test_who_may_not_grade(graded: Graded, says: str) -> None:
    """A weak judge and one that leaves 3 % unscored are for triage only."""
    fit, because = cards.eligible(graded)
    assert not fit
    assert says in because


def test_calls_that_failed_are_not_the_judges_fault() -> None:
    """An answer that never came cannot be scored, and does not count against the judge."""
    graded = answers(
        [1.0] * 20 + [NAN] * 5, scorer="judge", status=["ok"] * 20 + ["timeout"] * 5, label=1.0, chance=1.0
    )
    assert cards.eligible(graded) == (True, "")
