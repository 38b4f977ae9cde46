"""Classes of change: by parts and by measure, stricter in doubt, and not to be split."""

from __future__ import annotations

from math import nextafter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from secondline.core.errors import SpecError
from secondline.govern.classes import CLASSES, Criteria, Measure, classify
from secondline.policy.changing import criteria, parts_of_components

RULES = criteria()
SMALL = {"scores_changed": Measure(value=0.0)}


def measures(values: dict[str, float]) -> dict[str, Measure]:
    """Return plain measures."""
    return {name: Measure(value=value) for name, value in values.items()}


def test_every_part_has_its_class() -> None:
    """Each part alone, with nothing moved, is of the class that the criteria write beside it."""
    for name, part in RULES.parts.items():
        assert classify(RULES, [name], SMALL).class_ == part.least


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("decision_flips", 0.01, "C"),
        ("decision_flips", 0.0101, "B"),
        ("decision_flips", 0.051, "A"),
        ("score_psi", 0.10, "C"),
        ("score_psi", 0.11, "B"),
        ("approval_move", -0.06, "B"),
        ("approval_move", 0.11, "A"),
        ("ecl_move", 0.051, "B"),
        ("rwa_move", -0.101, "A"),
    ],
)
def test_a_trigger_is_crossed_strictly_above(name: str, value: float, expected: str) -> None:
    """A move at the trigger is inside it; a move above it, up or down, is of the stricter class."""
    assert classify(RULES, ["infrastructure"], SMALL | measures({name: value})).class_ == expected


def test_a_straddling_interval_gives_the_stricter_class() -> None:
    """An estimate below the trigger whose interval crosses it counts as above, and the reason says so."""
    found = classify(RULES, ["bug-fix"], SMALL | {"decision_flips": Measure(value=0.008, low=0.005, high=0.013)})
    assert found.class_ == "B"
    assert any("straddles" in line for line in found.why)


def test_a_correction_without_proof_is_no_correction() -> None:
    """A bug fix whose scores were not compared, or differ, is class B."""
    unproven = classify(RULES, ["bug-fix"], {})
    assert unproven.class_ == "B"
    assert "until scores_changed is measured" in unproven.why[-1]
    assert classify(RULES, ["bug-fix"], measures({"scores_changed": 1e-9})).class_ == "B"
    assert classify(RULES, ["documentation"], {}).class_ == "D"


def test_self_update_outside_bounds_stops_the_model() -> None:
    """Re-parametrisation by itself inside its bounds is class C; outside them class A, and the model must stop."""
    outside = classify(RULES, ["self-update-outside-bounds"], SMALL)
    assert (outside.class_, outside.stop) == ("A", True)
    assert not classify(RULES, ["self-update-inside-bounds"], SMALL).stop


names = st.sampled_from([n for n in RULES.triggers if n != "scores_changed"])
moves = st.dictionaries(names, st.floats(0, 0.6), max_size=3)
touched = st.lists(st.sampled_from(list(RULES.parts)), min_size=1, max_size=3)


