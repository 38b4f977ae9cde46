"""The card-fraud study: models as they are served, scores that are the artefact's own, a drift that hurts."""

from __future__ import annotations

import json
import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from secondline.core.errors import MissingExtra
from secondline.events.velocity import State
from secondline.frames.velocity import featured
from secondline.models.loaders import onnx as loader
from secondline.policy.documents import read_spec
from secondline.samples.cardholders import DAY
from secondline.samples.cardstream import FIRST, Scene, draw
from secondline.samples.develop import area
from secondline.samples.extras import library
from secondline.samples.fraud import before, champion, graph, live, prepare_fraud, sequence
from secondline.samples.fraud.data import (
    CALENDAR,
    SCENE,
    Calendar,
    Matrix,
    Rows,
    held_out,
    kept_back,
    label,
    matrix,
    rows,
)
from secondline.samples.fraud.declared import CHAMPION, SEQUENCE, velocities
from secondline.samples.fraud.facts import detected, threshold

SMALL = Scene(cards=220, days=135, drift=None, seed=3)
SOON = Calendar(warm=20, fitted=75, developed=80, tested=110, live=120)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study with the weights that come with the package."""
    folder = tmp_path_factory.mktemp("study")
    prepare_fraud(folder, scene=SMALL, calendar=SOON)
    return folder


def test_the_specs_name_what_was_written(study: Path) -> None:
    """Both model.yaml files are valid, name the artefacts' digests, and read columns that exist."""
    for name, artefact, features in (("model", "card-fraud", CHAMPION), ("sequence", "sequence", SEQUENCE)):
        spec = read_spec(study / f"{name}.yaml")
        assert spec.artefact is not None
        assert spec.artefact.digest == sha256((study / f"{artefact}.onnx").read_bytes()).hexdigest()
        assert spec.columns.features == features
        assert spec.uses[0].id == "card-authorisation"
        for population in spec.populations.values():
            assert set(features) <= set(pq.read_schema(study / population.data).names)
    assert read_spec(study / "model.yaml").model == "card-fraud"


def test_reasons_speak_of_every_input(study: Path) -> None:
    """Each feature of the champion has words, once."""
    reasons = read_spec(study / "model.yaml").reasons
    assert reasons is not None
    spoken = [feature for text in reasons.texts.values() for feature in text.features]
    assert sorted(spoken) == sorted(CHAMPION)


def test_scores_are_the_artefacts_own(study: Path) -> None:
    """The loader that validation and gateway use gives the very scores in the data."""
    table = pq.read_table(study / "out_of_time.parquet")
    for column, file in (("p_fraud", "card-fraud"), ("p_sequence", "sequence")):
        loaded = loader.load((study / f"{file}.onnx").read_bytes(), {})
        columns = {name: table[name].to_numpy(zero_copy_only=False) for name in loaded.features}
        assert np.abs(loaded.predict(columns) - table[column].to_numpy()).max() < 1e-6


def test_the_graph_gives_what_lightgbm_gives(study: Path) -> None:
    """Trees, calibrating line and logistic function in one graph agree with LightGBM and the line, in 32 bits."""
    table = pq.read_table(study / "development.parquet")
    made = champion.develop(table)
    lightgbm = library("lightgbm")
    odds = lightgbm.Booster(model_str=made.text).predict(matrix(table, CHAMPION), raw_score=True)
    expected = 1 / (1 + np.exp(-(made.intercept + made.slope * odds)))
    found = champion.scored(made.to_onnx(), matrix(table, CHAMPION))
    assert np.quantile(np.abs(found - expected), 0.999) < 1e-5


def test_the_cut_keeps_to_the_budget(study: Path) -> None:
    """The threshold stops the stated share of rows that no fit has seen, and the data are in order of time."""
    table = pq.read_table(study / "development.parquet")
    cut = json.loads((study / "study.json").read_text())["thresholds"]["p_fraud"]
    back = kept_back(table)
    assert (table["p_fraud"].to_numpy()[back] >= cut).mean() == pytest.approx(0.004, abs=0.001)
    later = pq.read_table(study / "out_of_time.parquet")
    assert later["at"][0].as_py() > table["at"][-1].as_py()
    assert not {"pattern", "trap", "episode"} & set(table.column_names)


def test_no_feature_saw_its_own_time(study: Path) -> None:
    """The latest row any feature saw is before the row, everywhere."""
    table = pq.read_table(study / "out_of_time.parquet")
    seen, at = (table[name].cast(pa.int64()).to_numpy(zero_copy_only=False) for name in ("last_seen", "at"))
    assert (seen[~np.isnan(seen)] < at[~np.isnan(seen)]).all()


def test_online_features_score_as_batch_features_do() -> None:
    """The online state, filled with the days before, gives the first live hours the batch's features to the bit."""
    said, drawn = velocities(), draw(SMALL)
    past = before(drawn, SMALL, SOON)
    steps = live(drawn, SMALL, SOON)
    hours = pa.concat_tables([next(steps).transactions for _ in range(18)])
    state = State(said)
    for one in _plain(past):
        state.add(one)
    found = [state.add(one).values for one in _plain(hours)]
    batch = featured(pa.concat_tables([past, hours]), said).slice(past.num_rows).select(list(said.names))
    assert hours.num_rows > 50
    assert found == batch.to_pylist()


def _plain(table: pa.Table) -> list[dict[str, object]]:
    at = table["at"].cast(pa.int64())
    made: list[dict[str, object]] = table.set_column(table.column_names.index("at"), "at", at).to_pylist()
    return made


