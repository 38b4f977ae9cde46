"""A study whose model is built again: by the command of model.yaml, and by a function in a notebook."""

from __future__ import annotations

import json
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
from secondline.workflow.replicate import replicate

CODES = ["soundness.reproduce*", "soundness.claims", "soundness.decision_parity", "robustness.*_churn",
         "robustness.*_rank"]  # fmt: skip
TRAIN = """
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


def table(seed: int, rows: int) -> pa.Table:
    draw = np.random.default_rng(seed)
    columns = {name: draw.normal(size=rows) for name in ("income", "debt", "noise")}
    pd = 1 / (1 + np.exp(1.5 + 0.8 * columns["income"] - 1.1 * columns["debt"]))
    return pa.table(columns | {"bad": (draw.random(rows) < pd).astype(np.int8)})


def study_file(folder: Path, script: str = TRAIN, **reproduce: Any) -> Path:
    """Write a study whose champion was trained by *script* on 3,000 rows."""
    (folder / "train.py").write_text(script)
    tables = {"dev": table(1, 3_000), "oot": table(2, 1_000)}
    pq.write_table(tables["dev"], folder / "dev.parquet")
    if not (folder / "model.txt").exists():
        exec(compile(TRAIN.replace('"dev.parquet"', repr(str(folder / "dev.parquet"))).replace(
            '"model.txt"', repr(str(folder / "model.txt"))), "train", "exec"), {})  # fmt: skip
    champion = lightgbm.Booster(model_file=str(folder / "model.txt"))
    for name, rows in tables.items():
        x = np.column_stack([rows[n].to_numpy() for n in ("income", "debt", "noise")])
        scored = rows.append_column("pd", pa.array(np.asarray(champion.predict(x))))
        pq.write_table(scored, folder / f"{name}.parquet")
    snapshot = {"path": "dev.parquet", "digest": sha256((folder / "dev.parquet").read_bytes()).hexdigest()}
    plan = {"command": ["python", "train.py"], "snapshot": snapshot, "files": "train.py", "seed": 7, "refits": 2}
    content = {
        "model": "m", "version": 1, "artefact": "model.txt", "columns": {"score": "pd", "label": "bad"},
        "populations": {"dev": {"data": "dev.parquet"}, "oot": {"data": "oot.parquet"}}, "checks": CODES,
        "decision": {"approve-below": 0.3}, "reproduce": plan | reproduce,
        "claims": {"type": "boosted-trees", "inputs": ["income", "debt", "noise"], "trees": 200},
    }  # fmt: skip
    (folder / "model.yaml").write_text(json.dumps(content))
    return folder / "model.yaml"


def outcome(run: Any, code: str) -> Any:
    return run[code].outcome


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Validate once, building the model again five times."""
    path = study_file(tmp_path_factory.mktemp("refit"))
    return path, sl.Study.read(path).validate(refit=True)


def test_the_champion_is_built_again_to_the_last_byte(built: Any) -> None:
    """Same bytes, same scores, same ranking, same decisions; every claim about the artefact holds."""
    _, run = built
    again = outcome(run, "soundness.reproduce")
    assert isinstance(again, Passed)
    assert again.estimate.detail["identical files"] is True
    assert again.estimate.detail["largest difference"] == 0
    assert again.estimate.detail["decisions changed"] == 0
    assert isinstance(outcome(run, "soundness.reproduce_auc"), Passed)
    assert isinstance(outcome(run, "soundness.claims"), Passed)
    assert isinstance(outcome(run, "soundness.decision_parity"), Passed)


def test_other_seeds_and_other_rows_change_decisions(built: Any) -> None:
    """Some decisions flip, more of them when the rows change too, and every answer has its spread."""
    _, run = built
    seeds, rows = (outcome(run, f"robustness.{way}_churn").estimate for way in ("seed", "bootstrap"))
    assert 0 < seeds.value < rows.value < 0.2
    assert seeds.low < seeds.value < seeds.high
    assert seeds.detail["refits"] == 2
    assert outcome(run, "robustness.bootstrap_rank").estimate.value > 0.8
    assert (
        outcome(run, "robustness.bootstrap_rank").estimate.value < outcome(run, "robustness.seed_rank").estimate.value
    )


def test_the_report_tells_the_refit(built: Any) -> None:
    """Section 8 names the command and its result, section 10 the flips, each chart with its words."""
    _, run = built
    ids = {getattr(block, "id", "") for block in blocks(draft(run.run))}
    assert {"t-rebuild", "t-churn", "t-refits", "c-flips", "t-artefact-claims"} <= ids
    said = " ".join(str(block) for block in blocks(draft(run.run)))
    assert "python train.py" in said
    assert "the same to the last byte" in said


def test_without_permission_nothing_runs_and_the_plan_is_the_same(built: Any, tmp_path: Path) -> None:
    """The answer says what to type; the plan's digest does not change; replication leaves those answers out."""
    path, run = built
    marker = tmp_path / "ran"
    trap = study_file(tmp_path, f"open({str(marker)!r}, 'w')")
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
    """Allowed to run, every number comes out the same, on the command line too."""
    path, run = built
    assert replicate(run.run, path.parent, refit=True).agrees
    asked = ["validate", str(path), "--report", "none", "--json", "--refit"]
    done = CliRunner().invoke(app, asked)
    found = {row["check"]: row for row in json.loads(done.stdout) if row["population"] == "oot"}
    assert found["soundness.reproduce"]["outcome"] == "passed"
    assert found["robustness.seed_churn"]["value"] == outcome(run, "robustness.seed_churn").estimate.value


def test_a_recipe_that_copies_is_unmasked(tmp_path: Path) -> None:
    """A command that writes a stored model reproduces it, and gives itself away: other rows change nothing."""
    study_file(tmp_path)
    (tmp_path / "stored.txt").write_bytes((tmp_path / "model.txt").read_bytes())
    copying = "import shutil; shutil.copy('stored.txt', 'model.txt')"
    run = sl.Study.read(study_file(tmp_path, copying, files=["train.py", "stored.txt"])).validate(
        store=None, refit=True
    )
    assert isinstance(outcome(run, "soundness.reproduce"), Passed)
    rows = outcome(run, "robustness.bootstrap_churn")
    assert isinstance(rows, Inconclusive)
    assert "does not read the snapshot" in rows.because
    seeds = outcome(run, "robustness.seed_churn")
    assert "score exactly alike" in seeds.estimate.warnings[0].replace("scores", "score")


def test_another_recipe_is_caught(tmp_path: Path) -> None:
    """Half the learning rate gives another model: scores differ, and the finding is major."""
    script = TRAIN.replace('"learning_rate": 0.03', '"learning_rate": 0.015')
    path = study_file(tmp_path, script, seed=None)
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
    run = sl.Study.read(study_file(tmp_path, "raise SystemExit('no licence')")).validate(store=None, refit=True)
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
