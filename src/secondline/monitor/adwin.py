"""ADWIN: where a row of readings changed, when nothing is known of how it may change.

For a scalar without a null and without a law, such as a latency or a mean score. It promises no rate of false alarms
over an unlimited horizon; what was measured is in `docs/reference/monitoring.md`. Where a null can be
stated, `stats/monitoring/sequential.py` is better.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from secondline.core.errors import MissingExtra, SpecError


def changes(values: Sequence[float], *, delta: float = 0.002, low: float = 0.0, high: float = 1.0) -> list[int]:
    """Return the places at which ADWIN saw a change in the mean of *values* so far.

    Values are scaled from [low, high] to [0, 1], as its bound assumes. *delta* bounds the chance of a false alarm at
    one cut, not over all. It is a function of the whole row: readings are kept, so no state needs to be. Source:
    Bifet and Gavaldà (2007), SIAM Data Mining, as in river. Raises MissingExtra without river.
    """
    if not low < high:
        raise SpecError(f"The range of the values must have low below high; got {low} and {high}.")
    try:
        from river.drift import ADWIN
    except ImportError as missing:
        raise MissingExtra.needs("ADWIN", "drift") from missing
    detector: Any = ADWIN(delta=delta, clock=1)  # type: ignore[no-untyped-call]  # river has no types
    found = []
    for place, value in enumerate(values):
        detector.update((value - low) / (high - low))
        if detector.drift_detected:
            found.append(place)
    return found
