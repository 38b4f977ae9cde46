"""The desk: who decides a case, on what grounds, and that all of it is in the decision."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.desk_house import House, asked, decided, graph, looked_on, turned
from secondline.core.errors import ModelError

pytestmark = pytest.mark.usefixtures("quick")
FALLBACK = {"rules": [{"when": {"column": "limit", "op": ">", "value": 100}, "then": "decline", "name": "large"}]}


def test_a_decision_says_all_that_made_it(house: House) -> None:
    """Inputs, version, digest, pass, score, threshold, path, arm and chance are on record, approve and decline."""
    digest = house.study()
    house.issue(digest)
    watch = house.watch()
    low, high = decided(watch, asked([-3.0, 3.0], entities=("a", "b"), amounts=(5.0, float("nan")), times=(7, 8)))
    assert (low.decision, low.path, low.chance, low.amount) == ("approve", ("model:approve",), 1.0, 5.0)
    assert (high.decision, high.path, high.chance, high.amount) == ("decline", ("model:decline",), 0.0, None)
    assert (low.inputs, low.version, low.digest) == ({"limit": -3.0, "age": 30.0}, "1.0", digest)
    assert (low.pass_id, low.use, low.caller, low.entity, low.at) == ("P-1", "U-1", "till", "a", 7)
    assert high.score == pytest.approx(1 / (1 + np.exp(-3.3)), abs=1e-12)
    assert low.threshold == high.threshold != ""
    assert low.id != high.id
    assert low.decided == int(house.time.wall * 1e6)


def test_requests_of_one_turn_are_decided_together_and_apart(house: House) -> None:
    """Many requests in one call get their own answers, in order, whatever happens to those beside them."""
    house.issue(house.study())
    watch = house.watch()
    found = watch.desk.decide([asked([1.0, -9.0]), asked(0.0, model="x"), asked(-9.0), asked(0.0, version="9")])
    assert [one.decision for one in found[0]] == ["decline", "approve"]  # type: ignore[union-attr]
    assert (found[1].status, found[1].reason) == (404, "unknown-model")  # type: ignore[union-attr]
    assert [one.decision for one in found[2]] == ["approve"]  # type: ignore[union-attr]
    assert (found[3].status, found[3].reason) == (404, "unknown-version")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"limt": np.array([1.0])}, "unknown-input"),
        ({"age": np.array(["old"], dtype=object)}, "wrong-type"),
        ({"age": np.array([np.inf])}, "not-finite"),
        ({"age": np.array([17.0])}, "outside-domain"),
        ({"age": np.array([200.0])}, "outside-domain"),
        ({"age": np.array([30.5])}, "outside-domain"),
        ({"age": np.array([np.nan])}, "outside-domain"),
        ({"age": np.array([1.0, 2.0])}, "wrong-shape"),
    ],
)
def test_inputs_that_do_not_fit_are_turned_away(house: House, columns: dict[str, object], reason: str) -> None:
    """Each wrong input is answered 422 with a word for it, and the column is named."""
    domain = {"age": {"min": 18, "max": 120, "type": "integer", "nullable": False}}
    house.issue(house.study(domains=domain))
    watch = house.watch()
    found = turned(watch, asked(1.0, columns=columns))
    assert (found.status, found.reason) == (422, reason)
    assert next(iter(columns)) in str(found)


def test_a_missing_input_is_named(house: House) -> None:
    """A feature that is left out is answered 422."""
    house.issue(house.study())
    request = asked(1.0)
    del request.columns["age"]
    found = turned(house.watch(), request)
    assert (found.status, found.reason) == (422, "missing-input")
    assert "age" in str(found)


def test_missing_numbers_are_scored_and_recorded_as_missing(house: House) -> None:
    """NaN and None reach the model as NaN and the record as null; a graph without an answer falls back."""
    house.issue(house.study())
    watch = house.watch(fallback={"otherwise": "review"})
    (one,) = decided(watch, asked(1.0, columns={"age": np.array([None], dtype=object)}))
    assert (one.inputs["age"], one.score, one.decision, one.arm) == (None, None, "review", "fallback")
    assert one.path == ("failure: the model gives no score for these inputs", "fallback:otherwise")


@pytest.mark.parametrize(("fallback", "expected"), [(None, "refused"), (FALLBACK, "decline")])
def test_an_unapproved_use_is_refused_or_diverted(house: House, fallback: dict[str, object], expected: str) -> None:
    """A use the pass does not name is decided by the fallback or by nobody, and is on record."""
    house.issue(house.study())
    watch = house.watch(fallback=fallback)
    (one,) = decided(watch, asked(500.0, use="U-9", uses=frozenset({"U-9"})))
    assert (one.decision, one.score, one.use) == (expected, None, "U-9")
    assert "U-9" in one.path[0]
    assert one.chance == 0.0


def test_a_token_is_held_to_its_uses(house: House) -> None:
    """A use the token does not have is 403; a use may be called by name; several shared uses must be told apart."""
    house.issue(house.study(), uses=["U-1", "U-2"], names={"U-1": "origination", "U-2": "limits"})
    watch = house.watch()
    assert turned(watch, asked(1.0, use="U-2")).status == 403
    assert decided(watch, asked(1.0, use="origination"))[0].use == "U-1"
    assert decided(watch, asked(1.0, use=""))[0].use == "U-1"
    both = turned(watch, asked(1.0, use="", uses=frozenset({"U-1", "U-2"})))
    assert (both.status, both.reason) == (422, "use-needed")


def test_a_narrower_gateway_serves_fewer_uses(house: House) -> None:
    """`uses` takes away from what the pass allows and never adds."""
    house.issue(house.study(), uses=["U-1", "U-2"], names={})
    watch = house.watch(uses=["U-2", "U-3"])
    two = frozenset({"U-1", "U-2", "U-3"})
    assert decided(watch, asked(1.0, use="U-2", uses=two))[0].decision == "decline"
    assert decided(watch, asked(1.0, use="U-1", uses=two))[0].decision == "refused"
    assert decided(watch, asked(1.0, use="U-3", uses=two))[0].decision == "refused"


def test_knock_outs_decline_and_are_in_the_path(house: House) -> None:
    """A rule that strikes declines whatever the score, and the control arm does not let it through."""
    house.issue(house.study(reasons={"knock-outs": {"FRAUD": {"says": "Fraud alert", "column": "alert"}}}))
    watch = house.watch(control={"share": 0.5, "key": "arm.key"})
    struck = [decided(watch, asked(-9.0, columns={"alert": np.array([1.0])}))[0] for _ in range(20)]
    assert {(one.decision, one.path, one.chance) for one in struck} == {
        ("decline", ("model:approve", "knock-out:FRAUD"), 0.0)
    }


def test_a_model_that_fails_is_left_alone_for_a_while(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fallback decides while the model fails; after the set failures it is not even asked."""
    house.issue(house.study())
    watch = house.watch(fallback=FALLBACK, breaker={"failures": 3, "within": 60, "rest": 600})
    version = watch.desk.lines["pd"].version
    assert version is not None
    calls = []

    def fails(*_: object) -> object:
        calls.append(1)
        raise ModelError("no")

    monkeypatch.setattr(type(version.loaded.session), "score", fails)
    found = [decided(watch, asked(500.0))[0] for _ in range(5)]
    assert {one.decision for one in found} == {"decline"}
    assert {one.arm for one in found} == {"fallback"}
    assert len(calls) == 3
    assert found[-1].path == ("failure: the model failed too often and rests", "fallback:large")


