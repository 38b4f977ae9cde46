"""Inventory: what may be said of a model, and in which order its life goes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from govern.house import House
from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.record import RECORDS

END: dict[str, Any] = {"on": "2026-12-31", "notice": "All users, 1 April.", "retain_until": "2033-12-31"}
OSFI = {
    "name", "description", "tier", "owner", "developer", "origin", "version_in_use", "production_date", "validator",
    "approver", "last_validated", "monitoring_status", "monitoring_exceptions", "next_validation",
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A bank with one model and its version."""
    house = House(tmp_path)
    house.model()
    return house


def test_the_entry_holds_what_the_regulators_list() -> None:
    """OSFI's appendix 1 on the model itself; dependencies, data, uses and limitations are records of their own."""
    assert set(RECORDS["model"].shape.model_fields) >= OSFI
    assert {"link", "source", "use", "limitation"} <= set(RECORDS)
    assert set(RECORDS["use"].shape.model_fields) >= {"purpose", "actual", "deviates", "bounds"}
    assert set(RECORDS["model"].shape.model_fields) >= {"indicators", "validators", "review_months", "aliases", "euc"}


@pytest.mark.parametrize("name", ["", "PD Retail", "-x", "a" * 81, "ünder", "a/b", "x\n"])
def test_an_id_is_plain(house: House, name: str) -> None:
    """Anything else than lower-case letters, digits, dots and dashes is refused."""
    with pytest.raises(SpecError):
        house.do("model.registered", "dev", name, name="x")


def test_life_goes_forward(house: House) -> None:
    """Proposed, developed, submitted, returned, submitted again, wound up, reinstated."""
    house.do("model.development-begun", "dev", "pd-retail")
    house.do("model.submitted", "dev", "pd-retail", version="pd-retail@1.0")
    assert house.get("model", "pd-retail")["submitted"] == "pd-retail@1.0"
    with pytest.raises(Refused):
        house.do("model.returned", "dev", "pd-retail", "not ready")
    house.do("model.returned", "val", "pd-retail", "data are missing")
    house.do("model.submitted", "dev", "pd-retail", version="pd-retail@1.0")
    house.do("model.decommissioned", "own", "pd-retail", "replaced", **END)
    with pytest.raises(OutOfTurn):
        house.do("model.submitted", "dev", "pd-retail", version="pd-retail@1.0")
    house.do("model.reinstated", "head", "pd-retail", "the new one failed")
    model = house.get("model", "pd-retail")
    assert (model["state"], "retirement" in model) == ("in-development", False)


@pytest.mark.parametrize("version", ["pd-retail@9", "other@1.0"])
def test_only_a_version_of_the_model_is_submitted(house: House, version: str) -> None:
    """Neither an unknown one nor another model's."""
    house.model("other")
    with pytest.raises(SpecError, match="no version"):
        house.do("model.submitted", "dev", "pd-retail", version=version)


def test_a_bare_entry_is_not_submitted(house: House) -> None:
    """Owner, developer and description come first; the message names what is missing."""
    house.do("model.registered", "dev", "bare", name="Bare", owner="own")
    house.do("version.registered", "dev", "bare@1", model="bare", version="1")
    with pytest.raises(SpecError, match="developer, description"):
        house.do("model.submitted", "dev", "bare", version="bare@1")


def test_a_retired_version_is_not_submitted(house: House) -> None:
    """Another must be."""
    house.do("version.retired", "dev", "pd-retail@1.0", "never used")
    with pytest.raises(SpecError, match="retired"):
        house.do("model.submitted", "dev", "pd-retail", version="pd-retail@1.0")


