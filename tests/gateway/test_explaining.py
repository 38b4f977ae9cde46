"""Explaining: declines get the reasons that validation gives, at the cost of one question, and never hang for them."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import lightgbm
import numpy as np
import pytest

from gateway.desk_house import House, asked, decided
from secondline.core.canonical import digest_bytes
from secondline.events.shapes import Decision
from secondline.gateway.replay import replay
from secondline.gateway.settings import read_settings
from secondline.gateway.watching import Watch
from secondline.models.conversion.converters import convert
from secondline.models.model import Model
from secondline.models.reasons import Explainer, explainer
from secondline.models.sandbox import Sandbox, opened
from secondline.policy.documents import read_spec

NAMES = ("limit", "age", "used", "late", "years", "owed", "asked", "rent")
ROWS = 300
REASONS = {
    "texts": {
        "R1": {"says": "Limit", "features": ["limit", "used"], "missing": "No limit on file"},
        "R2": {"says": "Late", "features": ["late", "owed"]},
        "R3": {"says": "History", "features": ["age", "years"], "missing": "No history on file"},
    },
    "knock-outs": {"KO": {"says": "Alert", "column": "alert"}},
}  # fmt: skip


def drawn(seed: int, rows: int = ROWS) -> dict[str, Any]:
    """Return applicants, some of whom lack values."""
    draw = np.random.default_rng(seed)
    found = {name: np.round(draw.normal(size=rows), 1) for name in NAMES}
    for name in ("limit", "years", "owed"):
        found[name][draw.random(rows) < 0.15] = np.nan
    return found


def trees() -> bytes:
    """Return a boosted model as LightGBM writes it."""
    columns = drawn(1, 1_500)
    x = np.column_stack(list(columns.values()))
    odds = np.nan_to_num(x[:, 0] - x[:, 1] * x[:, 3] + x[:, 5]) + 2.0 * np.isnan(x[:, [0, 4]]).sum(axis=1) - 0.5
    y = (np.random.default_rng(2).random(len(x)) < 1 / (1 + np.exp(-odds))).astype(int)
    data = lightgbm.Dataset(x, y, feature_name=list(NAMES), params={"verbosity": -1})
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1, "num_leaves": 8}, data, 25)
    return bytes(booster.model_to_string().encode())


TREES = trees()


def served(house: House, content: bytes, path: str, **more: Any) -> Watch:
    """Return a desk that serves these bytes and explains its declines."""
    reference = {name: [None if v != v else v for v in values.tolist()] for name, values in drawn(4).items()}  # noqa: PLR0124 - NaN
    (house.folder / "rows.json").write_text(json.dumps({"columns": reference}))
    house.study(artefact={"path": path}, reasons=REASONS, decision={"approve-below": 0.5})
    (house.folder / "1.0" / path).write_bytes(content)
    house.issue(digest_bytes(content))
    # A busy machine must not make reasons late where that is not what a test is about.
    watch = house.watch(reasons={"reference": "rows.json"}, **{"time-out": 30, **more})
    assert not watch.desk.lines["pd"].trouble
    return watch


def request(columns: dict[str, Any], rows: Any) -> Any:
    """Return a request for some rows, of which the caller says a knock-out where the age ends in 7."""
    some = {name: values[rows] for name, values in columns.items()}
    alert = (np.round(np.abs(some["age"]) * 10) % 10 == 7).astype(float)
    return asked(some["limit"], columns={**some, "alert": alert})


def in_batches(watch: Watch, columns: dict[str, Any], size: int) -> list[Decision]:
    """Return the decisions of rows that are asked for so many at a time."""
    return [one for i in range(0, ROWS, size) for one in decided(watch, request(columns, slice(i, i + size)))]


def by_validation(house: House, model: Model, columns: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the codes that the function of validation gives the rows, all in one call."""
    spec = read_spec(house.folder / "1.0" / "model.yaml")
    found = explainer(model, drawn(4), spec).reasons(
        {**columns, "alert": request(columns, slice(None)).columns["alert"]}
    )
    return [tuple(code for code, *_ in found.of(row)) for row in range(ROWS)]


def as_validated(house: House, watch: Watch, model: Model, sizes: tuple[int, ...]) -> list[Decision]:
    """Assert that decisions carry the reasons of validation whatever the batch; returns those of single requests."""
    columns = drawn(7)
    wanted, found = by_validation(house, model, columns), list[Decision]()
    for size in sizes:
        found = in_batches(watch, columns, size)
        assert [one.reasons for one in found] == wanted
        assert {one.decision for one in found} == {"approve", "decline"}
        assert all(bool(one.reasons) == (one.decision == "decline") for one in found)
    every = {code for codes in wanted for code in codes}
    assert every >= {"R1", "R1 missing", "R2", "R3", "R3 missing", "KO"}
    return found


def test_trees_are_given_the_reasons_of_validation(house: House) -> None:
    """Of 300 applicants, with missing values and knock-outs, alone and in batches, each gets what validation says."""
    watch = served(house, TREES, "model.txt")
    model = opened("m", "lightgbm", TREES, {})
    try:
        found = as_validated(house, watch, model, (300, 7, 1))
    finally:
        model.close()
    settings = read_settings(house.folder / "gateway.yaml")
    for one in [one for one in found if one.decision == "decline"][:3]:
        assert replay(settings, house.folder, one).same


