"""Once: one look at a model in use, from the readings its plan lacks to what is done; for whoever looks, and when."""

from __future__ import annotations

from secondline.ledger.store import Ledger
from secondline.monitor.lines import instant_of, lines_of, plan_in_force
from secondline.monitor.memory import Lasting
from secondline.monitor.state import State
from secondline.monitor.taking import take
from secondline.monitor.watching import Watched, watch


def look_once(
    ledger: Ledger, state: State, model: str, actor: str, now: int | None = None, *, version: str = ""
) -> tuple[Watched, list[str]]:
    """Read what the lines of a model's approved plan lack by *now*, judge them and act as the plan says.

    *now* is in microseconds, the ledger's present when left out; *version* is the one in use when left out. Returns
    what was seen, and what could not be read and why.

    Raises:
        SpecError: the model is not on record or has no approved plan.
    """
    lines = lines_of(plan_in_force(ledger.records, model))
    chosen = version or str(ledger.records.need("model", model).get("version_in_use") or "")
    instant = instant_of(ledger.clock()) if now is None else now
    readings, troubles = take(state, ledger.records, lines, instant, version=chosen)
    return watch(ledger, Lasting(state), readings, model, actor, version=chosen), troubles
