"""Plan: the monitoring plan of the live example: the proposal, as its owner edits it before it is approved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.ledger.store import Ledger
from secondline.monitor.planning import dealt_anew, propose
from secondline.monitor.steady import Days

SETTLED, EARLY = 30, 10
"""Days after which most of what is ever reported is reported, by the lags of this stream; and enough to project it."""
RESTRICTED = ({
    "kind": "population", "column": "amount", "high": 200.0,
    "because": "While fraud gets past the model, what is large is looked at by a person.",
},)  # fmt: skip
ACTING = ("fraud.value_detection", "projected")
"""The line on which red restricts the pass: fraud that is stopped, by value, projected to the reports still to come.

Its levels are halfway nearer to the validated figure than proposed: one theft of five that gets past is enough.
"""
SHARE = 16.0
"""How many times another line's part of the false-alarm budget the owner gives to that line."""
LEFT_OUT = ("live.slow_share", "live.mean_latency")
"""Here a day of payments passes in seconds, each in a queue."""


def monitoring_form(ledger: Ledger, model: str, run: str, days: Days | None = None) -> dict[str, Any]:
    """Return the plan that the owner drafts: the proposal, with the lag of this stream, and what red does at once.

    *days* is the reference by day: by it what differs between weekdays is looked at weekly.
    """
    proposed = propose(ledger, model, run=run, days=days).form
    kept = [line for line in proposed["metrics"] if line["metric"] not in LEFT_OUT]
    return dealt_anew({**proposed, "owner": "olga", "metrics": [_edited(line) for line in kept]})


def _edited(line: Mapping[str, Any]) -> dict[str, Any]:
    edited = {name: value for name, value in line.items() if name != "stop_use"}
    if edited.get("lag_days"):
        # A day has some ten frauds, on three or four cards.
        edited |= {"frequency": "weekly", "looks": 52} if edited["frequency"] == "daily" else {}
        edited["lag_days"] = EARLY if edited["basis"] == "projected" else SETTLED
    if (edited["metric"], edited["basis"]) == ACTING:
        amber, red = float(edited["amber"]), float(edited["red"])
        edited |= {
            "action": "restrict, then revalidate", "limits": list(RESTRICTED), "budget": SHARE * edited["budget"],
            "amber": amber + (amber - red) / 2.0, "red": amber,
        }  # fmt: skip
    elif "restrict" in edited.get("action", "") or "suspend" in edited.get("action", ""):
        edited["action"] = "investigate"
    return edited