def test_a_graph_is_given_the_reasons_of_validation(house: House) -> None:
    """The same trees as ONNX are explained by sampling, and serving samples as validation does."""
    content = convert("lightgbm", TREES, {}).content
    watch = served(house, content, "graph.onnx")
    model = opened("m", "onnx", content, {})
    try:
        found = as_validated(house, watch, model, (50, 1))
    finally:
        model.close()
    one = next(one for one in found if one.decision == "decline")
    assert replay(read_settings(house.folder / "gateway.yaml"), house.folder, one).same


@pytest.fixture
def boxes(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Sandbox]]:
    """The processes that hold models, as they are begun."""
    begun: list[Sandbox] = []
    before = Sandbox.__init__

    def noted(self: Sandbox, *args: Any, **more: Any) -> None:
        before(self, *args, **more)
        begun.append(self)

    monkeypatch.setattr(Sandbox, "__init__", noted)
    yield begun
    for box in begun:
        box.close()


def declined(watch: Watch) -> Any:
    """Return a request of one applicant who is declined by the score."""
    columns = drawn(7)
    rows = range(ROWS)
    return next(made for i in rows if "decline" in decided(watch, made := request(columns, slice(i, i + 1)))[0].path[0])


def test_a_decline_asks_its_process_once_and_sends_one_row(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The score is not asked for again, and no reference rows travel to a method that reads none."""
    watch = served(house, TREES, "model.txt")
    one = declined(watch)
    sent: list[tuple[str, int, int]] = []
    before = Sandbox.ask

    def noted(self: Sandbox, head: dict[str, Any], body: bytes, *more: Any) -> Any:
        sent.append((head["op"], head["rows"], len(body)))
        return before(self, head, body, *more)

    monkeypatch.setattr(Sandbox, "ask", noted)
    assert decided(watch, one)[0].reasons
    assert sent == [("explain", 1, 8 * len(NAMES))]


def test_nobody_is_asked_where_nothing_is_declined(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """An approval, and a decline whose caller wants no reasons, cost no explanation."""
    watch = served(house, TREES, "model.txt")
    columns, one = drawn(7), declined(watch)

    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("an explanation was asked for")

    monkeypatch.setattr(Explainer, "reasons", refused)
    silent = asked(one.columns["limit"], columns=one.columns, reasons=False)
    assert decided(watch, silent)[0].path == ("model:decline",)
    approved = [
        made for i in range(20) if "approve" in decided(watch, made := request(columns, slice(i, i + 1)))[0].path
    ]
    assert all(not decided(watch, made)[0].reasons for made in approved)
    assert decided(watch, one)[0].path == ("model:decline", "no-reasons: AssertionError")


def until(what: Callable[[], bool]) -> None:
    """Wait for something that comes about."""
    last = time.monotonic() + 30
    while not what():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.01)


def test_a_process_that_hangs_holds_nobody_up(house: House, boxes: list[Sandbox]) -> None:
    """The decision stands without reasons, the next does not wait at all, and once it answers there are reasons."""
    watch = served(house, TREES, "model.txt", **{"time-out": 1})
    one = declined(watch)
    plain = decided(watch, one)[0]
    (held,) = [box for box in boxes if box.alive()]
    os.kill(held._process.pid, signal.SIGSTOP)
    try:
        for _ in range(3):
            (late,) = decided(watch, one)
            assert (late.decision, late.score, late.reasons) == (plain.decision, plain.score, ())
            assert late.path == (*plain.path, "no-reasons: Late")
    finally:
        os.kill(held._process.pid, signal.SIGCONT)
    until(lambda: decided(watch, one)[0].reasons == plain.reasons)


def test_one_late_answer_costs_a_batch_one_wait(
    house: House, boxes: list[Sandbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a hundred cases behind a process that hangs, only the first few wait for it; all are decided."""
    watch = served(house, TREES, "model.txt", **{"time-out": 1})
    many = request(drawn(7), slice(100))
    plain = decided(watch, many)
    (held,) = [box for box in boxes if box.alive()]
    waits: list[int] = []
    before = Explainer.reasons

    def noted(self: Explainer, columns: Any, **more: Any) -> Any:
        waits.append(len(columns["limit"]))
        return before(self, columns, **more)

    monkeypatch.setattr(Explainer, "reasons", noted)
    os.kill(held._process.pid, signal.SIGSTOP)
    try:
        found = decided(watch, many)
    finally:
        os.kill(held._process.pid, signal.SIGCONT)
    assert [one.decision for one in found] == [one.decision for one in plain]
    assert {one.path[-1] for one in found if one.decision == "decline"} == {"no-reasons: Late"}
    assert len(waits) == 1


def test_a_process_that_ended_is_begun_again(house: House, boxes: list[Sandbox]) -> None:
    """The decision stands without reasons; a little later the same file explains in a new process, as before."""
    watch = served(house, TREES, "model.txt")
    one = declined(watch)
    plain = decided(watch, one)[0]
    (first,) = [box for box in boxes if box.alive()]
    os.kill(first._process.pid, signal.SIGKILL)
    first._process.wait()
    (without,) = decided(watch, one)
    assert (without.decision, without.score) == (plain.decision, plain.score)
    until(lambda: decided(watch, one)[0].reasons == plain.reasons)
    (second,) = [box for box in boxes if box.alive()]
    assert second is not first
    watch.close()
    assert not second.alive()
