"""Rules of restriction: what a pass allows less than was signed, and how that ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Situation
from secondline.govern.approvals import may_resume
from secondline.govern.conditions import LIMITING, plain


def narrows(now: Situation) -> None:
    """What a restriction adds narrows the use."""
    kinds = {c.kind for c in now.form.limits}
    if not kinds <= LIMITING | {"until"}:
        raise SpecError(f"A restriction narrows the use: {', '.join(sorted(LIMITING | {'until'}))}.")


def restricted(now: Situation) -> Mapping[str, Any]:
    """Return the conditions that hold from now on: earlier restrictions stay."""
    before = list(now.doc.get("limits", ()))
    added = [c for c in plain(now.form.limits) if c not in before]
    return {"limits": [*before, *added], **({"alarm": now.form.alarm} if now.form.alarm else {})}


def may_release(now: Situation) -> None:
    """A restriction is lifted by somebody independent, when the alarm that called for it is closed."""
    may_resume(now)
    alarm = now.look.get("alarm", str(now.doc.get("alarm") or "")) or {}
    if alarm and alarm.get("state") != "closed":
        raise OutOfTurn(f"{alarm['id']}, which called for the restriction of {now.id}, is {alarm['state']}.")


def resumed(now: Situation) -> Mapping[str, Any]:
    """Return the state before the suspension: a restriction outlives it."""
    return {"state": "restricted" if now.doc.get("limits") else "active"}