@given(parts=touched, values=moves, cuts=st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_splitting_does_not_help(parts: list[str], values: dict[str, float], cuts: list[int]) -> None:
    """However a change is cut into smaller ones, the strictest class on the way is never milder than the whole's."""
    whole = classify(RULES, parts, SMALL | measures(values)).class_
    done: list[dict[str, Any]] = []
    classes = []
    for i, cut in enumerate(cuts):
        share = cut / sum(cuts)
        # Each step moves its share; a distance such as the PSI moves by the square of its share, which is what makes
        # adding it up naively a loophole. The last digit is given the benefit.
        step = {
            name: Measure(value=nextafter(value * share ** (1 + (RULES.triggers[name].adds == "root")), 1) * (1 + 1e-9))
            for name, value in values.items()
        }  # fmt: skip
        mine = parts if i == len(cuts) - 1 else parts[:1]
        classes.append(classify(RULES, mine, SMALL | step, done).class_)
        kept = {name: m.model_dump() for name, m in (SMALL | step).items()}
        done.append({"parts": mine, "measures": kept})
    assert CLASSES.index(min(classes, key=CLASSES.index)) <= CLASSES.index(whole)


@given(values=moves, more=moves, parts=touched)
def test_an_earlier_change_never_makes_the_class_milder(
    values: dict[str, float], more: dict[str, float], parts: list[str]
) -> None:
    """Counting what came before can only make the class stricter."""
    alone = classify(RULES, parts, SMALL | measures(values))
    before = [{"parts": parts, "measures": {n: m.model_dump() for n, m in measures(more).items()}}]
    found = classify(RULES, parts, SMALL | measures(values), before)
    assert CLASSES.index(found.class_) <= CLASSES.index(alone.class_)
    assert found.alone == alone.class_


def test_a_measure_against_the_baseline_is_not_counted_twice() -> None:
    """A move measured from the approved baseline holds the earlier moves already."""
    before = [{"parts": ["bug-fix"], "measures": {"decision_flips": {"value": 0.006}}}]
    direct = {"decision_flips": Measure(value=0.007, against="baseline")}
    chained = {"decision_flips": Measure(value=0.007)}
    assert classify(RULES, ["bug-fix"], SMALL | direct, before).class_ == "C"
    found = classify(RULES, ["bug-fix"], SMALL | chained, before)
    assert (found.class_, found.alone) == ("B", "C")
    assert any("together with 1 earlier change" in line for line in found.why)


def test_what_a_change_does_not_move_is_not_its_own() -> None:
    """A correction of the documents after a large change is no large change."""
    before = [{"parts": ["retraining"], "measures": {"decision_flips": {"value": 0.3}}}]
    assert classify(RULES, ["documentation"], {}, before).class_ == "D"
    assert classify(RULES, ["bug-fix"], SMALL | {"decision_flips": Measure(value=0.001)}, before).class_ == "A"


@pytest.mark.parametrize(
    ("parts", "given_measures", "said"),
    [
        ([], {}, "Say which parts changed"),
        (["retrainning"], {}, "Did you mean 'retraining'"),
        (["bug-fix"], {"flips": Measure(value=0)}, "decision_flips"),
    ],
)
def test_unknown_words_are_named(parts: list[str], given_measures: dict[str, Measure], said: str) -> None:
    """A part or a measure outside the criteria is an error with the words that exist."""
    with pytest.raises(SpecError, match=said):
        classify(RULES, parts, given_measures)


def test_an_interval_must_hold_its_value() -> None:
    """An interval beside its value is refused."""
    with pytest.raises(ValidationError, match="interval must hold"):
        Measure(value=0.1, low=0.2, high=0.3)


@pytest.mark.parametrize(
    ("part", "value", "said"),
    [
        ("follows", {}, "A to D"),
        ("triggers", {"decision_flips": {"title": "x", "above": {"A": 0.01, "B": 0.02}}}, "must not be lower"),
    ],
)
def test_criteria_that_are_not_whole_are_refused(part: str, value: Any, said: str) -> None:
    """Criteria whose stricter class starts at a smaller move, or that leave a class open, never come into force."""
    with pytest.raises(ValidationError, match=said):
        Criteria.model_validate(RULES.model_dump(mode="json") | {part: value})


def test_components_become_parts() -> None:
    """A component that differs from the record is the part of its name; an unknown one is a vendor's version."""
    model = {"components": {"prompt": "v1", "base-model": "m1"}, "vendor_version": "9"}
    seen = {"prompt": "v2", "base-model": "m1", "reranker": "r1", "vendor_version": "10"}
    assert parts_of_components(RULES, model, seen) == {
        "prompt": "prompt", "reranker": "vendor-version", "vendor_version": "vendor-version"
    }  # fmt: skip