def test_shadows_score_and_never_decide(house: House) -> None:
    """A challenger's score is on record beside the champion's; one that fails leaves None and changes nothing."""
    house.issue(house.study())
    house.study("2.0", graph(-1.0))
    watch = house.watch(shadows=[{"study": "2.0/model.yaml"}])
    assert watch.desk.watched("pd")
    (one,) = looked_on(watch, asked(3.0))
    assert one.decision == "decline"
    assert one.shadows["2.0"] == pytest.approx(1 / (1 + np.exp(2.7)))
    onlooker = watch.desk.lines["pd"].shadows[0]
    for _ in range(5):
        onlooker.breaker.failed()
    (one,) = looked_on(watch, asked(3.0))
    assert (one.decision, one.shadows) == ("decline", {"2.0": None})


def test_a_challenger_that_cannot_be_loaded_keeps_nobody_from_deciding(house: House) -> None:
    """A challenger with another digest is told of and left out."""
    house.issue(house.study())
    house.study("2.0")
    watch = house.watch(shadows=[{"study": "2.0/model.yaml", "digest": "0" * 64}])
    assert looked_on(watch, asked(3.0))[0].shadows == {}
    assert any("another digest" in line for line in house.told)


def test_metadata_says_what_is_served(house: House) -> None:
    """Name, version, inputs, uses and whether it is ready, as the protocol tells them."""
    house.issue(house.study())
    watch = house.watch()
    (one,) = watch.desk.models()
    assert (one["name"], one["versions"], one["ready"], one["uses"]) == ("pd", ["1.0"], True, ["U-1"])
    assert [i["name"] for i in one["inputs"]] == ["limit", "age"]
    assert watch.desk.ready()
    assert watch.desk.ready("pd")
    assert not watch.desk.ready("x")


