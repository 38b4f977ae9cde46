"""A study whose model is built again: by the command of model.yaml, and by a function in a notebook."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.ensemble import RandomForestClassifier
from typer.testing import CliRunner

import secondline as sl
from secondline.cli.app import app
from secondline.core.errors import ModelError
from secondline.core.outcome import Errored, Failed, Inconclusive, NotApplicable, Passed
from secondline.reports.draft import draft
from secondline.reports.layout import blocks
from secondline.stats.robustness.churn import ALIKE
from secondline.workflow.replicate import replicate

CODES = ["soundness.reproduce*", "soundness.claims", "soundness.decision_parity", "robustness.*_churn",
         "robustness.*_rank"]  # fmt: skip
INPUTS = ("income", "debt", "noise")
TREES = """
import os
import lightgbm, numpy, pyarrow.parquet
rows = pyarrow.parquet.read_table("dev.parquet").to_pydict()
x = numpy.column_stack([rows["income"], rows["debt"], rows["noise"]])
settings = {"objective": "binary", "num_leaves": 8, "learning_rate": 0.03, "bagging_fraction": 0.7, "bagging_freq": 1,
            "seed": int(os.environ.get("SECONDLINE_SEED", "7")), "num_threads": 1, "deterministic": True,
            "force_row_wise": True, "verbosity": -1}
data = lightgbm.Dataset(x, rows["bad"], feature_name=["income", "debt", "noise"], params={"verbosity": -1})
lightgbm.train(settings, data, 200).save_model("model.txt")
"""
LINE = """
import json, os
import numpy
rows = numpy.genfromtxt("dev.csv", delimiter=",", names=True)
rows = rows[numpy.random.default_rng(int(os.environ.get("SECONDLINE_SEED", "7"))).random(len(rows)) < 0.8]
x = numpy.column_stack([numpy.ones(len(rows)), rows["income"], rows["debt"], rows["noise"]])
beta, ridge = numpy.zeros(4), 1.0
for _ in range(8):
    p = 1 / (1 + numpy.exp(-x @ beta))
    curve = x.T @ (x * (p * (1 - p))[:, None]) + ridge * numpy.eye(4)
    beta = beta + numpy.linalg.solve(curve, x.T @ (rows["bad"] - p) - ridge * beta)
fitted = {"intercept": beta[0], "coefficients": dict(zip(["income", "debt", "noise"], beta[1:]))}
json.dump(fitted, open("model.json", "w"))
"""


def table(seed: int, rows: int) -> pa.Table:
    draw = np.random.default_rng(seed)
    columns = {name: draw.normal(size=rows) for name in ("income", "debt", "noise")}
    pd = 1 / (1 + np.exp(1.5 + 0.8 * columns["income"] - 1.1 * columns["debt"]))
    return pa.table(columns | {"bad": (draw.random(rows) < pd).astype(np.int8)})


def written(folder: Path, name: str, rows: pa.Table, score: Any) -> None:
    pq.write_table(rows.append_column("pd", pa.array(np.asarray(score, dtype=float))), folder / f"{name}.parquet")


def matrix(rows: pa.Table) -> Any:
    return np.column_stack([rows[name].to_numpy() for name in INPUTS])


def study_file(folder: Path, artefact: str, snapshot: str, claims: Any, checks: Any = CODES, **reproduce: Any) -> Path:
    """Write a model.yaml beside the populations, champion and snapshot of *folder*."""
    pinned = {"path": snapshot, "digest": sha256((folder / snapshot).read_bytes()).hexdigest()}
    plan = {"command": ["python", "train.py"], "snapshot": pinned, "files": "train.py", "seed": 7, "refits": 2}
    content = {
        "model": "m", "version": 1, "artefact": artefact, "columns": {"score": "pd", "label": "bad"},
        "populations": {"dev": {"data": "dev.parquet"}, "oot": {"data": "oot.parquet"}}, "checks": checks,
        "decision": {"approve-below": 0.3}, "reproduce": plan | reproduce,
        "claims": {"inputs": list(INPUTS)} | claims,
    }  # fmt: skip
    (folder / "model.yaml").write_text(json.dumps(content))
    return folder / "model.yaml"


def trees(folder: Path) -> Path:
    """Write a study of 200 LightGBM trees fitted on 3,000 rows."""
    tables = {"dev": table(1, 3_000), "oot": table(2, 1_000)}
    (folder / "train.py").write_text(TREES)
    written(folder, "dev", tables["dev"], np.zeros(3_000))
    subprocess.run([sys.executable, "train.py"], cwd=folder, check=True)
    champion = lightgbm.Booster(model_file=str(folder / "model.txt"))
    for name, rows in tables.items():
        written(folder, name, rows, champion.predict(matrix(rows)))
    checks = [*CODES[:-2], "robustness.seed_churn"]
    return study_file(folder, "model.txt", "dev.parquet", {"type": "boosted-trees", "trees": 200}, checks)


def line(folder: Path, script: str = LINE, **reproduce: Any) -> Path:
    """Write a study of a logit fitted on the part of 800 rows that the seed picks, built again by *script*."""
    tables = {"dev": table(1, 800), "oot": table(2, 400)}
    tables["dev"].to_pandas().to_csv(folder / "dev.csv", index=False)
    (folder / "train.py").write_text(LINE)
    subprocess.run([sys.executable, "train.py"], cwd=folder, check=True)
    (folder / "train.py").write_text(script)
    fitted = json.loads((folder / "model.json").read_text())
    beta = list(fitted["coefficients"].values())
    for name, rows in tables.items():
        written(folder, name, rows, 1 / (1 + np.exp(-fitted["intercept"] - matrix(rows) @ beta)))
    return study_file(folder, "model.json", "dev.csv", {"type": "logistic-regression", "terms": 3}, **reproduce)


def outcome(run: Any, code: str) -> Any:
    return run[code].outcome


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Validate once, building the model again five times."""
    path = line(tmp_path_factory.mktemp("refit"))
    return path, sl.Study.read(path).validate(refit=True)


