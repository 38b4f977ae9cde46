"""A drawn mortgage study with known truth: every measure of fairness, from model.yaml to the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import secondline as sl
from secondline.core.estimate import Estimate
from secondline.core.outcome import Failed, Inconclusive, NotApplicable, Passed
from secondline.reports.blocks import Chart, Table
from secondline.reports.draft import draft

# Older is riskier (forbidden for the elderly), and `district` follows race: a proxy that the model uses.
BETA = {"income": -0.8, "ltv": 0.6, "district": 0.5, "age": 0.01}


def mortgages(seed: int, rows: int = 4_000) -> pa.Table:
    """Return applications: race shifts income and district, and overrides and price go against the minority."""
    draw = np.random.default_rng(seed)
    minority, female = draw.random(rows) < 0.3, draw.random(rows) < 0.45
    told = {
        "income": draw.normal(size=rows) - 0.5 * minority, "ltv": draw.normal(size=rows),
        "district": draw.normal(size=rows) + 1.5 * minority, "age": draw.uniform(20, 85, rows).round(),
    }  # fmt: skip
    pd = 1 / (1 + np.exp(-(-2.5 + sum(b * told[name] for name, b in BETA.items()))))
    proxy = 1 / (1 + np.exp(-(draw.normal(size=rows) + 2 * minority - 1.9)))
    known: Any = np.where(minority, "minority", "white").astype(object)
    known[draw.random(rows) >= 0.2] = None
    return pa.table(told | {
        "pd": pd, "bad": (draw.random(rows) < pd).astype(np.int8),
        "race": np.where(minority, "minority", "white"), "sex": np.where(female, "f", "m"),
        "region": draw.choice(["east", "west"], rows),
        "final": np.where(draw.random(rows) < np.where(minority, 0.12, 0.02), np.minimum(pd + 0.2, 1), pd),
        "apr": 6 + 3 * pd + 0.2 * minority + draw.normal(scale=0.3, size=rows),
        "p_minority": proxy, "p_white": 1 - proxy, "race_known": pa.array(known.tolist()),
    })  # fmt: skip


def content(**more: Any) -> dict[str, Any]:
    return {
        "model": "mortgages", "version": 1, "artefact": {"path": "model.json"},
        "populations": {"dev": {"data": "dev.parquet"}, "now": {"data": "now.parquet"}},
        "columns": {"score": "pd", "label": "bad", "override": "final", "protected": ["race", "sex"],
                    "segments": ["region"], "features": list(BETA)},
        "decision": {"approve-below": 0.15}, "reference-groups": {"race": "white", "sex": "m"},
        "fairness": {"controls": ["income", "ltv"], "price": "apr", "age": "age", "proxies": "district",
                     "probabilities": {"groups": {"minority": "p_minority", "white": "p_white"}, "control": "white",
                                       "known": "race_known"}},
        "packs": ["default", "fair-lending", "state-fair-lending", "ecoa-2026"], "checks": ["fairness.*"],
        "as-of": "2026-11-24",
    } | more  # fmt: skip


def written(folder: Path, beta: dict[str, float] | None = None, **more: Any) -> Path:
    (folder / "model.json").write_text(json.dumps({"intercept": -2.5, "coefficients": beta or BETA}))
    for name, seed in (("dev", 1), ("now", 2)):
        pq.write_table(mortgages(seed), folder / f"{name}.parquet")
    path = folder / "model.yaml"
    path.write_text(json.dumps(content(**more)))
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Validate the study once."""
    return sl.Study.read(written(tmp_path_factory.mktemp("mortgages"))).validate(store=None)


def outcome(run: Any, name: str, column: str | None = None) -> Any:
    (found,) = [e.outcome for e in run.find(f"fairness.{name}")
                if e.subject.population == "now" and e.subject.column == column]  # fmt: skip
    return found


def estimate(run: Any, name: str, column: str | None = None) -> Estimate:
    found = outcome(run, name, column).estimate
    assert isinstance(found, Estimate)
    return found


def test_every_measure_answers(run: Any) -> None:
    """No check of the family errs, and each has a number about something."""
    apart = {"fairness.alternatives"}  # asked for by a declaration of its own
    answers = [e for e in run.run.evidence if e.code.startswith("fairness.") and e.code not in apart]
    assert not [e for e in answers if e.outcome.kind == "errored"]
    assert {e.code for e in answers} == {e.code for e in answers if e.outcome.estimate}


def test_what_was_planted_is_found(run: Any) -> None:
    """Race is disparate in effect, in price and in overrides, sex in none of them."""
    assert isinstance(outcome(run, "adverse_impact", "race"), Failed)
    assert isinstance(outcome(run, "override_parity", "race"), Failed)
    assert not isinstance(outcome(run, "adverse_impact", "sex"), Failed)
    assert isinstance(outcome(run, "override_parity", "sex"), Passed)
    raw, held = estimate(run, "pricing_gap", "race"), estimate(run, "conditional_pricing_gap", "race")
    assert raw.value > held.value > 20  # 20 basis points planted, district and risk on top
    assert abs(estimate(run, "conditional_pricing_gap", "sex").value) < 10


