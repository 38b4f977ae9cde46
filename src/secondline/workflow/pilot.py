"""Pilot: a generative system that a bank lets be used within limits while its validation goes on, for the demo."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from secondline.core.dates import days_after
from secondline.ledger.store import Ledger
from secondline.policy.documents import read_spec
from secondline.workflow import approving, passes, rating
from secondline.workflow.configured import parts_of

ADMIN, DEVELOPER, OWNER, VALIDATOR, APPROVER, HEAD = "ada", "dan", "olga", "vera", "bea", "hal"
PEOPLE = {ADMIN: "admin", DEVELOPER: "developer", OWNER: "owner", VALIDATOR: "validator", APPROVER: "approver",
          HEAD: "mrm-head"}  # fmt: skip
USE, VIA, DAYS = "chat", "demo", 30
LIMITS: tuple[dict[str, Any], ...] = (
    {"kind": "volume", "decisions": 200, "per": "day"},
    {"kind": "amount", "amount": 5_000, "per": "day", "currency": "EUR"},
    {"kind": "population", "column": "channel", "values": ["staff"]},
    {"kind": "monitoring", "metric": "answers corrected by staff", "frequency": "daily"},
)
SENTENCE = "\nAnswer in one friendly sentence wherever you can.\n"


def approved(spec: Path, folder: Path) -> str:
    """Register a system with its parts in a new bank and approve a pilot of it; returns MODEL@VERSION.

    It is an emergency use in the sense of the policy: limited, for a month, while a validation is under way.
    """
    study, ledger = read_spec(spec), Ledger.open(folder)
    model, version = study.model, f"{study.model}@{study.version}"
    _people(ledger)

    def do(act: str, actor: str, id_: str = "", **form: Any) -> str:
        return ledger.act(act, actor, id_, form, via=VIA).id

    do("model.registered", OWNER, model, name=study.title or model, owner=OWNER, developer=DEVELOPER, kind="genai",
       family="genai", generative=True, description="Answers staff from the bank's documents.")  # fmt: skip
    do("version.registered", DEVELOPER, version, model=model, version=study.version, components=parts_of(spec),
       developers=[DEVELOPER])  # fmt: skip
    use = do("use.proposed", OWNER, model=model, name=USE, purpose="Staff look things up", population="Staff")
    ends = days_after(date.fromisoformat(ledger.today), DAYS).isoformat()
    do("validation.planned", VALIDATOR, model=model, version=study.version, kind="emergency", lead=VALIDATOR, due=ends,
       scope="The pilot and its limits.")  # fmt: skip
    asked = approving.request(ledger, OWNER, {
        "model": model, "version": study.version, "uses": [use], "kind": "emergency", "seeks": "restricted",
        "expires": ends, "conditions": LIMITS, "told": ["branches", "compliance"],
        "justification": "Staff try it on questions whose answers they know, while it is validated.",
        "residual": "Wrong answers, which staff correct before they act on them.",
    }, via=VIA).id  # fmt: skip
    approving.sign(ledger, HEAD, asked, approving.reading(ledger, asked).signs, affirms=True, via=VIA)
    approving.decide(ledger, HEAD, asked, "restricted", "A pilot with staff, within limits.", via=VIA)
    passes.issue(ledger, HEAD, asked, via=VIA)
    return version


def _people(ledger: Ledger) -> None:
    for name, role in PEOPLE.items():
        ledger.act("person.added", ADMIN, name, {"name": name.title(), "roles": [role]}, via=VIA)
    approving.propose_policy(ledger, HEAD, reason="The first policy", via=VIA)
    approving.adopt_policy(ledger, APPROVER, "2026.1", reason="The first policy", via=VIA)
    rating.adopt(ledger, "change", HEAD, reason="The first criteria")


def edited(spec: Path) -> Path:
    """Write a study beside *spec* whose prompt has one more sentence; returns its file."""
    prompt = spec.parent / "prompts" / "guide.md"
    other = prompt.with_name("guide-edited.md")
    other.write_text(prompt.read_text(encoding="utf-8") + SENTENCE, encoding="utf-8", newline="\n")
    path = spec.with_name("assistant-edited.yaml")
    text = spec.read_text(encoding="utf-8").replace("prompts/guide.md", "prompts/guide-edited.md")
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
