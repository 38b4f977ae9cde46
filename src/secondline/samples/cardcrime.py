"""What criminals do: five patterns, how often each occurs on a day, and their transactions as whole columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from secondline.samples.cardholders import (
    CASH,
    CHIP,
    CONTACTLESS,
    CONTACTLESS_LIMIT,
    DAY,
    DIGITAL,
    ELECTRONICS,
    FAR,
    FASHION,
    FUEL,
    GROCERY,
    HOME,
    HOUSEHOLD,
    NEAR,
    ONLINE,
    SECOND,
    SHARE,
    TRAVEL,
    Columns,
    Holders,
    Ints,
    cents_of,
    merchants,
    moments,
)
from secondline.samples.extras import Floats

HOUR = 3_600 * SECOND


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of stealing: its share of fraudulent rows before and after the drift, and what its episodes look like.

    ``rows`` are the least and most transactions of an episode, spread over ``hours``. Amounts are log-normal about
    ``median``. ``lag`` is the median of days until the report, ``never`` the share that nobody ever reports.
    """

    name: str
    before: float
    after: float
    rows: tuple[int, int]
    hours: float
    median: float
    spread: float
    channel: int
    categories: tuple[int, ...]
    lag: float
    never: float
    kind: str
    new_device: float = 0.0
    abroad: float = 0.0


PATTERNS = (
    Pattern("stolen card", 0.30, 0.12, (3, 9), 9.0, 95.0, 0.7, CHIP, (ELECTRONICS, FUEL, CASH, FASHION), 1.5, 0.03,
            "customer-report"),
    Pattern("cloned at a terminal", 0.22, 0.09, (1, 4), 30.0, 140.0, 0.6, CHIP, (ELECTRONICS, CASH, FASHION), 7.0, 0.06,
            "chargeback", abroad=0.85),
    Pattern("account taken over", 0.26, 0.12, (2, 6), 20.0, 170.0, 0.7, ONLINE, (ELECTRONICS, TRAVEL, FASHION), 11.0,
            0.08, "customer-report", new_device=0.8),
    Pattern("tested, then cashed out", 0.22, 0.09, (4, 9), 40.0, 210.0, 0.6, ONLINE, (ELECTRONICS, TRAVEL), 24.0, 0.12,
            "chargeback", new_device=0.35),
    Pattern("card in a stranger's wallet", 0.0, 0.58, (3, 7), 60.0, 88.0, 0.45, CONTACTLESS,
            (GROCERY, HOUSEHOLD, FASHION), 20.0, 0.15, "chargeback"),
)  # fmt: skip
"""The last one rises with the drift: a card put into a phone, used nearby, for amounts nobody looks twice at."""
NAMES = ("none", *(pattern.name for pattern in PATTERNS))
STOLEN, CLONED, TESTED = 0, 1, 3
ANYTHING, TAPPED = 0.25, 0.6
"""Shares: of purchases of any kind whatever the pattern, and of small ones with a stolen card that are tapped."""
RAMP = 21
"""Days the drift takes."""
MORE = 1.5
"""By how much all fraud grows with it."""


def mix(days: int, drift: int | None) -> Floats:
    """Return each pattern's share of the usual number of frauds, one row a day; they add to 1 before the drift."""
    moved = np.zeros(days) if drift is None else np.clip((np.arange(days) - drift) / RAMP, 0, 1)
    before, after = (np.array([getattr(pattern, when) for pattern in PATTERNS]) for when in ("before", "after"))
    return np.asarray(before + moved[:, None] * (MORE * after - before))


def crimes(
    who: Holders, bought: Columns, days: int, drift: int | None, rate: float, rng: np.random.Generator
) -> list[Columns]:
    """Draw every pattern's transactions; *rate* is the share of all rows that are fraudulent before the drift."""
    a_day = rate / (1 - rate) * len(bought["at"]) / days
    found, first = [], 0
    for number, pattern in enumerate(PATTERNS):
        expected = mix(days, drift)[:, number] * a_day / (sum(pattern.rows) / 2)
        day = np.repeat(np.arange(days), rng.poisson(expected))
        begin = day * DAY + moments(15.0 + 4.5 * rng.standard_normal(len(day)), rng)
        card = _skimmed(bought, begin, rng) if number == CLONED else rng.integers(0, len(who.rate), len(day))
        found.append(_episodes(who, number, card, begin, rng))
        found[-1]["episode"] += first
        first += len(day)
    return found