@pytest.mark.parametrize("number", [1, 3, 1_000])
def test_the_sequence_graph_is_pytorchs_network(number: int) -> None:
    """For every batch size, cards without a past included, graph and PyTorch agree to a millionth."""
    pytest.importorskip("torch")
    network = sequence.kept()
    features = random_rows(number)
    odds = sequence.odds(sequence.rebuilt(network), features)
    expected = 1 / (1 + np.exp(-(network.intercept + network.slope * odds)))
    assert np.abs(champion.scored(network.to_onnx(), features) - expected).max() < 1e-6


def random_rows(number: int) -> Matrix:
    """Return rows with as much of a past as chance gives them."""
    rng = np.random.default_rng(number)
    made = np.abs(rng.normal(50, 60, (number, len(SEQUENCE)))).astype(np.float32)
    made[:, [i for i, name in enumerate(SEQUENCE) if "code" in name]] = rng.integers(0, 10, (number, 9))
    past = rng.integers(0, 9, number)
    for i, name in enumerate(SEQUENCE):
        if name[-1].isdigit():
            made[past < int(name[-1]), i] = np.nan
    return made


def test_weights_are_read_as_written() -> None:
    """The text of the weights is exact in 32 bits, small, and gives one graph."""
    network = sequence.kept()
    again = graph.Network.from_text(network.to_text())
    assert again.to_onnx() == network.to_onnx()
    assert len(network.to_text()) < 100_000
    assert len(network.to_onnx()) < 100_000


def test_only_training_needs_pytorch_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The weights come as text; only training them anew needs PyTorch, and says so."""
    monkeypatch.setitem(sys.modules, "torch", None)
    assert champion.scored(sequence.kept().to_onnx(), random_rows(5)).shape == (5,)
    with pytest.raises(MissingExtra, match=r"secondline\[torch\]"):
        sequence.train(pa.table({}))
    with pytest.raises(MissingExtra, match=r"secondline\[torch\]"):
        sequence.rebuilt(sequence.kept())


def test_without_converters_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A graph cannot be written without ONNX, and the message names the extra."""
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(MissingExtra, match=r"secondline\[convert\]"):
        sequence.kept().to_onnx()


def test_detection_is_counted_by_number_and_by_value() -> None:
    """Two frauds of 10 and 90, the large one stopped along with a good one."""
    fraud, stopped = np.array([True, True, False, False]), np.array([False, True, True, False])
    found = detected(fraud, stopped, np.array([10.0, 90.0, 5.0, 5.0]))
    assert found == {"frauds": 2, "by_number": 0.5, "by_value": 0.9, "precision": 0.5}
    nothing = detected(fraud, stopped, np.ones(4), np.zeros(4, bool))
    assert nothing == {"frauds": 0, "by_number": None, "by_value": None, "precision": None}
    assert threshold(np.arange(1_000) / 1_000, 0.1) == pytest.approx(0.9, abs=0.002)


@pytest.fixture(scope="module")
def whole() -> Rows:
    """The study's own rows."""
    return rows()


@pytest.mark.slow
def test_the_weights_in_the_package_can_be_trained_again(whole: Rows) -> None:
    """Training anew on the study's rows gives a network that ranks unseen rows as the one in the package does."""
    pytest.importorskip("torch")
    y, features = label(whole.out_of_time), matrix(whole.out_of_time, SEQUENCE)
    made, kept = (champion.scored(n.to_onnx(), features) for n in (sequence.train(whole.development), sequence.kept()))
    assert area(kept, y) > 0.92
    assert area(made, y) == pytest.approx(area(kept, y), abs=0.01)
    assert np.corrcoef(made, kept)[0, 1] > 0.9


@pytest.mark.slow
def test_the_drift_hurts_and_the_calm_before_it_is_calm(whole: Rows) -> None:
    """The share of fraud stopped, by value, is live as it was out of time, and falls by a third after the drift."""
    made = champion.develop(whole.development)
    content = made.to_onnx()
    cut = threshold(champion.scored(content, matrix(whole.development, CHAMPION))[kept_back(whole.development)])
    score = champion.scored(content, matrix(whole.out_of_time, CHAMPION))
    y, unseen = label(whole.out_of_time), held_out(whole.out_of_time)
    assert area(score, y) > 0.95
    assert area(score[unseen], y[unseen]) == pytest.approx(area(score, y), abs=0.02)
    # Frauds come in runs of four or so on one card, so that one standard error of the share is 8 % of it.
    assert score.mean() == pytest.approx(y.mean(), rel=0.25)
    drift = SCENE.drift or 0
    calm, after = (_stopped(whole, content, cut, *days) for days in ((CALENDAR.live, drift), (drift + 25, 355)))
    tested = _stopped(whole, content, cut, CALENDAR.developed, CALENDAR.tested)
    assert calm == pytest.approx(tested, abs=0.1)
    assert after < 0.67 * calm


def _stopped(whole: Rows, content: bytes, cut: float, first: int, last: int) -> float:
    day = (whole.drawn.at - SCENE.zero) // DAY
    begin, start, end = (int(np.searchsorted(day, d)) for d in (first - 31, first, last))
    made = featured(whole.drawn.transactions.slice(begin, end - begin), velocities()).slice(start - begin)
    fraud = whole.drawn.truth["fraud"].to_numpy()[made["id"].to_numpy() - FIRST] == 1
    stopped = champion.scored(content, matrix(made, CHAMPION)) >= cut
    return float(detected(fraud, stopped, made["amount"].to_numpy())["by_value"] or 0)
