"""Moves of inputs agree with models whose answers are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from make import no_number, number
from secondline.core.spec import Decision, ModelSpec
from secondline.core.tables import Sample
from secondline.measures import robustness as measures
from secondline.models import moved
from secondline.models.inprocess import wrapped
from secondline.models.model import Model
from secondline.stats.robustness import moves

SPEC = ModelSpec.model_validate(
    {
        "model": "m",
        "version": 1,
        "populations": {"a": {"data": "a"}},
        "columns": {"score": "s", "label": "y"},
        "decision": {"approve-below": 10.0},
    }
)


def rows(n: int = 3_000, **more: Any) -> Sample:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, 2))
    columns: dict[str, Any] = {"a": x[:, 0], "b": x[:, 1], "flag": (rng.random(n) < 0.3).astype(float)}
    columns["word"] = np.array(["yes", "no"] * (n // 2), dtype=object)
    columns["@label"] = (rng.random(n) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    return Sample(n, n, np.arange(n, dtype=np.uint64), columns | more)


def linear(columns: Any) -> Any:
    return 10 + 2 * columns["a"] - columns["b"] + 5 * columns["flag"]


LINEAR = wrapped(linear, ["a", "b", "flag"])


def test_a_linear_model_moves_by_its_coefficient() -> None:
    """One step of ``a`` moves the mean score by twice the step, less what met the end of the range."""
    found = number(measures.sensitivity(LINEAR, rows(), "a", SPEC))
    step = moved.grain(rows().columns["a"])
    assert step is not None
    up = next(m for m in found.detail["moves"] if m["step"] == 1)
    few = rows().columns["a"][: moved.STEPPED]
    gain = 2 * (np.minimum(few + step.step, step.high) - few).mean()
    assert up["after"] - up["before"] == pytest.approx(gain)
    assert up["change"] == pytest.approx(gain / up["before"])
    assert up["clipped"] == np.mean(few + step.step > step.high)
    assert (found.low or 0) < found.value < (found.high or 0)


def test_decisions_that_change_by_hand() -> None:
    """Of four scores around the cut of 10, the two that cross it are half."""
    before, after = np.array([9.0, 9.5, 10.5, 12.0]), np.array([9.2, 10.1, 9.9, 12.5])
    assert moves.flipped(before, after, np.ones(4), SPEC.decision, 1.0) == 0.5
    assert moves.flipped(before, after, np.ones(4), None, 1.0) is None
    assert moves.flipped(-before, -after, np.ones(4), Decision.model_validate({"approve-at-least": 10}), -1.0) == 0.5


def test_a_flag_takes_its_other_value() -> None:
    """Up sets the flag in every row: the mean score rises by 5 times the share that had none."""
    found = number(measures.sensitivity(LINEAR, rows(), "flag", SPEC))
    up = next(m for m in found.detail["moves"] if m["step"] == 1)
    assert up["after"] - up["before"] == pytest.approx(5 * (1 - rows().columns["flag"][: moved.STEPPED].mean()))


def test_a_cliff_is_found() -> None:
    """A step function of ``a`` has all of its range in one jump, where it stands."""
    model = wrapped(lambda c: 1.0 + (c["a"] > 0.5), ["a"])
    cliff = number(measures.sensitivity(model, rows(), "a", SPEC)).detail["cliff"]
    assert cliff["of range"] == 1.0
    assert cliff["from"] <= 0.5 < cliff["to"]


def test_elasticity_of_a_proportional_model_is_one() -> None:
    """Where the score is proportional to the input, both change by the same share (inside the range)."""
    x = np.random.default_rng(2).uniform(5, 15, 3_000)
    x[0], x[1] = -100.0, 200.0
    found = number(measures.sensitivity(wrapped(lambda c: 3 * c["a"], ["a"]), rows(a=x), "a", SPEC))
    assert found.detail["elasticity"] == pytest.approx(1.0, rel=0.01)


@pytest.mark.parametrize("column", ["word", "unread"])
def test_what_has_no_steps(column: str) -> None:
    """Text, and inputs that the artefact does not read, are not applicable."""
    model = wrapped(lambda c: np.ones(len(c["word"])), ["word"])
    assert no_number(measures.sensitivity(model, rows(unread=np.ones(3_000)), column, SPEC)).kind == "not-applicable"


def test_a_mean_of_nought_has_no_relative_change() -> None:
    """Without a mean score nothing can be a share of it."""
    nought = wrapped(lambda c: np.zeros(len(c["a"])), ["a"])
    assert no_number(measures.sensitivity(nought, rows(), "a", SPEC)).kind == "not-applicable"
    assert no_number(measures.joint_sensitivity(nought, rows(), SPEC)).kind == "not-applicable"


def test_together_a_linear_model_adds_up() -> None:
    """All moves at once change the mean score by the sum of the single ones; the direction that raises is found."""
    found = number(measures.joint_sensitivity(LINEAR, rows(), SPEC))
    up = found.detail["moves"][0]
    assert found.detail["raises risk"] == {"a": "up", "b": "down", "flag": "up"}
    few = rows().first(moved.SIGNED).columns
    steps = {name: moved.grain(rows().columns[name]) for name in ("a", "b")}
    assert found.detail["single moves add up to"] == pytest.approx(up["change"], rel=0.1)
    assert len(few["a"]) == moved.SIGNED
    assert all(steps.values())


def test_claims_say_which_way_is_up() -> None:
    """A claimed direction is used even where the model answers the other way."""
    claimed = SPEC.model_copy(update={"claims": SPEC.claims.model_copy(update={"monotone": {"a": "decreasing"}})})
    assert number(measures.joint_sensitivity(LINEAR, rows(), claimed)).detail["raises risk"]["a"] == "down"


def test_components_are_those_of_the_correlations() -> None:
    """Two inputs with correlation 0.9 have a first component that explains (1 + 0.9) / 2."""
    rng = np.random.default_rng(3)
    a = rng.normal(size=20_000)
    b = 0.9 * a + np.sqrt(1 - 0.81) * rng.normal(size=20_000)
    columns = {"a": a, "b": 7 * b}
    grains = {name: found for name, values in columns.items() if (found := moved.grain(values))}
    axes, explained = moved._components(columns, grains)
    assert explained[0] == pytest.approx(0.95, abs=0.01)
    assert abs(axes[0][0]) == pytest.approx(abs(axes[0][1]), rel=0.05)


def test_an_outage_of_an_input_that_says_nothing_costs_nothing() -> None:
    """A model that reads missing as zero loses all ranking without its one input, and none without an idle one."""
    model = wrapped(lambda c: np.nan_to_num(c["a"]) + 0 * np.nan_to_num(c["b"]) + 3, ["a", "b"])
    lost = number(measures.missingness(model, rows(), "a", SPEC))
    assert lost.detail["after"] == pytest.approx(0.5)
    assert lost.value == pytest.approx(lost.detail["before"] - 0.5)
    assert 0 < lost.detail["AUC lost at random share"] < lost.value
    idle = number(measures.missingness(model, rows(), "b", SPEC))
    assert (idle.value, idle.detail["mean score"]["change"]) == (0, 0)


def test_a_model_that_cannot_go_without() -> None:
    """No score without the input, or an error of the model, is said and not a number."""
    found = no_number(measures.missingness(LINEAR, rows(), "a", SPEC))
    assert (found.kind, moves.NO_ANSWER in found.because) == ("not-applicable", True)
    from secondline.core.errors import ModelError

    def broken(columns: Any) -> Any:
        if np.isnan(columns["a"]).any():
            raise ModelError("cannot")
        return columns["a"]

    found = no_number(measures.missingness(Model("m", "python", ("a",), broken), rows(), "a", SPEC))
    assert "cannot" in found.because
    assert no_number(measures.missingness(LINEAR, rows(), "word", SPEC)).kind == "not-applicable"


def test_an_outage_needs_both_classes() -> None:
    """With one class there is no ranking to lose."""
    model = wrapped(lambda c: np.nan_to_num(c["a"]), ["a"])
    known = rows()
    held = Sample(known.k, known.total, known.hashes, known.columns | {"@label": np.ones(known.size)})
    assert "one class" in no_number(measures.missingness(model, held, "a", SPEC)).because


def test_texts_go_missing_too() -> None:
    """A text is taken away as None."""
    model = wrapped(lambda c: np.array([{"yes": 2.0, "no": 1.0}.get(v, 0.0) for v in c["word"]]), ["word"])
    assert number(measures.missingness(model, rows(), "word", SPEC)).detail["mean score"]["after"] == 0


def test_the_noise_curve_rises_and_ends_where_it_says() -> None:
    """More noise costs more ranking; the value is the last point; the price of 0.01 lies between its neighbours."""
    found = number(measures.noise_curve(wrapped(lambda c: c["a"], ["a"]), rows(8_000), SPEC))
    lost = [point["lost"] for point in found.detail["curve"]]
    assert lost[-1] == found.value > lost[0]
    at = found.detail["costs 0.01 at"]
    below = max(p["scale"] for p in found.detail["curve"] if p["lost"] < 0.01)
    assert at is None or below <= at <= 0.5


def test_where_a_loss_is_reached_by_hand() -> None:
    """Between 0.1 (0.005 lost) and 0.2 (0.015 lost), 0.01 is reached at 0.15."""
    assert moves._reached([0, 0.1, 0.2], [0, 0.005, 0.015], 0.01) == pytest.approx(0.15)
    assert moves._reached([0, 0.1], [0, 0.005], 0.01) is None


def test_the_change_of_the_mean_by_hand() -> None:
    """Weights count, rows without a score on one side do not."""
    found = moves.change(np.array([1.0, 3.0, np.nan]), np.array([2.0, 3.0, 9.0]), np.array([3.0, 1.0, 1.0]), 0.95)
    assert found is not None
    assert (found.before, found.after, found.n) == (1.5, 2.25, 2)
    assert found.value == pytest.approx(0.5)
    assert moves.change(np.array([1.0]), np.array([2.0]), np.ones(1), 0.95) is None


def test_grains() -> None:
    """Whole numbers move by whole steps, numbers by their spread, flags by their distance; texts not at all."""
    assert moved.grain(np.array(["a"], dtype=object)) is None
    assert moved.grain(np.ones(5)) is None
    assert moved.grain(np.array([2.0, 5.0, np.nan])) == moved.Grain(3.0, 2.0, 5.0)
    whole = moved.grain(np.array([0.0] * 90 + [1.0, 2.0, 3.0]))
    assert whole is not None
    assert whole.step == 1.0
    normal = moved.grain(np.random.default_rng(4).normal(size=50_000) * 3)
    assert normal is not None
    assert normal.step == pytest.approx(3, rel=0.03)
