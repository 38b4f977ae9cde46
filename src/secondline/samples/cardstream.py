"""A stream of card transactions whose truth is known: what a model may see, what was true, and what became known when.

Everything here is drawn from distributions stated in `cardholders`, `cardcrime` and `cardlabels`. The same scene gives
the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from secondline.samples import cardcrime, cardholders, cardlabels
from secondline.samples.cardholders import DAY, SECOND, Columns, Ints

HOUR = 3_600 * SECOND
FIRST = 1
"""The number of the first transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What to draw: cards, days from ``start`` on, the day on which the mix of fraud begins to change, and the seed.

    ``fraud`` is the share of fraudulent rows before the drift; ``drift=None`` is a stream in which nothing changes.
    ``moved`` is by how many weeks every time is moved once all is drawn: the same stream, at another date.
    """

    cards: int = 2_000
    start: str = "2025-01-01"
    days: int = 300
    drift: int | None = 240
    fraud: float = 0.006
    seed: int = 1
    moved: int = 0

    @property
    def zero(self) -> int:
        """Microseconds at the start, as moved."""
        return int(np.datetime64(self.start, "us").astype(np.int64)) + self.moved * 7 * DAY


@dataclass(frozen=True)
class Drawn:
    """A drawn stream in order of event time.

    ``transactions`` is all that a model may see. ``truth`` has, row by row, whether it was fraud, the pattern, the
    episode (-1 for none) and whether it is a trap: a holiday spender who looks like a thief. ``labels`` is what became
    known, in the order in which it did; what never became known is not in it.
    """

    transactions: pa.Table
    truth: pa.Table
    labels: pa.Table

    @cached_property
    def at(self) -> Ints:
        """The event times in microseconds."""
        return np.asarray(self.transactions["at"].cast(pa.int64()).to_numpy())

    @cached_property
    def known(self) -> Ints:
        """When each label became known, in microseconds."""
        return np.asarray(self.labels["known"].cast(pa.int64()).to_numpy())


@dataclass(frozen=True, slots=True)
class Step:
    """What happened in one stretch of time, up to ``until`` (microseconds, not included)."""

    until: int
    transactions: pa.Table
    labels: pa.Table


def draw(scene: Scene) -> Drawn:
    """Draw a scene. A million transactions take a few seconds."""
    rng = np.random.default_rng(scene.seed)
    who = cardholders.holders(scene.cards, scene.days, rng)
    bought = cardholders.genuine(who, np.datetime64(scene.start), scene.days, rng)
    parts = [bought, *cardcrime.crimes(who, bought, scene.days, scene.drift, scene.fraud, rng)]
    rows = {name: np.concatenate([part[name] for part in parts]) for name in bought}
    order = np.lexsort((rows["cents"], rows["card"], rows["at"]))
    order = order[rows["at"][order] < scene.days * DAY]
    rows = {name: values[order] for name, values in rows.items()}
    known = cardlabels.labels(rows, rng)
    return Drawn(_transactions(scene, who, rows), _truth(rows), _known(scene, known))


def stream(start: int | None = None, seed: int = 1, *, scene: Scene | None = None, step: int = HOUR) -> Iterator[Step]:
    """Yield a scene's stretches of *step* microseconds in order, from *start* (microseconds; left out, from its start).

    Each has the transactions that happened in it and the labels that became known in it, labels of transactions before
    *start* included. It ends when the last label is known.
    """
    scene = scene or Scene(seed=seed)
    drawn = draw(scene)
    return steps(drawn, scene.zero if start is None else start, step)


def steps(drawn: Drawn, start: int, step: int = HOUR) -> Iterator[Step]:
    """Yield what `stream` yields, of a stream that is drawn already."""
    last = max(int(drawn.at.max(initial=start)), int(drawn.known.max(initial=start)))
    for until in range(start + step, last + step + 1, step):
        a, b = np.searchsorted(drawn.at, (until - step, until))
        c, d = np.searchsorted(drawn.known, (until - step, until))
        yield Step(until, drawn.transactions.slice(a, b - a), drawn.labels.slice(c, d - c))


def labelled(drawn: Drawn, as_of: int | None = None) -> pa.Array:
    """Return 1 for each transaction reported as fraud by *as_of* (microseconds; left out, ever), else 0.

    One whose report was withdrawn by then reads 0, and so does one not reported yet: right only of old ones.
    """
    rows = drawn.labels["transaction"].to_numpy() - FIRST
    told = drawn.known <= (np.iinfo(np.int64).max if as_of is None else as_of)
    value = np.zeros(drawn.transactions.num_rows, np.int8)
    # Labels stand in the order in which they became known, so a later revision is written last.
    for revision in range(2):
        chosen = told & (drawn.labels["revision"].to_numpy() == revision)
        value[rows[chosen]] = drawn.labels["value"].to_numpy()[chosen]
    return pa.array(value)


def _transactions(scene: Scene, who: cardholders.Holders, rows: Columns) -> pa.Table:
    n = len(rows["at"])
    return pa.table(
        {
            "id": pa.array(np.arange(FIRST, FIRST + n)),
            "at": _time(scene, rows["at"]),
            "card": _tokens("c", rows["card"]),
            "merchant": _tokens("m", rows["merchant"]),
            "amount": rows["cents"] / 100.0,
            "category": _words(cardholders.CATEGORIES, rows["category"]),
            "channel": _words(cardholders.CHANNELS, rows["channel"]),
            "country": _words(cardholders.COUNTRIES, rows["country"]),
            "region": _words(cardholders.REGIONS, who.region[rows["card"]]),
            "code": rows["category"],
            "online": (rows["channel"] == cardholders.ONLINE).astype(np.int64),
            "abroad": (rows["country"] != cardholders.HOME).astype(np.int64),
            "tapped": (rows["channel"] == cardholders.CONTACTLESS).astype(np.int64),
            "device_new": rows["device_new"],
            "hour": rows["at"] // HOUR % 24,
            "weekday": (rows["at"] // DAY + int(np.datetime64(scene.start, "D").astype(np.int64)) + 3) % 7,
            "card_days": who.opened[rows["card"]] + rows["at"] // DAY,
        }
    )


def _truth(rows: Columns) -> pa.Table:
    return pa.table(
        {
            "id": pa.array(np.arange(FIRST, FIRST + len(rows["at"]))),
            "fraud": (rows["pattern"] > 0).astype(np.int8),
            "pattern": _words(cardcrime.NAMES, rows["pattern"]),
            "episode": rows["episode"],
            "trap": rows["trap"].astype(np.int8),
        }
    )


def _known(scene: Scene, labels: Columns) -> pa.Table:
    return pa.table(
        {
            "transaction": labels["row"] + FIRST,
            "value": labels["value"].astype(np.int8),
            "known": _time(scene, labels["known"]),
            "kind": _words(cardlabels.KINDS, labels["kind"]),
            "revision": labels["revision"],
            "amount": labels["cents"] / 100.0,
        }
    )


def _time(scene: Scene, at: Ints) -> pa.Array:
    return pa.array(at + scene.zero, pa.int64()).cast(pa.timestamp("us"))


def _words(words: tuple[str, ...], codes: Ints) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), pa.array(words)).cast(pa.string())


def _tokens(letter: str, numbers: Ints) -> pa.Array:
    unique, codes = np.unique(numbers, return_inverse=True)
    return _words(tuple(f"{letter}{number:06d}" for number in unique), codes)
