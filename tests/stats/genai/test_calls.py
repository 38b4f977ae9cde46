"""Calls: each counts once, whatever many criteria graded its answer; quantiles, costs, records, failures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from statsmodels.stats.proportion import proportion_confint

from answers import answers, these
from make import no_number, number
from secondline.core.tables import Graded
from secondline.stats.genai import calls

NAN = math.nan


def twice(**columns: Any) -> Graded:
    """Return ten calls, each graded by two criteria."""
    both = {k: [*v, *v] if isinstance(v, list) else v for k, v in columns.items()}
    return answers([1.0] * 20, case=[f"c{i}" for i in range(10)] * 2, criterion=["x"] * 10 + ["y"] * 10, **both)


def test_failed_calls_count_once() -> None:
    """Two of ten calls failed, though twenty rows tell of them."""
    found = number(calls.failed_calls(twice(status=["ok"] * 8 + ["timeout", "error"])))
    assert (found.value, found.n, found.detail["calls"]) == these(pytest.approx(0.2), 10, 10)
    assert found.detail["status"] == {"error": 1, "ok": 8, "timeout": 1}
    assert no_number(calls.failed_calls(answers([]))).kind == "not-applicable"


def test_the_time_nearly_all_calls_keep() -> None:
    """p95 of 1 to 400 ms is the 380th, between order statistics that the binomial chooses; mean cost stands beside."""
    graded = answers([1.0] * 400, latency_ms=np.arange(400, 0, -1.0), cost=0.5)
    found = number(calls.latency(graded))
    assert found.value == 380
    assert found.low == binom.ppf(0.025, 400, 0.95)
    assert found.detail["mean cost"] == 0.5
    assert no_number(calls.latency(answers([1.0]))).kind == "not-applicable"
    assert no_number(calls.latency(answers([1.0] * 9, latency_ms=5.0))).kind == "too-few"


def test_what_calls_cost() -> None:
    """Mean and total over calls; one cluster has a mean and no interval; no cost, no question."""
    found = number(calls.cost(twice(cost=[float(i) for i in range(10)])))
    assert (found.value, found.detail["total"], found.detail["dearest"]) == (4.5, 45, 9)
    assert found.low is not None
    assert found.low < 4.5
    assert number(calls.cost(answers([1.0, 1.0], cost=1.0, cluster="d"))).low is None
    assert no_number(calls.cost(answers([1.0]))).kind == "not-applicable"


def test_a_record_is_whole_or_not() -> None:
    """Nine of ten calls name their trace and all their model; a call that failed need not."""
    found = number(calls.traced(twice(trace=["t"] * 9 + [""], returned_model="m")))
    assert (found.value, found.detail["missing"]) == (0.9, {"trace": 1, "returned_model": 0})
    assert found.low is None
    assert no_number(calls.traced(twice(status="error"))).kind == "not-applicable"


def test_one_model_answered_or_more() -> None:
    """Two fingerprints of one model are two; none named is no question."""
    found = number(calls.returned_models(twice(returned_model="m", fingerprint=["f1"] * 9 + ["f2"])))
    assert (found.value, found.detail["calls"]) == (2, {"m f1": 9, "m f2": 1})
    assert no_number(calls.returned_models(twice())).kind == "not-applicable"


def test_what_graders_could_not_read() -> None:
    """One of eight answers that came was not scored; a number without a verdict is a score; failed calls stay out."""
    graded = answers([1.0] * 6 + [NAN] * 4, value=[NAN] * 6 + [0.5, NAN, NAN, NAN], status=["ok"] * 8 + ["error"] * 2)
    found = number(calls.unscored(graded))
    assert (found.value, found.n) == these(pytest.approx(1 / 8), 8)
    assert found.detail["outcome"] == {"unscored": 1}
    assert no_number(calls.unscored(answers([NAN], status="timeout"))).kind == "not-applicable"


@given(st.integers(0, 20), st.integers(1, 20), st.integers(0, 20), st.integers(1, 20))
def test_guardrails_are_told_by_whom_they_stopped(bad: int, attacks: int, false: int, plain: int) -> None:
    """Stopped attacks and stopped harmless questions are shares with Wilson's interval (exact when few), apart."""
    bad, false = min(bad, attacks), min(false, plain)
    status = ["blocked-in"] * bad + ["ok"] * (attacks - bad) + ["blocked-out"] * false + ["ok"] * (plain - false)
    graded = answers([1.0] * (attacks + plain), status=status, kind=["adversarial"] * attacks + ["benign"] * plain)
    found = number(calls.guardrails(graded))
    assert found.value == pytest.approx((bad + false) / (attacks + plain))
    assert found.detail["stopped"] == {"before": bad, "after": false}
    for name, hits, n in (("attacks", bad, attacks), ("harmless", false, plain)):
        low, high = proportion_confint(hits, n, method="beta" if n < 30 else "wilson")
        told = found.detail[name]
        assert told["value"] == pytest.approx(hits / n)
        assert (told["low"], told["high"]) == these(
            pytest.approx(float(np.nan_to_num(low, nan=0.0))), pytest.approx(float(np.nan_to_num(high, nan=1.0)))
        )


def test_guardrails_of_calls_that_failed_are_not_known() -> None:
    """A call that failed is no stop; twins are harmless; without a call that came there is no number."""
    graded = answers([1.0] * 4, status=["blocked-in", "ok", "error", "timeout"], kind="adversarial",
                     side=["twin", "attack", "attack", "attack"])  # fmt: skip
    found = number(calls.guardrails(graded))
    assert (found.value, found.n) == (0.5, 2)
    assert (found.detail["harmless"]["value"], found.detail["attacks"]["value"]) == (1.0, 0.0)
    assert no_number(calls.guardrails(answers([1.0], status="error"))).kind == "not-applicable"
