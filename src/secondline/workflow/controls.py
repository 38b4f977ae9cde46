"""Controls at the gate: what the adopted packs ask of a model; blocking ones close, the others are only said."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.ledger.records import Records
from secondline.policy.coverage import Verdict, demands
from secondline.workflow.policy import adoptions, table
from secondline.workflow.verdict import Reason

OWN = ("MRM-APR-",)
"""Controls that the approval itself will meet are no reason against it."""
NAMED = 5


def _asked(look: Records, model: str, day: str) -> list[Verdict]:
    held = adoptions(look)
    if not held:
        return []
    return [v for v in table(look, demands(held, day), day, [model], bank=False)[model].values() if v.counts]


def failing(look: Records, model: str, day: str) -> tuple[str, ...]:
    """Return the blocking controls that a model does not meet, each with why, for whoever signs its approval."""
    return tuple(
        f"{v.control} {v.title}: {v.because}"[:400] for v in _asked(look, model, day)
        if v.level == "block" and v.status == "not_met" and not v.control.startswith(OWN)
    )  # fmt: skip


def policy_reasons(look: Records, model: str, day: str) -> Iterator[Reason]:
    """Return the blocking controls that fail, and in one note those that only warn or cannot be decided."""
    found = [v for v in _asked(look, model, day) if v.status in {"not_met", "undecided"}]
    for v in found:
        if v.level == "block" and v.status == "not_met":
            nxt = f"Meet {v.control}, or have it waived: secondline policy --help."
            yield Reason(f"control {v.control}", v.control, "no", f"{v.title}: {v.because}", ", ".join(v.records), nxt)
    others = [v.control for v in found if v.level != "block" or v.status == "undecided"]
    if others:
        more = f" and {len(others) - NAMED} more" if len(others) > NAMED else ""
        yield Reason("other controls", "", "warn", f"Not met or undecided: {', '.join(others[:NAMED])}{more}")