def test_winding_up_is_complete(house: House) -> None:
    """Records outlast use; vendors and dependants are thought of; only owner or head decides."""
    house.model("ecl", origin="vendor")
    house.do("link.made", "dev", frm="model/pd-retail", to="model/ecl")
    for form, said in ((END | {"retain_until": "2026-12-31"}, "kept after"), (END, "model/ecl depend")):
        with pytest.raises(SpecError, match=said):
            house.do("model.decommissioned", "own", "pd-retail", "replaced", **form)
    with pytest.raises(SpecError, match="third_parties"):
        house.do("model.decommissioned", "own", "ecl", "replaced", **END)
    with pytest.raises(Refused):
        house.do("model.decommissioned", "dev", "pd-retail", "replaced", **END, downstream="fed by the new one")
    house.do("model.decommissioned", "own", "pd-retail", "replaced", **END, downstream="fed by the new one")
    assert house.get("model", "pd-retail")["retirement"]["retain_until"] == "2033-12-31"


def test_a_variant_names_another_model(house: House) -> None:
    """One that exists, and not itself."""
    house.model("pd-retail-at", variant_of="pd-retail")
    with pytest.raises(UnknownRecord):
        house.model("pd-x", variant_of="none")
    with pytest.raises(SpecError, match="variant of itself"):
        house.do("model.changed", "dev", "pd-retail-at", variant_of="pd-retail-at")


def test_the_build_of_a_version_is_fixed(house: House) -> None:
    """A digest is added once and never changed; label and model neither."""
    house.do("version.changed", "dev", "pd-retail@1.0", digest="a" * 64)
    for changed in ({"digest": "b" * 64}, {"version": "2"}, {"model": "other"}):
        with pytest.raises(SpecError, match="is fixed"):
            house.do("version.changed", "dev", "pd-retail@1.0", **changed)
    house.do("version.changed", "dev", "pd-retail@1.0", digest="a" * 64, commit="abc")
    with pytest.raises(SpecError, match="MODEL@VERSION"):
        house.do("version.registered", "dev", "pd-retail-2", model="pd-retail", version="2")


def test_actual_use_is_compared(house: House) -> None:
    """Who looked, when, and whether it deviates."""
    house.do("use.proposed", "own", model="pd-retail", name="Loans", purpose="Accept or refuse.")
    house.do("use.observed", "val", "U-1", actual="Also for limits.", deviates=True, decisions_per_year=1200)
    use = house.get("use", "U-1")
    assert (use["deviates"], use["checked_by"], use["checked_on"]) == (True, "val", "2026-05-01")
    assert house.ledger.records.count("use", where={"deviates": True})[()] == 1
    with pytest.raises(SpecError, match="belongs to"):
        house.do("use.changed", "own", "U-1", model="other")
    house.do("use.ended", "own", "U-1", "stopped")
    with pytest.raises(OutOfTurn):
        house.do("use.observed", "val", "U-1", actual="None.", deviates=False)


def test_bounds_stand_on_the_use(house: House) -> None:
    """A range or a set of values for each input; an input without a name is refused."""
    bounds = [{"column": "income", "low": 0, "high": 2e5}, {"column": "region", "values": ["AT", "DE"]}]
    house.do("use.proposed", "own", model="pd-retail", name="Loans", bounds=bounds)
    assert house.get("use", "U-1")["bounds"][1]["values"] == ["AT", "DE"]
    with pytest.raises(SpecError, match="column"):
        house.do("use.proposed", "own", model="pd-retail", name="Loans", bounds=[{"low": 1}])


def test_dependencies_join_what_exists(house: House) -> None:
    """Once, between two different things; what gives to others cannot end before its dependencies do."""
    house.do("vendor.registered", "own", "acme", name="Acme")
    house.do("source.registered", "own", "bureau", name="Bureau", vendor="acme", external=True)
    house.do("link.made", "dev", frm="source/bureau", to="model/pd-retail", kind="data")
    for frm, to in (("source/none", "model/pd-retail"), ("vendor/none", "source/bureau")):
        with pytest.raises(UnknownRecord):
            house.do("link.made", "dev", frm=frm, to=to)
    with pytest.raises(SpecError, match="D-1"):
        house.do("link.made", "dev", frm="source/bureau", to="model/pd-retail", kind="data")
    with pytest.raises(SpecError, match="itself"):
        house.do("link.made", "dev", frm="model/pd-retail", to="model/pd-retail")
    with pytest.raises(SpecError, match="still depend"):
        house.do("source.ended", "own", "bureau", "contract over")
    house.do("link.explained", "dev", "D-1", explanation="last month's figures")
    house.do("link.ended", "dev", "D-1", "replaced")
    house.do("source.ended", "own", "bureau", "contract over")
    with pytest.raises(UnknownRecord):
        house.do("source.registered", "own", "other", name="Other", vendor="none")


