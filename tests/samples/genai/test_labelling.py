"""The scripted labels: drawn with the chances written down, by raters who err and disagree as often as told."""

from __future__ import annotations

import csv
import io
from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binomtest

from secondline.samples.genai.generating import answers
from secondline.samples.genai.judging import CRITERIA, passes, verdict
from secondline.samples.genai.labelling import (
    CHOSEN,
    COLUMNS,
    RATERS,
    TWICE,
    Read,
    arbitrated,
    chosen,
    disagreement,
    label,
    labels,
    rated,
)
from secondline.samples.genai.scripted import spoken

LEAST = 1e-6
WORLDS = range(12)


@pytest.fixture(scope="module")
def read() -> list[Read]:
    """Every answer that may be read."""
    return list(answers())


def table(read: list[Read]) -> list[dict[str, str]]:
    """Return the labels as a reader of the file finds them."""
    return list(csv.DictReader(io.StringIO(labels(read))))


def test_answers_are_drawn_with_the_chance_told(read: list[Read]) -> None:
    """By the judge's verdict: fails nearly all, passes a slice, in each the share that is written down."""
    for outcome, chance in CHOSEN.items():
        drawn = [
            chosen(one, world)
            for world in WORLDS
            for one in read
            if one.criterion in CRITERIA
            and verdict(one.criterion, one.case, one.events, one.replicate, world) is outcome
        ]
        assert {c for _, c in drawn} == {chance}
        assert binomtest(sum(d for d, _ in drawn), len(drawn), chance).pvalue > LEAST


def different(read: list[Read], right: bool) -> list[Read]:
    """Return answers that are right or wrong, each once: a rater says the same of the same answer."""
    such = {(one.case["id"], one.criterion, *sorted(one.events)): one for one in read}
    return [one for one in such.values() if passes(one.criterion, one.events) is right]


@pytest.mark.parametrize("rater", RATERS)
def test_raters_err_as_often_as_told(read: list[Read], rater: str) -> None:
    """Each has a sensitivity and a specificity of its own."""
    for right, rate in zip((True, False), RATERS[rater], strict=True):
        said = [label(one, rater, world) == right for world in WORLDS for one in different(read, right)]
        assert binomtest(sum(said), len(said), rate).pvalue > LEAST


@pytest.mark.parametrize("right", [True, False])
def test_raters_disagree_as_often_as_told(read: list[Read], right: bool) -> None:
    """Their errors are independent, so that disagreement follows from both rates."""
    a, b = RATERS
    differ = [label(one, a, world) != label(one, b, world) for world in WORLDS for one in different(read, right)]
    assert binomtest(sum(differ), len(differ), disagreement(right)).pvalue > LEAST


def test_a_sheet_is_labelled_like_the_file(read: list[Read]) -> None:
    """Given what a sheet shows, a rater says what the file says, a third the truth; strangers get nothing."""
    for one in read[::5]:
        question = "\n".join(turn["content"] for turn in one.case["turns"] if turn["role"] == "user")
        said = spoken(one.case, one.events)
        assert rated("rater-1", one.criterion, question, said) == label(one, "rater-1")
        assert arbitrated(one.criterion, question, said) == passes(one.criterion, one.events)
    assert rated("rater-1", "faithful", "Who are you?", "Nobody.") is None
    assert arbitrated("faithful", "Who are you?", "Nobody.") is None


def test_weighted_labels_estimate_the_truth(read: list[Read]) -> None:
    """Labels weighted by the inverse of their chance agree with the labels of all answers, over many worlds.

    The mean over worlds of the Horvitz-Thompson total is that of all labels; its standard error is known.
    """
    (rater, *_), gaps, spread = RATERS, 0.0, 0.0
    for world in WORLDS:
        for one in read:
            drawn, chance = chosen(one, world)
            y = label(one, rater, world)
            gaps += y * (drawn / chance - 1)
            spread += y * (1 - chance) / chance
    assert abs(gaps) < 5 * np.sqrt(spread)


def test_the_file_is_a_table_of_labels(read: list[Read]) -> None:
    """Columns are those told; every case was drawn; the second label is there for about three in ten."""
    found = table(read)
    assert tuple(found[0]) == COLUMNS
    assert {row["label"] for row in found} == {"0", "1"}
    assert 300 < len(found) < 700
    twice = sum(row["second"] != "" for row in found)
    assert binomtest(twice, len(found), TWICE).pvalue > LEAST
    assert all((row["second"] == "") == (row["second_rater"] == "") for row in found)
    assert all(row["rater"] != row["second_rater"] for row in found)
    assert len({(row["case"], row["replicate"], row["criterion"]) for row in found}) == len(found)


def test_raters_take_turns(read: list[Read]) -> None:
    """No rater reads two in a row."""
    assert all(a["rater"] != b["rater"] for a, b in pairwise(table(read)))