def test_a_model_that_was_never_loaded_refuses_on_record(house: House) -> None:
    """Without a study or bytes a case is refused with what was sent, not dropped."""
    house.issue("0" * 64)
    house.study()
    watch = house.watch()
    assert not watch.desk.ready()
    found = decided(watch, asked([1.0, float("nan")]))
    assert [one.decision for one in found] == ["refused", "refused"]
    assert [one.inputs["limit"] for one in found] == [1.0, None]
    assert "not what was approved" in found[0].path[0]


WORLD = st.lists(st.floats(allow_nan=True, allow_infinity=True, width=64), min_size=1, max_size=6)


def test_the_desk_never_raises(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever numbers come, each request is decided or turned away, and each case has one of four decisions."""
    house = House(tmp_path_factory.mktemp("never") / "house")
    house.issue(house.study())
    watch = house.watch(fallback=FALLBACK, control={"share": 0.2, "key": "arm.key"})

    @settings(max_examples=60)
    @given(WORLD)
    def each(values: list[float]) -> None:
        (found,) = watch.desk.decide([asked(values)])
        if isinstance(found, list):
            assert {one.decision for one in found} <= {"approve", "decline", "review", "refused"}
            assert len(found) == len(values)
        else:
            assert found.status == 422

    each()
    house.close()


def test_a_swapped_file_changes_nothing(house: House) -> None:
    """What was hashed is what runs: a file exchanged after loading is not what decides."""
    digest = house.study()
    house.issue(digest)
    watch = house.watch()
    before = decided(watch, asked(3.0))[0]
    Path(house.folder / "1.0" / "model.onnx").write_bytes(graph(-5.0))
    watch.look()
    after = decided(watch, asked(3.0))[0]
    assert (after.score, after.digest) == (before.score, digest)


def test_a_challenger_may_read_more_than_the_champion(house: House) -> None:
    """What only a challenger reads may be sent, is on record, and is no input of the champion."""
    house.issue(house.study())
    house.study("2.0", graph(1.0, ("limit", "income")))
    watch = house.watch(shadows=[{"study": "2.0/model.yaml"}])
    watch.look()
    income = {"income": np.array([5.0])}
    assert watch.desk.lines["pd"].shadows[0].loaded.session.features
    (one,) = decided(watch, asked(3.0, columns=income))
    assert one.inputs["income"] == 5.0
    assert one.decision == "decline"
    (one,) = looked_on(watch, asked(3.0))
    assert one.shadows == {"2.0": None}
