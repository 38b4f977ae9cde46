"""A drawn study of card fraud with known truth: every measure of fraud, from model.yaml to the report."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import secondline as sl
from secondline.core.errors import DataError, SpecError
from secondline.core.estimate import Estimate
from secondline.core.outcome import Failed, Inconclusive, NotApplicable, Passed
from secondline.reports.blocks import Chart, Table
from secondline.reports.draft import draft
from secondline.reports.pictures import fraud as pictures
from secondline.reports.view import View

BETA = {"velocity": 2.4, "foreign": 2.0, "amount_log": 0.4}
FRAUD: dict[str, Any] = {
    "amount": "amount", "threshold": 0.15, "declined": "declined", "known-at": "known", "known-to": "2026-12-31",
    "rules": "rule", "recovered": "recovered", "trained-to": "2026-01-31", "saved": "from-alert",
    "costs": {"review": 2, "friction": 1}, "control": {"column": "arm", "probability": 0.05},
    "scheme": {"settled": "cnp", "reported": "tc40", "disputed": "tc15"},
    "serving": {"latency": "ms", "timeout": 100, "fallback": "fell"},
}  # fmt: skip


def transactions(seed: int, start: datetime, rows: int = 9_000, cards: int = 1_500) -> pa.Table:
    """Return card transactions; fraud follows velocity and foreign use, and is reported up to months later."""
    draw = np.random.default_rng(seed)
    card = draw.integers(0, cards, rows)
    own = draw.normal(size=cards)[card]
    told = {
        "velocity": draw.normal(size=rows) + 0.5 * own, "foreign": draw.integers(0, 2, rows) * 1.0,
        "amount_log": draw.normal(size=rows),
    }  # fmt: skip
    p = 1 / (1 + np.exp(-(-6.0 + sum(b * told[name] for name, b in BETA.items()))))
    fraud = draw.random(rows) < p
    at = [start + timedelta(minutes=int(m)) for m in draw.integers(0, 84 * 1440, rows)]
    lag = draw.gamma(1.2, 20, rows)
    arm = draw.random(rows) < 0.05
    cnp = draw.random(rows) < 0.5
    return pa.table(told | {
        "card": [f"card {c + 300 * seed}" for c in card], "amount": np.exp(3.5 + told["amount_log"]).round(2), "at": at,
        "fraud": fraud.astype(np.int8), "p_fraud": p,
        "known": [t + timedelta(days=float(d)) if f else None for t, d, f in zip(at, lag, fraud, strict=True)],
        "declined": ((p >= 0.15) & ~arm).astype(np.int8), "rule": (told["foreign"] > 0) & (told["velocity"] > 2),
        "recovered": np.where(fraud & (draw.random(rows) < 0.2), 5.0, 0.0), "arm": arm, "cnp": cnp, "tc40": cnp & fraud,
        "tc15": cnp & fraud & (draw.random(rows) < 0.5), "ms": draw.lognormal(2, 0.5, rows),
        "fell": draw.random(rows) < 0.002,
    })  # fmt: skip


def content(**more: Any) -> dict[str, Any]:
    return {
        "model": "card-fraud", "version": 1, "artefact": {"path": "model.json"},
        "populations": {"dev": {"data": "dev.parquet"}, "now": {"data": "now.parquet"}},
        "columns": {"score": "p_fraud", "label": "fraud", "time": "at", "entity": "card", "features": list(BETA)},
        "fraud": FRAUD, "packs": ["default", "fraud", "vamp-merchant"], "checks": ["fraud.*"],
        "parameters": {"fraud.vamp": {"above": 20}}, "as-of": "2026-11-26",
    } | more  # fmt: skip


def written(folder: Path, **more: Any) -> Path:
    (folder / "model.json").write_text(json.dumps({"intercept": -6.0, "coefficients": BETA}))
    for name, seed, month in (("dev", 1, 1), ("now", 2, 5)):
        pq.write_table(transactions(seed, datetime(2026, month, 1)), folder / f"{name}.parquet")  # noqa: DTZ001 - no zone
    path = folder / "model.yaml"
    path.write_text(json.dumps(content(**more)))
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the study once."""
    return written(tmp_path_factory.mktemp("cards")).parent


