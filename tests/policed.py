"""A small policy for tests: five controls of a bank's own, and a model in order by them."""

from __future__ import annotations

from typing import Any

from secondline.policy.packs import Pack, parse_pack

DAY = "2026-11-25"
PACK = """
id: mine
version: "1"
title: Mine
effective_from: "2026-01-01"
own:
  - id: OWN-OWNER
    title: The owner is named
    sources: [{regime: HOUSE, doc: Standard, clause: "1"}]
    check: model.owner != ''
    needs: [model]
  - id: OWN-REVIEW
    title: The model was reviewed lately
    sources: [{regime: HOUSE, doc: Standard, clause: "2"}]
    applies: model.tier in [1, 2]
    check: months(model.last_validated, today) < params.months
    params: {months: 12}
    needs: [model, validations]
  - id: OWN-VERSION
    title: Each version in use is sealed
    about: version
    sources: [{regime: HOUSE, doc: Standard, clause: "3"}]
    applies: version.state == 'in-use'
    check: version.digest != ''
    needs: [versions]
  - id: OWN-LATER
    title: Something of next year
    sources: [{regime: HOUSE, doc: Standard, clause: "4", from: "2027-05-01"}]
    check: "false"
  - id: OWN-BANK
    title: The board has seen a report
    about: bank
    sources: [{regime: HOUSE, doc: Standard, clause: "5"}]
    check: bank.evidence.exists(e, e.kind == 'board-report')
"""


def pack(text: str = PACK) -> Pack:
    """Return the pack."""
    return parse_pack(text, "mine")


def facts(**changes: Any) -> dict[str, Any]:
    """Return the facts of a model in order."""
    model = {"id": "pd", "owner": "olga", "tier": 1, "last_validated": "2026-06-01", **changes.pop("model", {})}
    lists = {
        "versions": [{"id": "pd@1", "state": "in-use", "digest": "a1"}],
        "validations": [{"id": "V-1"}],
        "waivers": [],
        "uses": [],
    }
    return {"model": model, **lists, "bank": {"evidence": []}, "checks": {}, "today": DAY, **changes}
