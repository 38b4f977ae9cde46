"""The card scheme's ratio: frauds reported and disputes over settled transactions, by calendar month."""

from __future__ import annotations

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import SchemeTable
from secondline.stats.intervals import poisson


def vamp(table: SchemeTable, *, level: float = 0.95, above: float = 1500) -> Measured:
    """``(frauds reported + disputes) / settled transactions``, card not present, in the month in which it is highest.

    Counts of transactions without weights, as the scheme counts: one that is reported as fraud and disputed counts
    twice. Only months with more than *above* events are judged, since the scheme's limits apply to no other; ``detail``
    has every month. The interval is that of a Poisson count: it says how far chance alone moves a month, while the
    scheme judges the number itself. Undefined without a settled transaction in any month.
    """
    events = table.reported + table.disputed
    known = table.settled > 0
    months = [
        {
            "month": m,
            "settled": int(s),
            "reported": int(r),
            "disputed": int(d),
            "ratio": float((r + d) / s) if s else None,
        }
        for m, s, r, d in zip(table.months, table.settled, table.reported, table.disputed, strict=True)
    ]
    if not known.any():
        return Undefined(because="no transaction with the card not present was settled", kind="not-applicable")
    judged = known & (events > above)
    ratios = np.where(known, events / np.where(known, table.settled, 1.0), -1.0)
    if not judged.any():
        top = int(np.argmax(ratios))
        return Undefined(
            because=f"no month has more than {above:,.0f} events, so the scheme's limit does not arise; the highest "
            f"ratio is {ratios[top]:.2%} in {table.months[top]} with {events[top]:,.0f} events",
            kind="not-applicable", n=float(table.settled.sum()), events=float(events.sum()),
        )  # fmt: skip
    top = int(np.argmax(np.where(judged, ratios, -1.0)))
    span = poisson(float(events[top]), level)
    settled = float(table.settled[top])
    return Estimate(
        value=float(ratios[top]), low=span.low / settled, high=span.high / settled, level=level,
        method="exact, of a Poisson count of events", n=settled, events=float(events[top]),
        detail={"month": table.months[top], "months": months, "judged above": above,
                "a reported fraud that is disputed": "counts twice"},
    )  # fmt: skip
