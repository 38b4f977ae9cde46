"""Permitting: whether the bank lets a language model write: the gate's answer, where its policy asks for one."""

from __future__ import annotations

from secondline.assist.writers import Chosen
from secondline.core.errors import Refused, SpecError
from secondline.govern.levels import policy_in_force
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.policy.coverage import demands
from secondline.workflow.gate import Artefact, gate, split
from secondline.workflow.policy import adoptions

APPROVED = "MRM-APR-01"
"""The control that lets nothing be used without an approval in force."""
MOST_REASONS = 5
WITHOUT = " Templates write without."


def demanded(look: Records, day: str) -> str:
    """Return who demands that what is used is approved; empty where nobody does.

    That is a policy of approvals in force, or an adopted pack that asks for ``MRM-APR-01`` on the day.
    """
    asked = demands(adoptions(look), day).get(APPROVED)
    if asked is not None and asked.now:
        return f"control {APPROVED} of {', '.join(dict.fromkeys(one.pack for one in asked.by if one.now))}"
    try:
        policy_in_force(look)
    except SpecError:
        return ""
    return "a policy of approvals is in force"


def permitted(ledger: Ledger, writer: Chosen) -> str:
    """Return on what ground a writer may write.

    Templates need no permission: they are part of the product, and write what the evidence says.

    Raises:
        Refused: the bank's policy demands an approved entry, and the gate does not open for this one.
        SpecError: the entry is not written as MODEL@VERSION.
    """
    who = demanded(ledger.records, ledger.today)
    if not who:
        return "no policy on record demands an approved entry"
    declared = writer.declared
    if not declared.entry or not declared.use:
        raise Refused(
            f"The bank's policy ({who}) demands that a writer is approved, and this one names no entry. Register the "
            "assistant, evaluate it (`secondline assist evaluate --entry MODEL@VERSION`), have it approved, and name "
            f"`entry` and `use` in writer.yaml.{WITHOUT}"
        )
    split(declared.entry)
    try:
        verdict = gate(ledger, declared.entry, declared.use, artefact=Artefact(b"", writer.digest))
    except SpecError as error:
        raise Refused(f"The bank's policy ({who}) demands that a writer is approved. {error}{WITHOUT}") from error
    if verdict.word == "open":
        return f"the gate is {verdict.line} for {declared.entry}"
    shut = [f"{r.name}: {r.text}. {r.next}".strip() for r in verdict.reasons if r.holds in {"no", "unknown"}]
    raise Refused(
        f"The bank's policy ({who}) demands that a writer is approved, and the gate is {verdict.line} for "
        f"{declared.entry}. {' '.join(shut[:MOST_REASONS])}{WITHOUT}"
    )
