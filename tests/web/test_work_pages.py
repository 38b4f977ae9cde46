"""Validations, findings, approvals and runs: what stands there is what is on record, and what is next can be done."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from secondline.core.format import number
from web.lively import RUN, lively
from web.site import Bank, bank


@pytest.fixture
def own(tmp_path: Path) -> Bank:
    """A lively bank of one's own."""
    return bank(tmp_path, lively(tmp_path))


def test_the_workspace_says_what_is_missing(town: Bank) -> None:
    """Step, parts missing with links, runs, reviews, papers and findings are on the page."""
    text = town.as_("vera").get("/validations/V-2").text
    assert re.search(r'class="here" aria-current="step">fieldwork', text)
    for part in ("<b>assumptions</b>", '<a href="/records/request/RQ-1">', '<a href="/records/challenge/CH-1">',
                 f"/runs/{RUN.id}", "0 of 13", "Open a review"):  # fmt: skip
        assert part in text, part
    told = town.as_("vera").get("/validations/V-2.json").json()
    assert [f["id"] for f in told["findings"]] == [f"F-{n}" for n in range(1, 7)]


def test_only_the_second_line_works_there(town: Bank) -> None:
    """A developer sees the workspace, and none of its forms."""
    text = town.as_("dev").get("/validations/V-2").text
    assert "Open a review" not in text
    assert "Raise a finding" not in text


def test_a_review_is_opened_answered_and_shown(own: Bank) -> None:
    """A part opens by the questionnaire that suits; each question can be answered."""
    client = own.as_("vera")
    typed = {"csrf": own.csrf(client), "part": "assumptions"}
    opened = client.post("/validations/V-2/review", data=typed)
    assert opened.status_code == 303
    text = client.get(opened.headers["location"]).text
    question = re.search(r"question=([A-Z0-9-]+)", text)
    assert question
    own.do(client, "review.noted", "RV-3", question=question[1], rating="minor", answer="Nearly all of it.")
    assert "Nearly all of it." in client.get(opened.headers["location"]).text
    assert client.post("/validations/V-2/review", data=typed | {"part": "weather"}).status_code == 422


def test_a_run_cannot_be_attached_twice_nor_signed_early(own: Bank) -> None:
    """What the law refuses comes back with its reason, and nothing moved."""
    client = own.as_("vera")
    token = {"csrf": own.csrf(client)}
    again = client.post("/validations/V-2/attach", data=token | {"run": RUN.id})
    assert (again.status_code, "attached already" in again.text) == (422, True)
    assert client.post("/validations/V-2/sign", data=token).status_code == 409
    assert client.post("/validations/V-2/run", data=token | {"study": "../etc"}).status_code == 422
    assert own.ledger.records.need("validation", "V-2")["state"] == "fieldwork"


def test_findings_are_open_late_or_all(town: Bank) -> None:
    """The tabs narrow as they say."""

    def found(query: str) -> set[str]:
        return {r["id"] for r in town.as_("aud").get(f"/findings.json?{query}").json()["rows"]}

    assert found("") == {f"F-{n}" for n in range(1, 8)}
    assert found("late=1") == {"F-7"}
    assert found("severity=major&state=disputed") == {"F-2"}


def test_a_finding_says_whose_turn_it_is(town: Bank) -> None:
    """The statement, its evidence with links, and what comes next with the roles that may."""
    text = town.as_("olga").get("/findings/F-3").text
    assert "agree to the finding" in text
    assert re.search(r'href="/runs/' + RUN.id + r'/E-\d+"', text)
    assert "26 days late" in town.as_("olga").get("/findings/F-7").text
    assert "The limit is meant for another population." in town.as_("mira").get("/findings/F-2").text


def test_an_approval_shows_exactly_what_is_signed(own: Bank) -> None:
    """Whoever may sign sees the digest and the seat; what they sign is what was shown."""
    text = own.as_("mira").get("/approvals/AP-2").text
    assert "lead of model risk management" in text
    link = re.search(r'href="(/do/approval\.signed\?[^"]*signs=([0-9a-f]{64}))"', text)
    assert link
    assert f"<code>{link[2][:16]}</code>" in text
    assert "Sign what is shown below" not in own.as_("dev").get("/approvals/AP-2").text


def test_an_approval_without_a_validation_is_not_decided(own: Bank) -> None:
    """2.0.0 has no signed validation: the seats may be filled, and the decision is refused with that reason."""
    client = own.as_("mira")
    link = re.search(r"signs=([0-9a-f]{64})", client.get("/approvals/AP-2").text)
    assert link
    found = own.do(client, "approval.signed", "AP-2", signs=link[1], verdict="approve", affirms="yes")
    assert found.status_code == 303
    typed = {"csrf": own.csrf(client), "decision": "approve", "rationale": "Looks good."}
    decided = client.post("/approvals/AP-2/decide", data=typed)
    assert (decided.status_code, "validation" in decided.text) == (409, True)
    assert own.ledger.records.need("approval", "AP-2")["state"] == "requested"


def test_the_gate_answers_as_the_command_does(town: Bank) -> None:
    """Open for the use that has a pass, closed for a version that has none, and a sentence for what is unknown."""
    client = town.as_("aud")
    assert client.get("/gate.json?version=card-fraud@1.4.0&use=U-2").json()["verdict"] == "open"
    assert client.get("/gate.json?version=retail-pd@2.3.0&use=U-1").json()["verdict"] == "closed"
    assert "card-fraud@1.4.0 for U-2" in client.get("/gate").text
    assert client.get("/gate?version=nothing&use=x").status_code == 200
    assert client.get("/gate.json?version=card-fraud@1.4.0&use=U-2&as_of=2026-02-15").json()["verdict"] != "open"


def test_passes_and_approvals_are_listed(town: Bank) -> None:
    """What waits is shown first; the pass leads to its approval."""
    client = town.as_("aud")
    assert [r["id"] for r in client.get("/approvals.json").json()["rows"]] == ["AP-2"]
    assert [r["id"] for r in client.get("/approvals.json?all=1").json()["rows"]] == ["AP-1", "AP-2"]
    assert [(r["id"], r["approval"]) for r in client.get("/passes.json").json()["rows"]] == [("P-1", "AP-1")]


def test_a_run_holds_every_answer(town: Bank) -> None:
    """All answers are in the CSV, the outcomes add up, and one number is shown with its limit and SQL."""
    client = town.as_("dev")
    rows = client.get(f"/runs/{RUN.id}.json").json()["rows"]
    assert [r["id"] for r in rows] == [e.id for e in RUN.evidence]
    failed = client.get(f"/runs/{RUN.id}.json?outcome=failed").json()["rows"]
    assert [r["id"] for r in failed] == [e.id for e in RUN.evidence if e.outcome.kind == "failed"]
    one = next(e for e in RUN.evidence if e.code == "discrimination.auc")
    text = client.get(f"/runs/{RUN.id}/{one.id}").text
    estimate = one.outcome.estimate
    assert estimate is not None
    assert number(estimate.value, one.unit) in text
    assert "SELECT" in text
    assert client.get(f"/runs/{RUN.id}/E-99999").status_code == 404


def test_the_report_is_shown_shut_in(town: Bank) -> None:
    """The HTML report comes with a policy of its own that lets no script run."""
    found = town.as_("dev").get(f"/runs/{RUN.id}/report/html")
    assert found.status_code == 200
    assert "sandbox" in found.headers["content-security-policy"]
    assert town.as_("dev").get(f"/runs/{RUN.id}/report/exe").status_code == 404
