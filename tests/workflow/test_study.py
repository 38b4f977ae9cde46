"""A whole study: five lines of Python, the same answers twice, found again on changed data, and rows by the schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests
from typer.testing import CliRunner

import secondline as sl
from portfolios import portfolio
from secondline.cli.app import app
from secondline.core.errors import SpecError
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify
from secondline.stats.multiplicity import benjamini_hochberg, bonferroni, holm
from secondline.workflow.replicate import replicate
from secondline.workflow.rows import ROW_SCHEMA, rows

TABLES = {"dev": portfolio(3_000), "cur": portfolio(2_000, 1)}


def study(**fields: Any) -> Any:
    """Return a study of two small portfolios."""
    roles = {"score": "pd", "label": "y", "entity": "id", "segments": ["region"], "ignore": ["w"]}
    return sl.Study.of(TABLES, **(roles | fields))


@pytest.fixture(scope="module")
def run() -> Any:
    """Validate once."""
    return study().validate(store=None)


def test_five_lines(run: Any) -> None:
    """Every planned check has at least one answer, of one of five kinds, and the run shows itself in a notebook."""
    planned = {check.code for check in run.run.plan.checks}
    assert {evidence.code for evidence in run} == planned
    kinds = {evidence.outcome.kind for evidence in run}
    assert kinds <= {"passed", "failed", "inconclusive", "not_applicable", "errored"}
    assert "errored" not in kinds
    assert run.run.opinion.status == "proposed"
    assert "<div" in run._repr_html_()
    assert run["discrimination.auc"] is not None


def test_the_same_data_give_the_same_answers(run: Any) -> None:
    """Numbers, outcomes, findings and the run's name, whatever the order of rows."""
    again = sl.Study.of(
        {name: table.take(list(range(table.num_rows))[::-1]) for name, table in TABLES.items()},
        score="pd", label="y", entity="id", segments=["region"], ignore=["w"],
    ).validate(store=None)  # fmt: skip
    assert again.run.id == run.run.id
    assert [f.fingerprint for f in again.run.populations] == [f.fingerprint for f in run.run.populations]
    for a, b in zip(run, again, strict=True):
        assert (a.code, a.subject, a.outcome.kind) == (b.code, b.subject, b.outcome.kind)
        if a.outcome.estimate and b.outcome.estimate:
            assert a.outcome.estimate.value == pytest.approx(b.outcome.estimate.value, rel=1e-9, abs=1e-12)


def test_every_number_has_its_query_and_its_statistics(run: Any) -> None:
    """No estimate without the SQL it rests on."""
    known = {query.id for query in run.run.queries}
    for evidence in run:
        if evidence.outcome.estimate:
            assert evidence.queries
            assert {q.split(".")[0] for q in evidence.queries} <= known
            assert evidence.statistics


def test_rows_follow_the_published_schema(run: Any) -> None:
    """One row an answer, numbers unrounded, valid JSON without NaN."""
    made = rows(run.run)
    assert len(made) == len(list(run))
    jsonschema.validate(json.loads(json.dumps(made, allow_nan=False)), ROW_SCHEMA)


def test_a_limit_of_the_users_own() -> None:
    """It changes the plan's digest and the outcome, and says whose it is."""
    strict = study().limit("discrimination.auc", at_least=0.99, because="house standard").validate(store=None)
    failed = [e for e in strict if e.code == "discrimination.auc"]
    assert {e.outcome.kind for e in failed} == {"failed"}
    assert strict.run.plan_digest != study().plan().digest()
    with pytest.raises(SpecError):
        study().limit("discrimination.auk", at_least=0.5).plan()


def files(folder: Path) -> Path:
    """Write a study with its data as files."""
    for name, table in TABLES.items():
        pq.write_table(table, folder / f"{name}.parquet")
    path = folder / "model.yaml"
    path.write_text(
        "model: m\nversion: '1'\npacks: [default]\n"
        "populations:\n  dev: {data: dev.parquet, role: reference}\n  cur: {data: cur.parquet}\n"
        "columns: {score: pd, label: y, entity: id, segments: [region], ignore: [w]}\n"
    )
    return path


def test_replication_agrees_and_notices(tmp_path: Path) -> None:
    """A recorded run repeats to the last answer; with one cell changed, data and answers are named."""
    spec = files(tmp_path)
    recorded = sl.Study.read(spec).validate(store=tmp_path / "runs").run
    assert replicate(recorded, tmp_path).agrees
    assert not verify(tmp_path / "runs").problems
    changed = TABLES["cur"].to_pydict()
    changed["pd"][0] = 0.999
    pq.write_table(type(TABLES["cur"]).from_pydict(changed), tmp_path / "cur.parquet")
    found = replicate(recorded, tmp_path)
    assert not found.agrees
    assert any("cur" in difference.what for difference in found.differences)


