"""Replay: a decision on record comes out the same again, or what differs is said."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from gateway.desk_house import House, asked, decided, graph
from secondline.core.errors import SecondlineError, SpecError
from secondline.events.log import DECISIONS, Log
from secondline.events.reading import encode
from secondline.events.shapes import Decision
from secondline.gateway.finding import in_file, in_log
from secondline.gateway.replay import replay
from secondline.gateway.settings import read_settings

pytestmark = pytest.mark.usefixtures("quick")
CONTROL = {"share": 0.4, "key": "arm.key"}
REASONS = {"texts": {"R1": {"says": "Limit", "features": ["limit"]}, "R2": {"says": "Age", "features": ["age"]}},
           "reference": "population", "knock-outs": {"KO": {"says": "Alert", "column": "alert"}}}  # fmt: skip


def reference(house: House) -> None:
    """Write reference rows."""
    rows = {"limit": [-3.0, -2.0, -1.0, 0.0], "age": [20.0, 30.0, 40.0, None]}
    (house.folder / "rows.json").write_text(json.dumps({"columns": rows}))


def kept(house: House) -> list[Decision]:
    """Return decisions of every kind, as they come back from the record."""
    house.issue(house.study(reasons=REASONS), conditions=[
        {"kind": "population", "column": "limit", "high": 50}, {"kind": "human-review", "share": 0.3}])  # fmt: skip
    reference(house)
    watch = house.watch(control=CONTROL, fallback={"otherwise": "review"}, reasons={"reference": "rows.json"})
    limits = [-3.0, 3.0, 2.0, 99.0, 1.0, 5.0, 0.1 + 0.2] * 3
    keys = tuple(f"k{i}" for i in range(len(limits)))
    alert = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0] * 3)
    found = decided(watch, asked(limits, keys=keys, columns={"alert": alert}))
    return [msgspec.json.decode(encode(one), type=Decision) for one in found]


def test_every_decision_comes_out_the_same(house: House) -> None:
    """Champion, control arm, reviews, knock-outs, fallback: the same score to the last bit, path and reasons."""
    every = kept(house)
    assert {one.arm for one in every} == {"champion", "control", "fallback"}
    assert {"approve", "decline", "review"} == {one.decision for one in every}
    assert {one.reasons for one in every if one.decision == "decline"} >= {("R1",)}
    settings = read_settings(house.folder / "gateway.yaml")
    for one in every:
        again = replay(settings, house.folder, one)
        assert again.same, again.differences
        assert again.again["score"] == one.score


def test_what_differs_is_said(house: House) -> None:
    """A record that was altered, or a rule that changed since, is named field by field."""
    one = next(one for one in kept(house) if one.arm == "champion" and one.decision == "approve")
    settings = read_settings(house.folder / "gateway.yaml")
    altered = msgspec.structs.replace(one, score=0.123, decision="decline")
    said = replay(settings, house.folder, altered).differences
    assert [line.split(":")[0] for line in said] == ["score", "decision"]
    house.study(reasons=REASONS, decision={"approve-below": 0.01})
    said = replay(settings, house.folder, one).differences
    assert [line.split(":")[0] for line in said][:2] == ["decision", "threshold"]


def test_it_needs_the_bytes_that_decided(house: House) -> None:
    """Where the artefact is another now, replay says so rather than using it; on a shelf it is found."""
    one = next(one for one in kept(house) if one.arm == "champion")
    content = (house.folder / "1.0" / "model.onnx").read_bytes()
    (house.folder / "1.0" / "model.onnx").write_bytes(graph(3.0))
    settings = read_settings(house.folder / "gateway.yaml")
    with pytest.raises(SecondlineError, match="not what was approved"):
        replay(settings, house.folder, one)
    (house.folder / "shelf").mkdir()
    (house.folder / "shelf" / one.digest).write_bytes(content)
    shelved = settings.model_copy(update={"artefacts": ("shelf",)})
    assert replay(shelved, house.folder, one).same


def test_a_pass_that_is_gone_is_noted(house: House) -> None:
    """The score comes out without the pass; that reviews cannot be drawn is said."""
    one = next(one for one in kept(house) if one.arm == "champion" and one.decision == "approve")
    (house.folder / "passes" / "P-1.json").unlink()
    found = replay(read_settings(house.folder / "gateway.yaml"), house.folder, one)
    assert "not on record any more" in found.notes[0]
    assert found.same


def test_an_unknown_model_is_an_error(house: House) -> None:
    """A gateway that does not serve the model cannot put its decision together."""
    one = msgspec.structs.replace(kept(house)[0], model="other")
    with pytest.raises(SecondlineError, match="serves no model"):
        replay(read_settings(house.folder / "gateway.yaml"), house.folder, one)


def test_it_is_found_in_the_log_and_in_files(house: House, tmp_path: Path) -> None:
    """By its id, among others, in the embedded log and in a file of lines; a missing one is an error."""
    every = kept(house)
    url = f"sqlite:///{tmp_path / 'log.db'}"
    log = Log.open(url)
    writer = log.writer(DECISIONS)
    writer.append(every)
    writer.close()
    log.close()
    assert in_log(url, every[5].id) == every[5]
    with pytest.raises(SpecError, match="holds no decision"):
        in_log(url, "x-1")
    lines = tmp_path / "lines"
    lines.write_bytes(b"\n".join(encode(one) for one in every) + b"\nnot JSON " + every[2].id.encode())
    assert in_file(lines, every[3].id) == every[3]
    with pytest.raises(SpecError, match="holds no decision"):
        in_file(lines, "x-1")
    with pytest.raises(SpecError, match="Cannot read"):
        in_file(tmp_path / "none", "x-1")
