"""The rows of the card-fraud study: the stream with its features, cut by time, labels as they were known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from secondline.frames.velocity import featured
from secondline.samples.cardholders import DAY
from secondline.samples.cardstream import Drawn, Scene, draw, labelled
from secondline.samples.extras import Floats
from secondline.samples.fraud.declared import velocities

Matrix = np.ndarray[tuple[int, int], np.dtype[np.float32]]
OBSERVED = "last_seen"
"""When the latest row happened that a row's features saw."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Days of the study, counted from the start of the stream.

    The first ``warm`` days fill the windows. Development runs to ``fitted``. It was developed at ``developed``: labels
    known by then count. The rows up to ``tested`` are out of time, and their labels those known at ``live``, when the
    model goes live.
    """

    warm: int = 30
    fitted: int = 135
    developed: int = 165
    tested: int = 195
    live: int = 240


SCENE = Scene(cards=1_500, start="2025-01-01", days=360, drift=264, seed=20_251_126)
"""The stream of the study: 45 calm days after it goes live, then the mix of fraud changes."""
CALENDAR = Calendar()
KEPT = 21
"""Days at the end of development that no fit sees."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Development and out-of-time rows with features, labels and (apart) the truth."""

    development: pa.Table
    out_of_time: pa.Table
    drawn: Drawn


def rows(scene: Scene = SCENE, calendar: Calendar = CALENDAR) -> Rows:
    """Draw the stream, compute the features of the days before it goes live, and cut them by time."""
    drawn = draw(scene)
    day = (drawn.at - scene.zero) // DAY
    past = drawn.transactions.slice(0, int(np.searchsorted(day, calendar.live)))
    made = featured(past, velocities(), observed=OBSERVED)
    seen = made[OBSERVED].cast(pa.timestamp("us"))
    made = made.set_column(made.column_names.index(OBSERVED), OBSERVED, seen)

    def cut(first: int, last: int, known: int) -> pa.Table:
        a, b = (int(place) for place in np.searchsorted(day, (first, last)))
        label = labelled(drawn, scene.zero + known * DAY)[a:b]
        return made.slice(a, b - a).append_column("fraud", label)

    return Rows(
        cut(calendar.warm, calendar.fitted, calendar.developed),
        cut(calendar.developed, calendar.tested, calendar.live),
        drawn,
    )


def matrix(table: pa.Table, features: tuple[str, ...]) -> Matrix:
    """Return features as a served model gets them: 32-bit, NaN where unknown."""
    columns = [table[name].to_numpy(zero_copy_only=False) for name in features]
    return np.stack([np.asarray(column, dtype=np.float64).astype(np.float32) for column in columns], axis=1)


def label(table: pa.Table) -> Floats:
    """Return the label as numbers."""
    return np.asarray(table["fraud"].to_numpy(), dtype=np.float64)


def kept_back(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which development rows are of the last days: for calibration and threshold, unseen by any fit."""
    at = np.asarray(table["at"].cast(pa.int64()).to_numpy())
    return np.asarray(at >= at.max() - KEPT * DAY)


def held_out(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which rows are of the cards that no fit may see: one in eight, by their number."""
    number = np.array([int(card[1:]) for card in table["card"].to_pylist()])
    return np.asarray(number % 8 == 0)