def test_a_model_stays_in_scope_until_it_is_decided(house: House) -> None:
    """Only when every regime that was looked at says it is no model is it put out of scope, and it can come back."""
    with pytest.raises(SpecError, match="no regime's scope"):
        house.do("model.scoped-out", "val", "pd-retail", "a report only")
    for regime, verdict in (("US", "non-model"), ("UK", "tool")):
        form = {"model": "pd-retail", "regime": regime, "verdict": verdict, "definition": "d", "because": "a report"}
        house.do("scope.decided", "val", f"pd-retail:{regime}", **form)
    with pytest.raises(SpecError, match="in scope under UK"):
        house.do("model.scoped-out", "val", "pd-retail", "a report only")
    house.do("scope.redecided", "val", "pd-retail:UK", "looked again", **form | {"verdict": "non-model"})
    house.do("model.scoped-out", "val", "pd-retail", "a report only")
    assert house.get("model", "pd-retail")["state"] == "out-of-scope"
    house.do("model.scoped-in", "val", "pd-retail", "it decides now")
    assert house.get("model", "pd-retail")["state"] == "proposed"


def test_auditors_change_nothing(house: House) -> None:
    """No act of the inventory is open to them."""
    for act, id_, form in (
        ("model.registered", "x", {"name": "x"}),
        ("model.changed", "pd-retail", {"name": "x"}),
        ("use.proposed", "", {"model": "pd-retail", "name": "x"}),
    ):
        with pytest.raises(Refused):
            house.do(act, "aud", id_, **form)


ACTS = ("model.development-begun", "model.submitted", "model.returned", "model.decommissioned", "model.reinstated",
        "model.scoped-in", "version.retired")  # fmt: skip
FORMS: dict[str, dict[str, Any]] = {"model.submitted": {"version": "pd-retail@1.0"}, "model.decommissioned": END}
ALLOWED = {
    ("proposed", "model.development-begun"): "in-development",
    **{(s, "model.submitted"): "in-validation" for s in ("proposed", "in-development", "in-validation")},
    ("in-validation", "model.returned"): "in-development",
    **{(s, "model.decommissioned"): "decommissioned" for s in ("proposed", "in-development", "in-validation")},
    ("decommissioned", "model.reinstated"): "in-development",
}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.sampled_from(ACTS), max_size=15))
def test_no_walk_leaves_the_map(tmp_path_factory: pytest.TempPathFactory, walk: list[str]) -> None:
    """Whatever is tried in whatever order, the state follows the map; and the fold of the past is the record."""
    house = House(tmp_path_factory.mktemp("walk"))
    house.model()
    state, retired = "proposed", False
    for act in walk:
        subject = "pd-retail@1.0" if act.startswith("version") else "pd-retail"
        after = ALLOWED.get((state, act))
        legal = not retired if act == "version.retired" else after and not (act == "model.submitted" and retired)
        try:
            house.do(act, "both" if act != "version.retired" else "dev", subject, "because", **FORMS.get(act, {}))
            assert legal
            state, retired = after or state, retired or act == "version.retired"
        except (OutOfTurn, SpecError):
            assert not legal
    now = house.get("model", "pd-retail")
    assert now["state"] == state
    seq = house.ledger.records.events(limit=1, newest_first=True)[0].seq
    assert house.ledger.as_of(seq).get("model", "pd-retail") == now
