"""Sized: how long a window must be to hold the events that its error rests on."""

from __future__ import annotations

from secondline.core.estimate import Estimate
from secondline.govern.records.filing import Metric
from secondline.monitor.evidence import EVENTS
from secondline.monitor.lines import DAYS
from secondline.monitor.steady import SCORE, Days, Fit
from secondline.policy.watching import ORDER, Frequency

SPARE = 2.0
"""Times the fewest events that a window holds on average, since events come in runs and some windows hold half."""


def sized(days: Days, line: Metric, estimate: Estimate) -> Fit:
    """Return how often a line of labels is to be looked at: as it says, or so that its windows hold enough events.

    A window holds ``rows a day x length x events / n`` events on average, by the rows of the reference and the share
    of events in the validation. A window of fewer than 20 enters no process (`evidence.too_few`), so it is to hold
    twice as many. Where no length holds them the longest is taken, and it is said. An estimate that counts no events,
    or a reference of no rows, changes nothing.
    """
    rows = days.counts.get(SCORE)
    if estimate.events is None or not estimate.n or rows is None or not rows.sum():
        return Fit(line.frequency)
    daily = float(rows.sum()) / len(rows) * estimate.events / estimate.n
    longer = ORDER[ORDER.index(line.frequency) :]
    enough: list[Frequency] = [each for each in longer if daily * DAYS[each] >= SPARE * EVENTS]
    if enough == list(longer):
        return Fit(line.frequency)
    fit = enough[0] if enough else ORDER[-1]
    says = f"a {line.frequency} window holds {daily * DAYS[line.frequency]:.3g} events on average, too few for an error"
    return Fit(fit, f"{says}, so it is looked at {fit}" + ("" if enough else ", and still is"))
