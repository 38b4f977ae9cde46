"""Facts: what is on record about a model, complete, as it stands or stood, by few queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from govern.house import House
from reports.sample_run import sample_run
from secondline.govern.act import Done
from secondline.ledger.records import Records
from secondline.policy.derived import FARTHEST, NEVER, days, valid
from secondline.policy.facts import bank_facts, blank, exemplary, facts, firm, many, outcomes

TODAY = "2026-06-01"


class Counted:
    """A view of the records that counts what is asked of it."""

    def __init__(self, records: Records) -> None:
        self.records, self.asked = records, Counter[str]()

    def get(self, record: str, id_: str) -> dict[str, Any] | None:
        """Return a record."""
        self.asked[record] += 1
        return self.records.get(record, id_)

    def find(self, record: str, **facets: Any) -> list[dict[str, Any]]:
        """Return records."""
        self.asked[record] += 1
        return self.records.find(record, **facets)

    def past(self, record: str, id_: str) -> Sequence[Done]:
        """Return a past."""
        self.asked["past"] += 1
        return self.records.past(record, id_)


class Validated(Counted):
    """A view with a validation that the ledger would never have taken."""

    def find(self, record: str, **facets: Any) -> list[dict[str, Any]]:
        """Return records, and a validation led by a former developer."""
        wrong = {"id": "V-1", "state": "signed", "model": "pd-retail", "lead": "dev", "version": "1.0"}
        return [wrong] if record == "validation" else super().find(record, **facets)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Return a bank with a few models, a source, a cycle and some evidence."""
    made = House(tmp_path_factory.mktemp("facts"))
    for name in ("pd-retail", "ecl", "stress"):
        made.model(name, family="credit", jurisdictions=["EU"])
    made.do("use.proposed", "own", model="pd-retail", name="Loans", adverse=True)
    made.do("source.registered", "dev", "bureau", name="Bureau", lineage="From the bureau.", snapshot="ab")
    for frm, to in (
        ("source/bureau", "model/pd-retail"),
        ("model/pd-retail", "model/ecl"),
        ("model/ecl", "model/stress"),
    ):
        made.do("link.made", "dev", frm=frm, to=to)
    made.do("limitation.recorded", "val", model="pd-retail", statement="Few thin files.", kind="data")
    for kind, model in (("drill", "pd-retail"), ("board-report", ""), ("drill", "ecl")):
        made.do("evidence.filed", "val", kind=kind, model=model, title=kind, on="2026-04-30", note="In the archive.")
    return made


def test_every_list_and_field_is_there(house: House) -> None:
    """What nobody set is blank, not missing: a condition can read it."""
    found = facts(house.ledger.records, "pd-retail", TODAY)
    assert found["today"] == TODAY
    assert found["model"]["tier"] == 0
    assert found["model"]["last_validated"] == ""
    assert [v["digest"] for v in found["versions"]] == [""]
    assert found["uses"][0]["bounds"] == []
    assert found["findings"] == found["approvals"] == []
    assert found["sources"][0]["lineage"] == "From the bureau."
    assert [link["to"] for link in found["links_out"]] == ["model/ecl"]


def test_a_model_that_is_not_listed_has_blank_facts(house: House) -> None:
    """Asking about a name that is not in the inventory decides controls instead of failing."""
    found = facts(house.ledger.records, "ghost", TODAY)
    assert found["model"] == {**blank("model"), "id": "ghost"}
    assert found["derived"]["current"]["id"] == ""


def test_one_model_costs_few_queries(house: House) -> None:
    """Each kind of record is asked for a small, fixed number of times."""
    view = Counted(house.ledger.records)
    facts(view, "stress", TODAY, bank=firm(house.ledger.records, TODAY))
    assert max(n for record, n in view.asked.items() if record != "version") <= 3
    assert view.asked.total() <= 36