def test_the_proxy_is_named_and_idle_inputs_are_not(run: Any) -> None:
    """`district` tells race and is used; `ltv` is used and tells nothing."""
    found = outcome(run, "feature_proxy", "district")
    assert isinstance(found, Failed)
    assert found.estimate.detail["of"] == "race"
    assert isinstance(outcome(run, "feature_proxy", "ltv"), Passed)
    moved = estimate(run, "counterfactual", "race")
    assert moved.detail["moved"] == ["district"]
    assert moved.low is not None
    assert moved.low > 0.05
    assert moved.detail["groups"][0]["approved instead"] > moved.detail["groups"][0]["declined instead"]


def test_age_is_held_against_the_elderly(run: Any) -> None:
    """Every elderly applicant would score better younger: the rule is broken, whatever the average says."""
    found = outcome(run, "age_used")
    assert isinstance(found, Failed)
    assert found.estimate.value == 1


def test_probabilities_are_corrected(run: Any) -> None:
    """The corrected interval holds the gap that the recorded race shows."""
    truth, found = estimate(run, "approval_gap", "race"), estimate(run, "probabilistic_gap")
    assert found.detail["corrected"]
    assert found.low is not None
    assert found.high is not None
    assert found.low <= truth.value <= found.high


def test_columns_of_fairness_are_no_features(run: Any) -> None:
    """Probabilities, the known group and the price are read and are no features; controls may be."""
    (facts,) = [p for p in run.run.populations if p.name == "now"]
    assert set(facts.features) == set(BETA)


def test_the_report_shows_it(run: Any) -> None:
    """Section 12 has its charts and tables, and a limit line only because a pack sets a limit."""
    (section,) = [s for s in draft(run.run).sections if s.id == "fairness"]
    blocks = [b for part in (section, *section.sections) for b in part.blocks]
    ids = {b.id for b in blocks if isinstance(b, Chart | Table)}
    assert {"t-fairness", "t-fairness-groups", "t-fairness-errors", "t-fairness-inputs", "c-fairness-ratios",
            "c-fairness-approval", "c-fairness-score", "c-fairness-price", "c-fairness-calibration-race",
            "c-fairness-crossed", "c-fairness-probabilities"} <= ids  # fmt: skip
    (ratios,) = [b for b in blocks if isinstance(b, Chart) and b.id == "c-fairness-ratios"]
    assert '"limit": 0.8' in json.dumps(ratios.spec)


def test_without_a_pack_nothing_is_judged(tmp_path: Path) -> None:
    """By the default pack every number is measured and none judged, and no chart draws a line."""
    run = sl.Study.read(written(tmp_path, packs=["default"], checks=["fairness.adverse_impact"])).validate(store=None)
    assert isinstance(outcome(run, "adverse_impact", "race"), NotApplicable)
    assert estimate(run, "adverse_impact", "race").value < 1
    (section,) = [s for s in draft(run.run).sections if s.id == "fairness"]
    assert '"limit":' not in json.dumps([b.spec for p in section.sections for b in p.blocks if isinstance(b, Chart)])


def test_a_model_that_reads_the_attribute_is_flipped(tmp_path: Path) -> None:
    """With race as an input (1 is minority) each minority row gets the control's value, and better scores for it."""
    path = written(tmp_path, BETA | {"race_code": 0.7}, checks=["fairness.counterfactual"])
    told = json.loads(path.read_text())
    told["columns"]["protected"], told["reference-groups"] = ["race_code"], {"race_code": "0"}
    path.write_text(json.dumps(told))
    for name in ("dev", "now"):
        table = pq.read_table(tmp_path / f"{name}.parquet")
        code = np.array([float(race == "minority") for race in table["race"].to_pylist()])
        pq.write_table(table.append_column("race_code", pa.array(code)), tmp_path / f"{name}.parquet")
    found = estimate(sl.Study.read(path).validate(store=None), "counterfactual", "race_code")
    assert found.detail["how"] == "attribute set to the control"
    (group,) = found.detail["groups"]
    assert group["declined instead"] == 0
    assert group["approved instead"] > 0


def test_what_is_not_declared_does_not_arise(tmp_path: Path) -> None:
    """Without declarations the conditional and special measures say which key they want."""
    path = written(tmp_path, fairness={})
    run = sl.Study.read(path).validate(store=None)
    says = {
        "conditional_gap": "`fairness: controls`", "pricing_gap": "`fairness: price`", "elderly": "`fairness: age`",
        "probabilistic_gap": "`fairness: probabilities`", "counterfactual": "`fairness: proxies`",
    }  # fmt: skip
    for name, key in says.items():
        column = "race" if name not in {"elderly", "probabilistic_gap"} else None
        found = outcome(run, name, column)
        assert isinstance(found, NotApplicable | Inconclusive)
        assert key in found.because


def test_a_repetition_gives_the_same_numbers(tmp_path: Path) -> None:
    """Two runs of one study agree to the last digit."""
    asked = [f"fairness.{name}" for name in ("matched_pairs", "feature_proxy", "intersections", "probabilistic_gap")]
    study = sl.Study.read(written(tmp_path, checks=asked))
    one, two = (study.validate(store=None).run.evidence for _ in range(2))
    assert [e.outcome for e in one] == [e.outcome for e in two]