@pytest.fixture(scope="module")
def run(folder: Path) -> Any:
    """Validate the study once."""
    return sl.Study.read(folder / "model.yaml").validate(store=None)


def again(folder: Path, **more: Any) -> Any:
    """Validate the study with other statements."""
    path = folder / "other.yaml"
    path.write_text(json.dumps(content(**more)))
    return sl.Study.read(path).validate(store=None)


def outcome(run: Any, name: str, population: str = "now") -> Any:
    (found,) = [e.outcome for e in run.find(f"fraud.{name}") if e.subject.population == population]
    return found


def estimate(run: Any, name: str) -> Estimate:
    found = outcome(run, name).estimate
    assert isinstance(found, Estimate)
    return found


def test_every_measure_answers(run: Any) -> None:
    """No check of the family errs, and each has a number about something."""
    answers = [e for e in run.run.evidence if e.code.startswith("fraud.")]
    assert not [e for e in answers if e.outcome.kind == "errored"]
    assert {e.code for e in answers} == {e.code for e in answers if e.outcome.estimate}
    assert len({e.code for e in answers}) == 24


def test_the_numbers_are_those_of_the_rows(run: Any, folder: Path) -> None:
    """Alerts, detection by value and precision are what the rows say."""
    t = pq.read_table(folder / "now.parquet").to_pydict()
    p, y, a = (np.asarray(t[name], dtype=float) for name in ("p_fraud", "fraud", "amount"))
    assert estimate(run, "alert_rate").value == pytest.approx((p >= 0.15).mean())
    assert estimate(run, "value_detection").value == pytest.approx((a * y)[p >= 0.15].sum() / (a * y).sum())
    assert estimate(run, "false_positive_ratio").detail["precision"] == pytest.approx(y[p >= 0.15].mean())
    top = np.sort(p)[::-1][: int(0.005 * len(p))]
    assert estimate(run, "precision_at_budget").value == pytest.approx(y[p >= top[-1]].mean())


def test_the_control_arm_tells_the_rate(run: Any) -> None:
    """The arm's interval holds the rate of all labels, which this drawn study knows."""
    found = estimate(run, "control_group")
    assert (found.low or 0) <= found.detail["rate among all labels"] <= (found.high or 0)


def test_limits_come_from_the_packs(run: Any) -> None:
    """The scheme's ratio is far above its limit here, labels are mature, and the split is by time."""
    assert isinstance(outcome(run, "vamp"), Failed)
    assert isinstance(outcome(run, "label_maturity"), Passed)
    assert isinstance(outcome(run, "time_split"), Passed)
    assert isinstance(outcome(run, "insult_rate"), NotApplicable)


def test_immature_labels_are_inconclusive_and_say_what_they_need(folder: Path) -> None:
    """Collected until mid July, detection waits and says until when transactions are mature."""
    run = again(
        folder, fraud=FRAUD | {"known-to": "2026-07-20"}, checks=["fraud.value_detection", "fraud.label_maturity"]
    )
    assert isinstance(outcome(run, "label_maturity"), Failed | Inconclusive)
    found = outcome(run, "value_detection")
    assert isinstance(found, Inconclusive)
    assert "leave out transactions after 2026-" in found.needed