def test_boosted_trees_are_built_again_to_the_last_byte(tmp_path: Path) -> None:
    """Same bytes, same scores, same ranking, same decisions; other seeds flip a few; every claim holds."""
    run = sl.Study.read(trees(tmp_path)).validate(store=None, refit=True)
    again = outcome(run, "soundness.reproduce")
    assert isinstance(again, Passed)
    assert again.estimate.detail["identical files"] is True
    assert again.estimate.detail["largest difference"] == 0
    assert again.estimate.detail["decisions changed"] == 0
    assert isinstance(outcome(run, "soundness.reproduce_auc"), Passed)
    assert isinstance(outcome(run, "soundness.claims"), Passed)
    assert isinstance(outcome(run, "soundness.decision_parity"), Passed)
    assert 0 < outcome(run, "robustness.seed_churn").estimate.value < 0.1


def test_other_seeds_and_other_rows_change_decisions(built: Any) -> None:
    """Some decisions flip, more of them when the rows change too, and every answer has its spread."""
    _, run = built
    seeds, rows = (outcome(run, f"robustness.{way}_churn").estimate for way in ("seed", "bootstrap"))
    assert 0 < seeds.value < rows.value < 0.2
    assert seeds.low < seeds.value < seeds.high
    assert seeds.detail["refits"] == 2
    by_seed, by_rows = (outcome(run, f"robustness.{way}_rank").estimate.value for way in ("seed", "bootstrap"))
    assert 0.9 < by_rows < 1
    assert 0.9 < by_seed < 1


def test_the_report_tells_the_refit(built: Any) -> None:
    """Section 8 names the command and its result, section 10 the flips, each chart with its words."""
    _, run = built
    ids = {getattr(block, "id", "") for block in blocks(draft(run.run))}
    assert {"t-rebuild", "t-churn", "t-refits", "c-flips", "t-artefact-claims"} <= ids
    said = " ".join(str(block) for block in blocks(draft(run.run)))
    assert "python train.py" in said
    assert "The two model files are" in said


def test_without_permission_nothing_runs_and_the_plan_is_the_same(built: Any, tmp_path: Path) -> None:
    """The answer says what to type; the plan's digest does not change; replication leaves those answers out."""
    path, run = built
    marker = tmp_path / "ran"
    trap = line(tmp_path, f"open({str(marker)!r}, 'w')")
    not_run = sl.Study.read(trap).validate(store=None)
    for code in ("soundness.reproduce", "robustness.seed_churn", "robustness.bootstrap_rank"):
        answer = outcome(not_run, code)
        assert isinstance(answer, Inconclusive)
        assert answer.because.startswith("not run: ")
        assert "--refit" in answer.needed
    assert not marker.exists()
    assert sl.Study.read(path).plan().digest() == run.run.plan_digest
    again = replicate(run.run, path.parent)
    assert again.agrees
    assert "add --refit" in again.notes[-1]
    said = " ".join(str(block) for block in blocks(draft(not_run.run)))
    assert "Not evidenced" in said


