"""Approved: the people of the live example take the model from registration to a signed pass, by the usual acts.

Nothing here writes a record by itself: every step is an act of somebody whose role allows it, and the ledger refuses
whatever a rule forbids. What people say in the course of it is invented, as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest_bytes
from secondline.core.evidence import Run
from secondline.core.spec import ModelSpec
from secondline.ledger.store import Ledger
from secondline.workflow import approving, passes, rating, scoping, validating
from secondline.workflow.findings import take_from_run
from secondline.workflow.policy import adopt

VIA = "live example"
PEOPLE: dict[str, tuple[str, tuple[str, ...]]] = {
    "ada": ("Ada Root", ("admin",)),
    "mira": ("Mira Strand", ("mrm-head",)),
    "olga": ("Olga Petrov", ("owner",)),
    "dev": ("Devika Rao", ("developer",)),
    "vera": ("Vera Lindqvist", ("validator",)),
    "vito": ("Vito Marchetti", ("validator",)),
    "abe": ("Abe Okafor", ("approver",)),
    "denise": ("Denise Cho", ("approver",)),
}
ANSWERS: dict[str, Any] = {
    "value_per_year": 4e8, "decisions_per_year": 4_000_000, "customers": 5_000, "capital": 0.0,
    "purposes": ["fraud-prevention"], "complexity": 3, "assumptions": 2, "input_quality": 1, "data_limits": 2,
    "autonomy": 3, "opacity": 3, "vendor_opacity": 0, "customer_harm": 2, "automated_adverse": True,
    "aml_statutory": False, "regulatory_capital": False, "eu_high_risk": False,
}  # fmt: skip
EXCUSED = ("conceptual", "assumptions", "documentation", "code", "implementation", "use")
WHY_EXCUSED = "The live example shows tests, approval and monitoring; the example bank shows questionnaires."
INDEPENDENT = "I neither built nor own nor use the model."
SIGNERS = ("mira", "abe", "denise")
LASTS = timedelta(days=365)
CONDITIONS = (
    {"kind": "volume", "decisions": 2_000_000, "per": "day", "because": "Twice the busiest day of the year before."},
    {"kind": "monitoring", "metric": "fraud detected by value", "frequency": "daily"},
)


@dataclass(frozen=True, slots=True)
class Approved:
    """What the people came to."""

    use: str
    validation: str
    approval: str
    issued: str
    """The pass."""


def people(ledger: Ledger) -> None:
    """Register everybody, and a policy of approval, tiers and changes in force."""
    for person, (name, roles) in PEOPLE.items():
        form = {"name": name, "email": f"{person}@bank.example", "roles": list(roles)}
        ledger.act("person.added", "ada", person, form, reason="Set up.", via=VIA)
    rating.adopt(ledger, "tiering", "mira", reason="The method of the house.")
    rating.adopt(ledger, "change", "mira", reason="The method of the house.")
    proposed = approving.propose_policy(ledger, "mira", reason="Authority follows the tier.", via=VIA)
    approving.adopt_policy(ledger, "abe", proposed.id, reason="Agreed by the committee.", via=VIA)
    adopt(ledger, "mira", "us-sr26-2", reason="We are supervised under it.", via=VIA)


def register(ledger: Ledger, spec: ModelSpec, base: Path) -> str:
    """Enter the model, the version whose bytes the study names, and its use; returns the use."""
    model, version = spec.model, spec.version
    facts = {
        "name": spec.title or model, "family": "fraud", "method": "gradient boosting", "machine_learning": True,
        "owner": "olga", "developer": "dev", "validator": "vera", "business_line": "Cards", "jurisdictions": ["US"],
        "description": "Chance that a card transaction is fraudulent, decided while it is authorised.",
        "output": "A probability of fraud", "frequency": "each transaction", "personal_data": True,
        "explainability": "Reason codes for each decline",
        "contingency": "Decide by the fallback rules of the gateway: decline large online amounts, approve the rest.",
    }  # fmt: skip
    ledger.act("model.registered", "olga", model, facts, reason="A new model.", via=VIA)
    if spec.artefact is None:
        raise ValueError("the study names no artefact")
    digest = digest_bytes((base / spec.artefact.path).read_bytes())
    built = {"model": model, "version": version, "digest": digest, "developers": ["dev"], "runtime": "ONNX"}
    use = ledger.act("use.proposed", "olga", "", {
        "model": model, "name": spec.uses[0].id, "population": spec.uses[0].population,
        "decisions_per_year": ANSWERS["decisions_per_year"], "automation": "automated", "adverse": True,
    }, via=VIA).id  # fmt: skip
    ledger.act("version.registered", "dev", f"{model}@{version}", built, via=VIA)
    return use


def rate(ledger: Ledger, model: str) -> None:
    """Decide the scope, and rate in both lines."""
    for found in scoping.scope_of(ledger.records, model, date.fromisoformat(ledger.today)):
        scoping.decide_scope(ledger, model, found.proposal.regime, "", "", "vera", via=VIA)
    method = ledger.records.need("method", rating.in_force(ledger.records, "tiering"))["parameters"]
    asked = {*method["exposure"], "purposes", *method["inherent"], *method["facts"]}
    given = {name: value for name, value in ANSWERS.items() if name in asked}
    for line, who in (("first", "olga"), ("second", "vera")):
        answers = rating.answers_for(ledger.records, model, given, line=line)
        rating.rate(ledger, model, line, answers, who, trigger="new", via=VIA)


def validate(ledger: Ledger, spec: ModelSpec, run: Run) -> str:
    """Work through a validation that rests on a run: findings issued and agreed, the opinion signed by another."""

    def do(act: str, actor: str, id_: str = "", form: dict[str, Any] | None = None, reason: str = "") -> str:
        return ledger.act(act, actor, id_, form, reason=reason, via=VIA).id

    due = (date.fromisoformat(ledger.today) + timedelta(days=60)).isoformat()
    project = do("validation.planned", "mira", "", {
        "model": spec.model, "version": spec.version, "kind": "initial", "due": due, "lead": "vera", "team": ["vito"],
        "scope": "Data, outcomes by amount and by account, stability, the artefact itself.", "trigger": "new model",
    })  # fmt: skip
    for person in ("vera", "vito"):
        do("validation.declared", person, project, {"statement": INDEPENDENT})
    do("validation.started", "vera", project)
    validating.attach_run(ledger, project, run.id, "vera", via=VIA)
    for part in EXCUSED:
        do("validation.excused", "mira", project, {"part": part}, WHY_EXCUSED)
    take_from_run(ledger, run.id, "vera", validation=project, via=VIA)
    for finding in ledger.records.find("finding", model=spec.model, state="draft"):
        do("finding.issued", "vera", finding["id"])
        answer = {"answer": "Agreed.", "action": "Examined with the next version; watched daily until then."}
        do("finding.agreed", "olga", finding["id"], answer)
    do("validation.reporting", "vera", project)
    do("validation.opined", "vera", project, {
        "opinion": 2, "recommendation": "conditional", "confidence": "medium",
        "conditions": ["daily monitoring of detection by value", "a cap on volume"],
        "combination": "The weaknesses found do not touch the same decisions.",
        "confidence_basis": f"Run {run.id}; what was large enough to decide is in its report.",
    })  # fmt: skip
    validating.sign(ledger, project, "vito", via=VIA)
    return project


def plan_watch(ledger: Ledger, form: Mapping[str, Any]) -> str:
    """Draft the monitoring plan as the owner and approve it as the second line; returns it."""
    plan = ledger.act("monitoring.drafted", "olga", "", form, via=VIA).id
    why = "It watches what the validation found weak, and says what is done."
    ledger.act("monitoring.approved", "vera", plan, reason=why, via=VIA)
    return plan


def approve(ledger: Ledger, spec: ModelSpec, use: str) -> tuple[str, str]:
    """Ask, sign at each seat, decide and issue the pass; returns approval and pass."""
    expires = (date.fromisoformat(ledger.today) + LASTS).isoformat()
    form = {
        "model": spec.model, "version": spec.version, "uses": [use], "seeks": "conditional", "expires": expires,
        "conditions": list(CONDITIONS), "justification": "The weaknesses found are minor and watched.",
        "mitigants": "Daily monitoring, a cap on volume, a random control arm, fallback rules.",
        "residual": "New patterns of fraud are seen only when their chargebacks come.",
    }  # fmt: skip
    asked = approving.request(ledger, "olga", form, via=VIA).id
    seats = ledger.records.need("approval", asked)["seats"]
    signers = SIGNERS[: len(seats)]
    for person in signers:
        signs = approving.reading(ledger, asked).signs
        approving.sign(ledger, person, asked, signs, affirms=True, via=VIA)
    decider = signers[-1]
    approving.decide(ledger, decider, asked, "conditional", "As the validation advises.", via=VIA)
    return asked, passes.issue(ledger, decider, asked, via=VIA).id


def bring_into_use(
    ledger: Ledger, spec: ModelSpec, base: Path, run: Run, watching: Callable[[], Mapping[str, Any]] | None = None
) -> Approved:
    """Take a validated study through all of it: registered, rated, validated, approved, in use.

    *watching* gives the monitoring plan to draft, once the validation is signed.

    Raises:
        Refused, OutOfTurn, SpecError: a rule of the ledger does not let it pass.
    """
    use = register(ledger, spec, base)
    rate(ledger, spec.model)
    project = validate(ledger, spec, run)
    if watching:
        plan_watch(ledger, watching())
    approval, issued = approve(ledger, spec, use)
    approving.put_in_use(ledger, "dev", f"{spec.model}@{spec.version}", via=VIA)
    return Approved(use, project, approval, issued)
