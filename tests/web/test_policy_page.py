"""Policy: packs, controls, coverage and impact on the pages equal what the engine says; a pack is adopted there."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondline.policy.packs import pack_names, read_pack
from secondline.workflow.policy import Change, coverage, impact
from web.lively import TODAY, lively
from web.site import Bank, bank


def test_packs_are_listed_with_the_adopted_first(town: Bank) -> None:
    """Every pack is there with its number of controls."""
    rows = town.as_("aud").get("/policy.json").json()["rows"]
    assert rows[0]["id"] == "us-sr26-2"
    assert {r["id"] for r in rows} == set(pack_names()) - {"default"}
    assert {r["id"]: r["controls"] for r in rows}["uk-ss1-23"] == len(read_pack("uk-ss1-23").selection())


def test_coverage_is_what_the_engine_says(town: Bank) -> None:
    """Each cell is the verdict of that control for that model."""
    told = {r["model"]: r for r in town.as_("aud").get("/policy/coverage.json").json()["rows"]}
    found = coverage(town.ledger, day=TODAY).matrix
    assert set(told) == set(found) - {"bank"}
    for model, row in told.items():
        cells = {k: v for k, v in row.items() if k not in {"model", "standing"} and v}
        assert cells == {c: v.status for c, v in found[model].items() if c in cells}
        assert len(cells) > 30


def test_coverage_is_narrowed(town: Bank) -> None:
    """By field of risk and by tier."""
    client = town.as_("aud")
    assert [r["model"] for r in client.get("/policy/coverage.json?family=fraud").json()["rows"]] == ["card-fraud"]
    assert [r["model"] for r in client.get("/policy/coverage.json?tier=1").json()["rows"]] == ["ifrs-ecl", "retail-pd"]


def test_one_models_policy_names_the_gaps_first(town: Bank) -> None:
    """Gaps lead, what does not arise is left out until it is asked for."""
    rows = town.as_("aud").get("/models/card-fraud/policy.json").json()["rows"]
    assert rows[0]["status"] == "not-met"
    assert "not-applicable" not in {r["status"] for r in rows}
    quiet = town.as_("aud").get("/models/card-fraud/policy.json?status=not_applicable").json()["rows"]
    assert {r["status"] for r in quiet} == {"not-applicable"}


def test_impact_is_what_the_engine_says(town: Bank) -> None:
    """The models that would stand otherwise under OSFI E-23, and the bank apart from them."""
    told = town.as_("mira").get("/policy/impact.json?adopt=ca-osfi-e23").json()["rows"]
    models = ["card-fraud", "ifrs-ecl", "retail-pd"]
    found = impact(town.ledger, Change(("ca-osfi-e23",), (), ""), models=models, day=TODAY)
    assert [(r["model"], r["before"], r["after"]) for r in told] == [
        (t.subject, t.before, t.after) for t in found.turns if t.subject != "bank"
    ]
    assert "The bank itself" in town.as_("mira").get("/policy/impact?adopt=ca-osfi-e23").text


def test_a_control_shows_its_clauses_and_its_condition(town: Bank) -> None:
    """Sources with force and dates, the expression as decided; an unknown one is 404."""
    client = town.as_("aud")
    text = client.get("/policy/controls/MRM-VAL-01").text
    assert "It arises when" in text
    assert client.get("/policy/controls/MRM-VAL-01.json").json()["id"] == "MRM-VAL-01"
    assert client.get("/policy/controls/NOTHING").status_code == 404
    assert client.get("/policy/compare.json?one=us-sr11-7-legacy&other=us-sr26-2").json()["rows"]


def test_the_head_adopts_a_pack_and_coverage_follows(tmp_path: Path) -> None:
    """After it was tried, the pack is adopted with a reason; more is asked from then on, and before not."""
    served = bank(tmp_path, lively(tmp_path))
    head, auditor = served.as_("mira"), served.as_("aud")
    before = auditor.get("/policy/coverage.json").json()["rows"][0]
    assert "Adopt the pack" in head.get("/policy/impact?adopt=uk-ss1-23").text
    assert "Adopt the pack" not in auditor.get("/policy/impact?adopt=uk-ss1-23").text
    typed = {"csrf": served.csrf(head), "pack": "uk-ss1-23", "since": TODAY, "reason": "We opened in London."}
    assert head.post("/policy/adopt", data=typed).status_code == 303
    after = auditor.get("/policy/coverage.json").json()["rows"][0]
    assert len(after) > len(before)
    doc = served.ledger.records.need("adoption", "uk-ss1-23")
    assert doc["digest"] == read_pack("uk-ss1-23").sha256()
    past = auditor.get("/policy/coverage.json?as_of=2026-08-09").json()["rows"][0]
    assert len(past) == len(before)


@pytest.mark.parametrize(
    ("person", "change", "status"),
    [("aud", {}, 403), ("vera", {}, 403), ("mira", {"reason": ""}, 422), ("mira", {"pack": "nothing"}, 422),
     ("mira", {"since": "soon"}, 422)],
)  # fmt: skip
def test_adopting_is_refused(town: Bank, person: str, change: dict[str, str], status: int) -> None:
    """Without the role, the reason, a pack that exists or a day, nothing is adopted."""
    client = town.as_(person)
    typed = {"csrf": town.csrf(client), "pack": "uk-ss1-23", "since": TODAY, "reason": "Because."}
    assert client.post("/policy/adopt", data=typed | change).status_code == status
    assert town.ledger.records.get("adoption", "uk-ss1-23") is None