def test_a_refit_replicates(built: Any) -> None:
    """Allowed to run again, on the command line, every number comes out the same."""
    path, run = built
    asked = ["replicate", run.run.id, "--store", str(path.parent / "runs"), "--refit", "--json"]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.stdout
    assert "left out" not in done.stdout


def test_a_recipe_that_copies_is_unmasked(tmp_path: Path) -> None:
    """A command that writes a stored model reproduces it, and gives itself away: other rows change nothing."""
    line(tmp_path)
    (tmp_path / "stored.json").write_bytes((tmp_path / "model.json").read_bytes())
    copying = "import shutil; shutil.copy('stored.json', 'model.json')"
    path = line(tmp_path, copying, files=["train.py", "stored.json"])
    run = sl.Study.read(path).validate(store=None, refit=True)
    assert isinstance(outcome(run, "soundness.reproduce"), Passed)
    rows = outcome(run, "robustness.bootstrap_churn")
    assert isinstance(rows, Inconclusive)
    assert "does not read the snapshot" in rows.because
    assert outcome(run, "robustness.seed_churn").estimate.warnings == (ALIKE,)


def test_another_recipe_is_caught(tmp_path: Path) -> None:
    """A heavier penalty gives another model: scores differ, and the finding is major."""
    path = line(tmp_path, LINE.replace("ridge = numpy.zeros(4), 1.0", "ridge = numpy.zeros(4), 60.0"), seed=None)
    run = sl.Study.read(path).validate(store=None, refit=True)
    failed = outcome(run, "soundness.reproduce")
    assert isinstance(failed, Failed)
    assert failed.severity == "major"
    assert failed.estimate.detail["identical files"] is False
    assert failed.estimate.detail["decisions changed"] > 0
    assert isinstance(outcome(run, "robustness.seed_churn"), NotApplicable)
    ids = {getattr(block, "id", "") for block in blocks(draft(run.run))}
    assert "c-refit" in ids


def test_a_command_that_fails_errs_and_hides_nothing_else(tmp_path: Path) -> None:
    """Answers that rest on it are errors with its last words; the others stand."""
    run = sl.Study.read(line(tmp_path, "raise SystemExit('no licence')")).validate(store=None, refit=True)
    broken = outcome(run, "soundness.reproduce")
    assert isinstance(broken, Errored)
    assert "no licence" in broken.because
    assert isinstance(outcome(run, "soundness.claims"), Passed)


def test_a_function_builds_the_model_again_in_a_notebook() -> None:
    """A forest built by a function of table and seed: its own seed gives it again, others and other rows do not."""
    rows = {name: table(seed, 600).to_pandas() for name, seed in (("dev", 1), ("oot", 2))}

    def build(data: Any, seed: int) -> Any:
        forest = RandomForestClassifier(20, max_depth=4, random_state=seed)
        return forest.fit(data[["income", "debt", "noise"]], data["bad"])

    champion = build(rows["dev"], 3)
    for data in rows.values():
        data["pd"] = champion.predict_proba(data[["income", "debt", "noise"]])[:, 1]
    study = sl.Study.of(
        rows, score="pd", label="bad", scorer=champion, refit=build, reproduce={"seed": 3, "refits": 3},
        decision={"approve-below": 0.3}, checks=CODES, features=["income", "debt", "noise"],
    )  # fmt: skip
    assert isinstance(outcome(study.validate(store=None), "soundness.reproduce"), Inconclusive)
    run = study.validate(store=None, refit=True)
    assert isinstance(outcome(run, "soundness.reproduce"), Passed)
    assert outcome(run, "soundness.reproduce").estimate.detail["identical files"] is None
    assert (
        0
        < outcome(run, "robustness.seed_churn").estimate.value
        < outcome(run, "robustness.bootstrap_churn").estimate.value
    )


def test_an_object_needs_a_function() -> None:
    """A scorer with only a command to build it has nothing that can be compared."""
    rows = {"dev": table(1, 100), "oot": table(2, 100)}
    study = sl.Study.of(
        rows, score="income", scorer=lambda c: c["income"], features=["income"], checks=["soundness.reproduce"],
        reproduce={"command": ["python", "train.py"]},
    )  # fmt: skip
    with pytest.raises(ModelError, match="refit=function"):
        study.validate(store=None, refit=True)