def test_many_models_cost_what_one_costs(house: House) -> None:
    """The bulk form asks as often for three models as for two; links are followed step by step, so many at most."""
    asked = []
    for names in (["pd-retail", "ecl"], ["pd-retail", "ecl", "stress"]):
        view = Counted(house.ledger.records)
        assert [name for name, _ in many(view, names, TODAY)] == names
        assert view.asked.pop("link") <= FARTHEST + 2
        asked.append(view.asked)
    assert asked[0] == asked[1]
    assert asked[0]["past"] == 0


def test_one_and_many_agree(house: House) -> None:
    """The facts of a model are the same whichever way they are asked for."""
    records = house.ledger.records
    for name, found in many(records, ["pd-retail", "ecl"], TODAY):
        assert found == facts(records, name, TODAY)


def test_facts_as_they_stood(tmp_path: Path) -> None:
    """A view of a past day gives that day's facts: a later document is not there yet."""
    house = House(tmp_path)
    house.model()
    house.on("2026-05-20")
    house.do(
        "evidence.filed", "val", kind="drill", model="pd-retail", title="Drill", on="2026-05-20", note="In the archive."
    )
    then = facts(house.ledger.as_of("2026-05-10"), "pd-retail", "2026-05-10")
    assert not then["derived"]["shown"]["drill"]
    assert facts(house.ledger.records, "pd-retail", "2026-05-21")["derived"]["age"]["drill"] == 1


def test_a_cycle_counts_until_it_is_explained(tmp_path: Path) -> None:
    """A loop through the model is found however long, and one explanation on it is enough."""
    house = House(tmp_path)
    for name in ("a", "b", "c"):
        house.model(name)
    for frm, to in (("a", "b"), ("b", "c")):
        house.do("link.made", "dev", frm=f"model/{frm}", to=f"model/{to}")
    assert facts(house.ledger.records, "a", TODAY)["derived"]["cycles"] == []
    link = house.do("link.made", "dev", frm="model/c", to="model/a", explanation="")
    for name in ("a", "b", "c"):
        (cycle,) = facts(house.ledger.records, name, TODAY)["derived"]["cycles"]
        assert cycle[0] == f"model/{name}"
        assert len(cycle) == 3
    house.do("link.explained", "dev", link, explanation="A year lies between them.")
    assert facts(house.ledger.records, "a", TODAY)["derived"]["cycles"] == []


def test_the_bank_knows_what_runs_without_an_entry(tmp_path: Path) -> None:
    """A run of a model that the inventory does not hold is an unknown model."""
    house = House(tmp_path)
    house.model("pd-retail", family="aml")
    run = sample_run()
    house.ledger.record_plan(run.plan, "val")
    bank = bank_facts(house.ledger.records, TODAY)["bank"]
    assert bank["unlisted"] == [run.plan.spec.model]
    assert (bank["models"], bank["families"]) == (1, ["aml"])


def test_the_worst_outcome_counts() -> None:
    """A check that fails in one population has failed; a number without a limit is reported."""
    run = {
        "outcomes": {"a": {"x": "passed", "y": "failed"}, "b": {"x": "not_applicable"}, "c": {"x": "not_applicable"}},
        "limits": {"c": "at most 1"},
    }
    assert outcomes(run) == {"a": "failed", "b": "reported", "c": "not_applicable"}


def test_evidence_counts_while_it_is_valid() -> None:
    """Withdrawn, expired or future documents show nothing; of two that count the newer gives the age."""
    one = {"kind": "drill", "state": "filed", "on": "2026-05-01", "valid_until": ""}
    assert valid([one], TODAY)["age"]["drill"] == 31
    assert valid([one, one | {"on": "2026-05-31"}], TODAY)["age"]["drill"] == 1
    for wrong in ({"state": "withdrawn"}, {"valid_until": "2026-05-30"}, {"on": "2026-06-02"}):
        assert not valid([one | wrong], TODAY)["shown"]["drill"]
    assert valid([one | {"valid_until": TODAY}], TODAY)["shown"]["drill"]


def test_days_without_a_date_are_never() -> None:
    """A blank date is no date: nothing is said to have happened today."""
    assert days("", TODAY) == days(TODAY, "") == NEVER
    assert days("2026-05-31", TODAY) == 1


