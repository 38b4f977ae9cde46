"""A bank in the middle of its work: rated models, a validation in fieldwork, findings, an approval asked and one given.

Everything is there by the acts of the law, on days that a test may count on; nothing is planted.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from bank import BAD, GOOD
from reports.sample_run import sample_run
from secondline.core.evidence import Run
from secondline.ledger.store import Ledger
from secondline.policy import questionnaires
from secondline.policy.packs import read_pack
from secondline.workflow.approving import adopt_policy, decide, propose_policy, put_in_use, reading, request, sign
from secondline.workflow.passes import issue
from secondline.workflow.rating import adopt, rate, resolve
from secondline.workflow.validating import attach_run, open_review
from secondline.workflow.validating import sign as sign_validation
from web.site import PEOPLE

TODAY = "2026-08-10"
RUN = sample_run().model_copy(update={"previous": None})
MORE = {"vito": ["validator"], "bea": ["approver"], "otto": ["owner"]}
DIGEST = sha256(b"the model itself").hexdigest()
OPINION: dict[str, Any] = {
    "opinion": 2, "recommendation": "conditional", "combination": "Two minor weaknesses that do not add up.",
    "confidence": "medium", "confidence_basis": "48,000 rows with 910 events.", "conditions": ["Watch the bad rate."],
}  # fmt: skip
EXCUSED = ("plan", "runs", "own-data", "assumptions", "documentation", "use")
MODELS: dict[str, dict[str, Any]] = {
    "retail-pd": {"name": "Retail cards application PD", "family": "credit", "method": "gradient boosting",
                  "machine_learning": True, "business_line": "Cards", "vendor": "",
                  "description": "Probability that a new card account defaults within twelve months."},
    "card-fraud": {"name": "Card fraud score", "family": "fraud", "method": "gradient boosting",
                   "business_line": "Cards", "machine_learning": True,
                   "description": "Scores each card payment for fraud while it is authorised."},
    "ifrs-ecl": {"name": "Expected credit loss", "family": "treasury", "method": "term structure",
                 "business_line": "Finance", "owner": "otto", "description": "Provisions under IFRS 9."},
    "churn": {"name": "Churn propensity", "family": "other", "method": "logistic regression",
              "business_line": "Deposits", "description": "Who may close an account soon."},
}  # fmt: skip


class Days:
    """A clock that a test sets to a day; within it, each look is a second later."""

    def __init__(self, day: str) -> None:
        self.day, self.ticks = day, self._ticking()

    def _ticking(self) -> Iterator[str]:
        second = 0
        while True:
            second += 1
            yield f"{self.day}T{8 + second // 3600 % 12:02}:{second // 60 % 60:02}:{second % 60:02}.000Z"

    def __call__(self) -> str:
        """Return the next instant."""
        return next(self.ticks)


def lively(folder: Path, *, attached: bool = True) -> Ledger:
    """Return the ledger of such a bank, on 10 August 2026; without the run *attached* there are no findings yet."""
    clock = Days("2026-01-05")
    ledger = Ledger.open(folder, clock=clock)
    _people_and_rules(ledger)
    _inventory(ledger)
    clock.day = "2026-02-02"
    _ratings(ledger)
    _adopt(ledger, "us-sr26-2", "2026-02-02")
    clock.day = "2026-03-02"
    _fraud_in_use(ledger)
    clock.day = "2026-06-01"
    project = _validation(ledger)
    if attached:
        attach_run(ledger, project, RUN.id, "vera")
        clock.day = "2026-06-20"
        _findings(ledger)
    clock.day = TODAY
    request(ledger, "olga", {"model": "card-fraud", "version": "2.0.0", "uses": ("Wallet payments",),
                             "expires": "2027-08-01", "residual": "Low: watched daily."})  # fmt: skip
    return ledger


def _people_and_rules(ledger: Ledger) -> None:
    for person, roles in {**PEOPLE, **MORE}.items():
        facts = {"name": f"{person.title()} Example", "email": f"{person}@bank.example", "roles": roles}
        ledger.act("person.added", "ada", person, facts, reason="Set up.")
    adopt(ledger, "tiering", "mira", reason="The method of the group.")
    propose_policy(ledger, "mira", reason="Approval authority follows the tier.")
    adopt_policy(ledger, "abe", "2026.1", reason="Agreed by the risk committee.")


def _inventory(ledger: Ledger) -> None:
    do = ledger.act
    for id_, facts in MODELS.items():
        do("model.registered", "olga", id_, {"owner": "olga", "developer": "dev", **facts}, reason="First inventory.")
    for model, version in (("retail-pd", "2.3.0"), ("card-fraud", "1.4.0"), ("card-fraud", "2.0.0"), ("ifrs-ecl", "1")):
        do("version.registered", "dev", f"{model}@{version}",
           {"model": model, "version": version, "developers": ["dev"], **({} if model == "retail-pd" else
            {"digest": DIGEST})})  # fmt: skip
    for model, name in (("retail-pd", "Card origination"), ("card-fraud", "Card payments"),
                        ("card-fraud", "Wallet payments")):  # fmt: skip
        do("use.proposed", "olga", "", {"model": model, "name": name, "decisions_per_year": 400_000})
    do("source.registered", "olga", "bureau", {"name": "Credit bureau"})
    for frm, to in (("source/bureau", "model/retail-pd"), ("source/bureau", "model/card-fraud"),
                    ("model/retail-pd", "model/ifrs-ecl")):  # fmt: skip
        kind = "data" if frm.startswith("source") else "feeds"
        do("link.made", "olga", "", {"frm": frm, "to": to, "kind": kind})
    do("limitation.recorded", "dev", "", {"model": "retail-pd", "kind": "data", "statement": "Thin files are few.",
                                          "impact": "Ranks thin files worse."})  # fmt: skip


def _ratings(ledger: Ledger) -> None:
    rate(ledger, "retail-pd", "first", GOOD, "olga")
    rate(ledger, "retail-pd", "second", BAD, "vera", note="Opacity and volume are higher than stated.")
    resolve(ledger, "retail-pd", 1, "mira", "The validator's view of opacity is the better one.")
    rate(ledger, "card-fraud", "first", GOOD, "olga")
    rate(ledger, "card-fraud", "second", GOOD, "vera")
    rate(ledger, "ifrs-ecl", "first", BAD, "otto")


def _adopt(ledger: Ledger, pack: str, since: str) -> None:
    facts = {"pack": pack, "version": read_pack(pack).version, "since": since}
    ledger.act("pack.adopted", "mira", pack, facts, reason="We are supervised under it.")


def begun(ledger: Ledger, model: str, version: str, kind: str, due: str) -> str:
    """Return a validation in fieldwork, led by vera with vito."""
    project = ledger.act("validation.planned", "mira", "", {
        "model": model, "version": version, "kind": kind, "due": due, "lead": "vera", "team": ["vito"],
        "scope": "All of it: design, data, outcomes, use.", "trigger": "calendar"}).id  # fmt: skip
    for person in ("vera", "vito"):
        ledger.act("validation.declared", person, project, {"statement": "I built nothing of it and own none of it."})
    return ledger.act("validation.started", "vera", project).id


def _fraud_in_use(ledger: Ledger) -> None:
    do = ledger.act
    plan = do("monitoring.drafted", "olga", "", {"model": "card-fraud", "owner": "olga", "next_check": "2026-07-01",
              "metrics": [{"metric": "stability.psi", "amber": 0.1, "red": 0.25,
                           "action": "investigate"}]}).id  # fmt: skip
    do("monitoring.approved", "vera", plan, reason="Covers score and inputs.")
    project = begun(ledger, "card-fraud", "1.4.0", "periodic", "2026-04-30")
    for part in EXCUSED:
        do("validation.excused", "vera", project, {"part": part}, reason="Covered by the yearly review of the group.")
    review = open_review(ledger, project, questionnaires.part_named("conceptual"), "vera")
    for question in review.doc["questions"]:
        do("review.noted", "vito", review.id, {"question": question, "rating": "minor", "answer": "Nearly all of it."})
    do("review.concluded", "vera", review.id, {"conclusion": "Sound for its use."})
    do("validation.reporting", "vera", project)
    do("validation.opined", "vera", project, OPINION)
    sign_validation(ledger, project, "vito")
    conditions = ({"kind": "monitoring", "metric": "bad rate", "frequency": "daily"},)
    asked = request(ledger, "olga", {"model": "card-fraud", "version": "1.4.0", "uses": ("Card payments",),
                    "seeks": "conditional", "conditions": conditions, "expires": "2027-03-01",
                    "justification": "The weaknesses are minor.", "mitigants": "Daily watch.",
                    "residual": "Low: watched daily."}).id  # fmt: skip
    sign(ledger, "mira", asked, reading(ledger, asked).signs, affirms=True)
    decide(ledger, "mira", asked, "conditional", "As the validation advises.")
    issue(ledger, "mira", asked)
    put_in_use(ledger, "olga", "card-fraud@1.4.0")


def _validation(ledger: Ledger) -> str:
    project = begun(ledger, "retail-pd", "2.3.0", "initial", "2026-07-31")
    due = {"validation": project, "to": "dev", "due": "2026-07-01"}
    ledger.act("request.made", "vera", "", {**due, "what": "The development sample with its exclusions."})
    ledger.act("challenge.asked", "vito", "", {"validation": project, "to": "dev",
               "question": "Why is a twelve month window long enough for thin files?"})  # fmt: skip
    open_review(ledger, project, questionnaires.part_named("conceptual"), "vera")
    ledger.record_plan(RUN.plan, "vera")
    ledger.record_run(RUN, "vera")
    return project


def _findings(ledger: Ledger) -> None:
    do = ledger.act
    first, second, third = [f["id"] for f in ledger.records.page("finding", {"state": "draft"}, limit=3).rows]
    for finding in (first, second, third):
        do("finding.issued", "vera", finding)
    do("finding.agreed", "olga", first, {"answer": "Agreed.", "action": "Rebuild on the newest two years."})
    do("finding.disputed", "olga", second, {"because": "The limit is meant for another population."})
    hand = do("finding.raised", "vito", "", {
        "model": "card-fraud", "statement": "The document does not say who may override a score.",
        "effect": "Overrides cannot be judged.", "evidence": ["development document, section 7"],
        "criterion": "The document names the roles.", "due": "2026-07-15"}).id  # fmt: skip
    do("finding.issued", "vera", hand)


def mended(code: str) -> Run:
    """Return a later run of the same plan in which one check passes everywhere."""
    good = next(e.outcome for e in RUN.evidence if e.code == code and e.outcome.kind == "passed")
    evidence = tuple(e.model_copy(update={"outcome": good}) if e.code == code else e for e in RUN.evidence)
    findings = tuple(f for f in RUN.findings if f.code != code)
    return RUN.model_copy(update={"id": "20260809-second", "evidence": evidence, "findings": findings})