def test_what_is_not_declared_is_not_asked(folder: Path) -> None:
    """A bare study answers detection and says of the rest which column is missing."""
    run = again(folder, fraud={"amount": "amount", "alert-budget": 0.01})
    assert outcome(run, "value_detection").estimate is not None
    missing = {
        "decline_rate": "fraud: declined", "label_maturity": "known-at", "rule_overlap": "fraud: rules",
        "control_group": "fraud: control", "vamp": "fraud: scheme", "latency": "serving: latency",
        "decay": "trained-to",
    }  # fmt: skip
    for name, says in missing.items():
        (found,) = [e.outcome for e in run.find(f"fraud.{name}")]
        assert isinstance(found, NotApplicable)
        assert says in found.because
    bare = again(folder, fraud=None, columns=content()["columns"])
    assert {e.outcome.because for e in bare.run.evidence} == {"model.yaml has no `fraud` part"}


def test_an_attack_through_declared_changes_only(folder: Path) -> None:
    """Only the inputs a fraudster controls are moved; a recorded alert without a threshold cannot be attacked."""
    changes = {"reasons": {"changes": {"velocity": {"direction": "decreasing"}}}, "checks": ["fraud.evasion"]}
    found = estimate(again(folder, **changes), "evasion")
    assert found.detail["controlled"] == ["velocity"]
    recorded = {k: v for k, v in FRAUD.items() if k != "threshold"} | {"alert": "declined"}
    assert "threshold" in outcome(again(folder, fraud=recorded, checks=["fraud.evasion"]), "evasion").because


def test_columns_of_fraud_are_no_features(folder: Path) -> None:
    """Left out, features are what has no role; the amount may be one."""
    columns = {k: v for k, v in content()["columns"].items() if k != "features"}
    run = again(folder, columns=columns, checks=["fraud.alert_rate"])
    assert set(run.run.populations[0].features) == {*BETA, "amount"}


def test_bad_statements_are_refused(folder: Path) -> None:
    """A negative amount stops the run, an unknown column too, and two ways to alert are one too many."""
    table = pq.read_table(folder / "now.parquet")
    bad = table.set_column(table.column_names.index("amount"), "amount", [np.full(len(table), -1.0)])
    pq.write_table(bad, folder / "bad.parquet")
    with pytest.raises(DataError, match="negative"):
        again(folder, populations={"dev": {"data": "dev.parquet"}, "now": {"data": "bad.parquet"}})
    with pytest.raises(DataError, match="fraud recovered"):
        again(folder, fraud=FRAUD | {"recovered": "recoverd"})
    with pytest.raises(SpecError, match="not both"):
        again(folder, fraud=FRAUD | {"alert-budget": 0.1})


def test_the_report_shows_it(run: Any) -> None:
    """Section 9 has four charts and the tables of fraud, and says what an alert is."""
    (section,) = [s for s in draft(run.run).sections if s.id == "outcomes"]
    (part,) = [s for s in section.sections if s.id == "outcomes-fraud"]
    ids = {b.id for b in part.blocks if isinstance(b, Chart | Table)}
    tables = {f"t-fraud-{name}" for name in ("detected", "money", "time", "trust", "served", "rules", "sides")}
    assert tables | {f"c-fraud-{name}" for name in ("budget", "maturity", "detect", "decay")} <= ids
    assert "An alert is a score at or beyond 0.15" in str(part.blocks[0])


def test_the_report_shows_detection_though_its_median_is_not_reached(run: Any) -> None:
    """Without a median the share detected is drawn as far as it was watched."""
    code, curve = "fraud.time_to_detect", [{"hours": 3.0, "detected": 0.25, "low": 0.1, "high": 0.4}]
    none = Inconclusive(because="the median time is not reached", detail={"curve": curve})
    changed = tuple(e.model_copy(update={"outcome": none}) if e.code == code else e for e in run.run.evidence)
    chart = pictures.detected(View(run.run.model_copy(update={"evidence": changed})))
    assert chart is not None
    assert "25.0 % of accounts within 3.000 hours" in chart.alt
    bare = tuple(e for e in changed if e.code != code)
    assert pictures.detected(View(run.run.model_copy(update={"evidence": bare}))) is None
