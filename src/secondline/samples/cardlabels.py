"""How fraud becomes known: reports that come days or weeks late or never, disputes that are not fraud, withdrawals."""

from __future__ import annotations

import numpy as np

from secondline.samples.cardcrime import PATTERNS
from secondline.samples.cardholders import DAY, ONLINE, Columns, Ints

SPREAD = 0.7
"""Of the logarithm of the days until a report."""
DISPUTED = 0.0004
"""Share of genuine purchases on the web that their own buyer disputes."""
WITHDRAWN = 0.6
RECOVERED = 0.1
"""Share of losses of which a part is recovered before they are reported."""
TINY = 500
"""Cents below which a holder often does not notice."""
KINDS = ("chargeback", "customer-report")


def labels(rows: Columns, rng: np.random.Generator) -> Columns:
    """Return what is reported, in the order in which it becomes known: row, value, known, kind, revision, cents.

    All rows of an episode are reported together, within half a day, some days after the last of them; a few never are.
    A friendly dispute says 1 of a genuine purchase, and most are withdrawn later by a revision that says 0.
    """
    found = [_reported(rows, rng), *_disputes(rows, rng)]
    joined = {name: np.concatenate([part[name] for part in found]) for name in found[0]}
    order = np.lexsort((joined["revision"], joined["row"], joined["known"]))
    return {name: values[order] for name, values in joined.items()}


def _reported(rows: Columns, rng: np.random.Generator) -> Columns:
    fraud = np.flatnonzero(rows["pattern"])
    pattern, episode = rows["pattern"][fraud] - 1, rows["episode"][fraud]
    last = np.full(int(episode.max(initial=-1)) + 1, np.iinfo(np.int64).min)
    np.maximum.at(last, episode, rows["at"][fraud])
    delay = np.exp(SPREAD * rng.standard_normal(len(last)))[episode] * np.array([p.lag for p in PATTERNS])[pattern]
    known = last[episode] + np.floor((delay + 0.5 * rng.random(len(fraud))) * DAY).astype(np.int64)
    unseen = np.where(rows["cents"][fraud] < TINY, 0.6, np.array([p.never for p in PATTERNS])[pattern])
    told = rng.random(len(fraud)) >= unseen
    cents = rows["cents"][fraud]
    lost = np.where(
        rng.random(len(fraud)) < RECOVERED, np.floor(cents * rng.random(len(fraud))).astype(np.int64), cents
    )
    kind = np.array([KINDS.index(p.kind) for p in PATTERNS])[pattern]
    return _labels(fraud[told], 1, known[told], kind[told], 0, lost[told])


def _disputes(rows: Columns, rng: np.random.Generator) -> list[Columns]:
    genuine = np.flatnonzero((rows["pattern"] == 0) & (rows["channel"] == ONLINE))
    row = genuine[rng.random(len(genuine)) < DISPUTED * np.minimum(rows["cents"][genuine] / 4_000, 4.0)]
    known = rows["at"][row] + np.floor(25 * np.exp(0.5 * rng.standard_normal(len(row))) * DAY).astype(np.int64)
    taken = rng.random(len(row)) < WITHDRAWN
    later = known[taken] + np.floor((5 + 30 * rng.random(int(taken.sum()))) * DAY).astype(np.int64)
    kind = np.zeros(len(row), np.int64)
    return [
        _labels(row, 1, known, kind, 0, rows["cents"][row]),
        _labels(row[taken], 0, later, kind[taken], 1, np.zeros(len(later), np.int64)),
    ]


def _labels(row: Ints, value: int, known: Ints, kind: Ints, revision: int, cents: Ints) -> Columns:
    n = len(row)
    return {
        "row": row,
        "value": np.full(n, value),
        "known": known,
        "kind": kind,
        "revision": np.full(n, revision),
        "cents": cents,
    }