def test_the_plan_is_recorded_before_data_are_read(tmp_path: Path) -> None:
    """A run that fails on its data leaves its plan, and no run."""
    spec = files(tmp_path)
    pq.write_table(portfolio(0), tmp_path / "cur.parquet")
    with pytest.raises(sl.SecondlineError):
        sl.Study.read(spec).validate(store=tmp_path / "runs")
    ledger = Ledger.open(tmp_path / "runs")
    assert [event.kind for event in ledger.database.read()] == ["plan.recorded"]
    assert not ledger.runs()


def test_a_second_run_says_what_changed(tmp_path: Path) -> None:
    """Against the first, by limit and outcome."""
    spec = files(tmp_path)
    first = sl.Study.read(spec).validate(store=tmp_path / "runs").run
    other = sl.Study.read(spec).limit("discrimination.auc", at_least=0.99).validate(store=tmp_path / "runs").run
    assert other.previous == first.id
    assert any("discrimination.auc" in change for change in other.changes)


def test_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """init, plan, validate --json, runs, show, report, opinion, verify and replicate, as a user would."""
    monkeypatch.chdir(tmp_path)
    files(tmp_path)
    runner = CliRunner()

    def call(*args: str) -> tuple[int, str]:
        found = runner.invoke(app, list(args), env={"COLUMNS": "200", "TERM": "dumb"})
        return found.exit_code, found.stdout

    assert call("init", "mine", "--from", "dev.parquet", "-o", "first.yaml")[0] == 0
    assert call("plan", "model.yaml")[0] == 0
    code, out = call("validate", "model.yaml", "--json", "--report", "none")
    assert code in {1, 3}
    jsonschema.validate(json.loads(out), ROW_SCHEMA)
    assert json.loads(call("runs", "--json")[1])[0]["model"] == "m"
    assert "SELECT" in call("show", "discrimination.gini")[1] + call("show", "E-1")[1]
    assert call("report", "--to", "again.html")[0] == 0
    assert (tmp_path / "again.html").stat().st_size > 50_000
    assert call("opinion", "--confirm", "--actor", "vera")[0] == 0
    assert call("verify")[0] == 0
    assert call("replicate")[0] == 0
    assert json.loads(call("schema")[1]) == ROW_SCHEMA


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"checks": ["data.uniqueness"]}, 0),
        ({"checks": ["data.uniqueness"], "entity": "region"}, 1),
        ({"checks": ["discrimination.auc"], "limits": {"discrimination.auc": {"within": [0.0, 0.7]}}}, None),
    ],
)
def test_exit_codes(fields: dict[str, Any], code: int | None) -> None:
    """0 passed, 1 failed, 3 inconclusive: by the worst outcome there is."""
    from secondline.cli.validating import exit_code

    found = study(**fields).validate(store=None)
    kinds = {e.outcome.kind for e in found}
    wanted = 1 if "failed" in kinds else 3 if "inconclusive" in kinds else 0
    assert exit_code(found.run).value == wanted
    assert code is None or wanted == code


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_multiplicity_equals_statsmodels(p: list[float]) -> None:
    """Holm, Benjamini and Hochberg, and Bonferroni."""
    for ours, name in ((holm, "holm"), (benjamini_hochberg, "fdr_bh"), (bonferroni, "bonferroni")):
        assert ours(p) == pytest.approx([float(q) for q in np.asarray(multipletests(p, method=name)[1])], abs=1e-12)


def test_benjamini_and_hochbergs_own_example() -> None:
    """Fifteen p-values of 1995: four rejected at 5 %, three by Holm, the fourth adjusted to 0.035625."""
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert sum(q <= 0.05 for q in benjamini_hochberg(p)) == 4
    assert sum(q <= 0.05 for q in holm(p)) == 3
    assert benjamini_hochberg(p)[3] == pytest.approx(0.035625)


def test_gates_and_screens_are_controlled_apart(run: Any) -> None:
    """Each answer with a p-value has the one its family's control gives it."""
    for code, control in (("calibration.jeffreys", holm), ("calibration.conservatism", benjamini_hochberg)):
        mine = [e for e in run if e.code == code and e.outcome.estimate and e.outcome.estimate.p_value is not None]
        wanted = control([e.outcome.estimate.p_value for e in mine])
        assert [e.p_adjusted for e in mine] == pytest.approx(wanted)
        assert {e.looks for e in mine} == {len(mine)}