@pytest.mark.parametrize(
    ("stated", "conflict"),
    [
        ({"validations": [{"lead": "dana"}]}, "dana developed it"),
        ({"validations": [{"team": ["olaf"]}]}, "olaf owns it"),
        ({"validations": [{"signed_by": "dana"}]}, "dana developed it"),
        ({"approvals": [{"decided_by": "dana"}]}, "dana developed it"),
        ({"approvals": [{"decided_by": "vera"}]}, "vera validated it"),
        ({"versions": [{"developers": ["anna"]}]}, "anna developed it"),
    ],
)
def test_conflicts_are_seen(stated: dict[str, Any], conflict: str) -> None:
    """Whoever built, owned or validated it and judged it is named with the deed."""
    (found,) = exemplary(stated)["derived"]["conflicts"]
    assert conflict in found


def test_a_validator_may_decide_a_minor_model() -> None:
    """Below tier 2 whoever validated may also approve; the approval's levels say so."""
    found = exemplary({"model": {"tier": 3}, "approvals": [{"decided_by": "vera"}]})
    assert found["derived"]["conflicts"] == []


def test_history_counts_for_independence(tmp_path: Path) -> None:
    """Somebody who was taken off the entry after building it is still its developer."""
    house = House(tmp_path)
    house.model()
    house.do("model.changed", "own", "pd-retail", developer="both")
    house.do("version.changed", "own", "pd-retail@1.0", developers=["both"])
    (told,) = facts(Validated(house.ledger.records), "pd-retail", TODAY)["derived"]["conflicts"]
    assert told == "dev developed it and validates in V-1"


def test_the_current_version_is_the_one_in_use() -> None:
    """The entry's version in use decides; without one the newest that is not retired."""
    assert exemplary({})["derived"]["current"]["id"] == "pd-cards@2.0"
    found = exemplary(
        {"model": {"version_in_use": ""}, "versions": [{"state": "registered"}, {"id": "x@2", "state": "retired"}]}
    )
    assert found["derived"]["current"]["id"] == "pd-cards@1.0"


def test_an_opinion_is_of_the_version_in_use() -> None:
    """Neither another version's validation, nor an unsigned one, nor one of a narrow kind stands for it."""
    assert exemplary({})["derived"]["opinion"]["id"] == "V-1"
    for wrong in ({"version": "1.0"}, {"state": "opined"}, {"kind": "annual-review"}, {"kind": "emergency"}):
        assert exemplary({"validations": [wrong]})["derived"]["opinion"]["id"] == ""


def test_a_validation_of_other_bytes_is_seen() -> None:
    """A run that read another artefact than the version's is named; one that names none is not held against it."""
    assert exemplary({"runs": [{"artefact": "f" * 64}]})["derived"]["other_bytes"] == ["run-1"]
    assert exemplary({"runs": [{"artefact": ""}]})["derived"]["other_bytes"] == []


def test_an_approval_counts_until_its_last_day() -> None:
    """On its last day an approval stands, the day after it does not."""
    for day, standing in (("2028-06-10", "AP-1"), ("2028-06-11", "")):
        assert exemplary({"today": day})["derived"]["approval"]["id"] == standing


def test_the_stricter_tier_holds_until_the_lines_agree() -> None:
    """Where first line and validator differ the stricter holds, unless the difference was resolved."""
    lines = [{"line": "first", "tier": 3}, {"id": "R-2", "line": "second", "tier": 2}]
    assert exemplary({"ratings": lines})["derived"]["rated_tier"] == 2
    resolved = [lines[0], {**lines[1], "resolved_tier": 3}]
    assert exemplary({"ratings": resolved})["derived"]["rated_tier"] == 3


def test_roles_are_vacant_when_people_leave() -> None:
    """A role named after somebody who left is as empty as one that names nobody."""
    left = exemplary({"bank": {"people": [{"id": "olaf", "state": "left"}]}})
    assert left["derived"]["vacant"] == ["owner olaf left"]
    assert exemplary({"model": {"users": []}})["derived"]["vacant"] == ["users"]