def _skimmed(bought: Columns, begin: Ints, rng: np.random.Generator) -> Ints:
    """Return whose card is used: somebody who paid at the terminal that was compromised in the two weeks before.

    Ten terminals at a time are compromised, each for ten days, and a terminal in use is replaced by the next.
    """
    present = np.flatnonzero((bought["channel"] != ONLINE) & (bought["country"] == HOME))
    at, merchant, card = (bought[name][present] for name in ("at", "merchant", "card"))
    spell = (begin // (10 * DAY)) - 1
    chosen = np.zeros(len(begin), np.int64)
    for number in np.unique(spell):
        mine = np.flatnonzero(spell == number)
        inside = (at >= max(number, 0) * 10 * DAY) & (at < (max(number, 0) + 1) * 10 * DAY)
        bad = rng.choice(np.unique(merchant[inside]), 10) if inside.any() else np.array([], np.int64)
        victims = np.unique(card[inside & np.isin(merchant, bad)])
        chosen[mine] = rng.choice(victims if len(victims) else np.unique(card), len(mine))
    return chosen


def _episodes(who: Holders, number: int, victim: Ints, begin: Ints, rng: np.random.Generator) -> Columns:
    """Return the rows of all episodes of a pattern, each with the number of its episode."""
    pattern = PATTERNS[number]
    rows = rng.integers(pattern.rows[0], pattern.rows[1] + 1, len(victim))
    episode, place = np.repeat(np.arange(len(victim)), rows), _places(rows)
    card, n = victim[episode], int(rows.sum())
    at = begin[episode] + np.floor(rng.random(n) * pattern.hours * HOUR).astype(np.int64)
    at = np.where(place == 0, begin[episode], at)
    category = np.where(
        rng.random(n) < ANYTHING, rng.integers(0, len(SHARE), n), rng.choice(np.array(pattern.categories), n)
    )
    abroad = (rng.random(len(victim)) < pattern.abroad)[episode]
    country = np.where(abroad, rng.choice((NEAR, FAR), n), HOME)
    wealth = np.sqrt(who.wealth[card]) if pattern.channel != CONTACTLESS else 1.0
    amount = pattern.median * wealth * np.exp(pattern.spread * rng.standard_normal(n))
    if number == TESTED:
        tests = place < rows[episode] - 2
        # A script tries the card: within minutes, several times in one second.
        tried = begin[episode] + (place // 2) * 45 * SECOND
        later = begin[episode] + np.floor((6 + rng.random(n) * (pattern.hours - 6)) * HOUR).astype(np.int64)
        at, category = np.where(tests, tried // SECOND * SECOND, later), np.where(tests, DIGITAL, category)
        amount = np.where(tests, 0.5 + 2 * rng.random(n), amount)
    online, cents = np.full(n, pattern.channel == ONLINE), cents_of(amount, category)
    # A thief taps what needs no secret number.
    taps = (number == STOLEN) & (cents <= CONTACTLESS_LIMIT) & (rng.random(n) < TAPPED)
    return {
        "at": at,
        "card": card,
        "category": category,
        "channel": np.where(taps, CONTACTLESS, pattern.channel),
        "country": country,
        "merchant": merchants(category, online, country, who.region[card], rng),
        "cents": cents,
        "device_new": (online & (rng.random(n) < pattern.new_device)).astype(np.int64),
        "pattern": np.full(n, number + 1),
        "episode": episode.astype(np.int64),
        "trap": np.zeros(n, np.int64),
    }


def _places(rows: Ints) -> Ints:
    """Return 0, 1, 2 ... within each episode."""
    ends = np.cumsum(rows)
    return np.arange(int(rows.sum())) - np.repeat(ends - rows, rows)
