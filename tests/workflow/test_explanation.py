"""The explanation family from end to end: an artefact, an object without a method of its own, one population only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

import secondline as sl
from secondline.cli.app import app
from secondline.cli.explained import show_contributions
from secondline.core.errors import ModelError, SpecError
from secondline.core.estimate import Estimate
from secondline.core.outcome import Failed, Passed
from secondline.models.inprocess import wrapped

NAMES = ("income", "debt", "age", "idle")
ALONE = {"explanation.attribution", "explanation.effect"}


def table(seed: int, rows: int = 2_000) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    columns: dict[str, Any] = {name: draw.normal(size=rows) for name in NAMES}
    columns["age"] = np.where(draw.random(rows) < 0.05, np.nan, columns["age"])
    return columns


def risk(c: dict[str, Any]) -> Any:
    """Rising in debt, falling in income, both together, and not at all in what is idle."""
    odds = -1.5 - c["income"] + 0.8 * c["debt"] - 0.5 * c["income"] * c["debt"] + 0.3 * np.nan_to_num(c["age"])
    return 1 / (1 + np.exp(-odds))


CHECKS = [
    f"explanation.{name}"
    for name in (
        "attribution", "effect", "fidelity", "stability", "background", "agreement", "surrogate", "interactions",
        "direction",
    )
]  # fmt: skip


def frame(seed: int) -> pa.Table:
    columns = table(seed)
    pd = risk(columns)
    bad = (np.random.default_rng(seed + 100).random(len(pd)) < pd).astype(np.int8)
    return pa.table(columns | {"pd": pd, "bad": bad})


def study(populations: tuple[str, ...] = ("dev", "oot"), scorer: Any = risk, **more: Any) -> sl.Study:
    given = {name: frame(i + 1) for i, name in enumerate(populations)}
    return sl.Study.of(
        given, score="pd", label="bad", features=NAMES, scorer=wrapped(scorer, NAMES), checks=CHECKS, **more
    )


@pytest.fixture(scope="module")
def run() -> Any:
    claims = {"monotone": {"debt": "increasing", "income": "increasing"}}
    return study(claims=claims).validate(store=None)


def estimates(run: Any, code: str, population: str = "oot") -> dict[str | None, Estimate]:
    return {
        e.subject.column: e.outcome.estimate
        for e in run.find(code)
        if e.subject.population == population and e.outcome.estimate
    }


def test_every_question_is_answered(run: Any) -> None:
    """No check errs, and every one measures something of every population."""
    assert not [e for e in run if e.outcome.kind == "errored"]
    for code in {e.code for e in run}:
        for population in ("dev", "oot"):
            assert estimates(run, code, population), (code, population)


def test_inputs_are_credited_for_what_they_do(run: Any) -> None:
    """The order of strength is that of the formula, the idle input gets nothing, and directions are right."""
    found = estimates(run, "explanation.attribution")
    assert sorted(found, key=lambda name: -found[name].value) == ["income", "debt", "age", "idle"]
    assert found["idle"].value == pytest.approx(0.0, abs=1e-9)
    assert (found["income"].detail["direction"], found["debt"].detail["direction"]) == ("falls", "rises")
    assert found["income"].detail["attribution"] == "every coalition, interventional"
    assert found["income"].detail["scale"] == "log-odds"
    assert sum(e.detail["share"] for e in found.values()) == pytest.approx(1.0)


def test_gates_are_judged(run: Any) -> None:
    """What adds up and keeps its order passes; a true claim passes and a false one fails."""
    for code in ("explanation.fidelity", "explanation.stability", "explanation.background"):
        assert isinstance(run[code].outcome, Passed), code
    claims = {e.subject.column: e.outcome for e in run.find("explanation.direction") if e.subject.population == "oot"}
    assert isinstance(claims["debt"], Passed)
    assert isinstance(claims["income"], Failed)


def test_the_pair_that_acts_together_is_found(run: Any) -> None:
    """Income and debt, and only they; the curves alone do not reproduce the score."""
    pairs = estimates(run, "explanation.interactions")[None].detail["pairs"]
    assert set(pairs[0]["pair"]) == {"income", "debt"}
    assert [p["noise"] for p in pairs] == [False] + [True] * (len(pairs) - 1)
    assert 0.7 < estimates(run, "explanation.surrogate")[None].value < 0.98


def test_curves_say_what_was_scored(run: Any) -> None:
    """A missing value has its place beside the curve, and the rows behind it are counted."""
    detail = estimates(run, "explanation.effect")["age"].detail
    assert detail["missing"]["share"] == pytest.approx(0.05, abs=0.02)
    assert detail["missing"]["low"] < detail["missing"]["value"] < detail["missing"]["high"]
    assert detail["rows"]["placed"] == 2_000
    assert sum(part["share"] for part in detail["density"]) == pytest.approx(1.0)
    idle = estimates(run, "explanation.effect")["idle"]
    assert (idle.value, idle.high) == pytest.approx((0.0, 0.0), abs=1e-9)


def test_the_report_shows_it(run: Any, tmp_path: Path) -> None:
    """Section 11 holds the pictures, the method and the pairs."""
    run.report(tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    for part in ("c-contributions", "c-spread", "c-effect-1", "t-inputs", "t-interactions", "interventional"):
        assert part in text
    assert "risk falls" in text


def test_a_population_alone_lends_its_own_rows() -> None:
    """Without a second population the background is the population itself."""
    found = study(("dev",)).validate(store=None)
    assert estimates(found, "explanation.attribution", "dev")
    assert estimates(found, "explanation.background", "dev")


def test_points_that_fall_with_risk_are_turned() -> None:
    """Contributions are to risk whichever way the score points."""
    given = {n: f.append_column("points", pa.array(600 - 50 * f["income"].to_numpy() * -1)) for n, f in
             {"dev": frame(1), "oot": frame(2)}.items()}  # fmt: skip
    made = sl.Study.of(
        given, score={"column": "points", "kind": "points", "direction": "lower-is-riskier"}, label="bad",
        features=NAMES, scorer=wrapped(lambda c: 600 + 50 * c["income"], NAMES),
        checks=["explanation.attribution", "explanation.effect", "explanation.fidelity"],
    )  # fmt: skip
    run = made.validate(store=None)
    assert estimates(run, "explanation.attribution")["income"].detail["direction"] == "falls"
    curve = estimates(run, "explanation.effect")["income"].detail["ale"]
    assert curve[0]["value"] > curve[-1]["value"]
    assert isinstance(run["explanation.fidelity"].outcome, Passed)


def written(folder: Path) -> Path:
    columns = table(1)
    x = np.column_stack([columns[name] for name in NAMES])
    y = np.random.default_rng(9).random(len(x)) < risk(columns)
    data = lightgbm.Dataset(x, y.astype(int), feature_name=list(NAMES), params={"verbosity": -1})
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 6}
    lightgbm.train(settings, data, 20).save_model(folder / "m.txt")
    for name, seed in (("dev", 1), ("oot", 2)):
        pq.write_table(frame(seed), folder / f"{name}.parquet")
    content = {
        "model": "m", "version": 1, "artefact": {"path": "m.txt", "calibration": {"intercept": 0.1, "slope": 0.9}},
        "populations": {name: {"data": f"{name}.parquet"} for name in ("dev", "oot")},
        "columns": {"score": "pd", "label": "bad", "features": list(NAMES)},
    }  # fmt: skip
    (folder / "model.yaml").write_text(json.dumps(content))
    return folder / "model.yaml"


def raw(folder: Path, columns: dict[str, Any]) -> Any:
    booster = lightgbm.Booster(model_file=folder / "m.txt")
    return booster.predict(np.column_stack([columns[name] for name in NAMES]), raw_score=True)


def test_single_scores_are_explained(tmp_path: Path, capsys: Any) -> None:
    """Rows of a population, or a table at hand, from Python and from the command line."""
    path = written(tmp_path)
    made = sl.Study.read(path)
    found = made.explain(3)
    assert found.method == "trees, path-dependent"
    assert np.abs(found.gap).max() < 1e-9
    first = found.by_row[0]
    assert first["base"] + sum(first["contributions"].values()) == pytest.approx(first["score"])
    assert list(first["contributions"].values()) == sorted(first["contributions"].values(), key=lambda v: -abs(v))
    some = {name: values[:4] for name, values in table(2).items()}
    assert np.allclose(made.explain(pa.table(some)).scores, 0.1 + 0.9 * raw(tmp_path, some))
    done = CliRunner().invoke(app, ["explain", str(path), "--rows", "2", "--json"])
    assert done.exit_code == 0, done.output
    assert [row["score"] for row in json.loads(done.output)["rows"]] == pytest.approx(found.scores[:2])
    show_contributions(found, as_json=False)
    assert "Contributions to the log-odds: trees, path-dependent" in capsys.readouterr().out


def test_explaining_says_what_is_missing() -> None:
    """No artefact, no such population, no such column."""
    bare = sl.Study.of({"dev": frame(1)}, score="pd", label="bad", features=NAMES)
    with pytest.raises(ModelError, match="names no artefact to open"):
        bare.explain(1)
    with pytest.raises(SpecError, match="no population 'now'"):
        study().explain(1, population="now")
    with pytest.raises(ModelError, match="no such column"):
        study().explain({"income": [1.0]})
    text = study().explain({name: [0.5, None] for name in NAMES})
    assert np.isfinite(text.values[0]).all()
