"""Card holders, merchants and what is genuine: habits, hours, seasons and holidays, drawn as whole columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from secondline.samples.extras import Floats

Ints = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]
"""The columns of drawn rows, coded as whole numbers: at, card, merchant, category, channel, country, cents ..."""
DAY, SECOND = 86_400_000_000, 1_000_000
CATEGORIES = (
    "grocery", "restaurant", "fuel", "fashion", "electronics", "travel", "digital", "household", "cash",
    "entertainment",
)  # fmt: skip
GROCERY, RESTAURANT, FUEL, FASHION, ELECTRONICS, TRAVEL, DIGITAL, HOUSEHOLD, CASH, ENTERTAINMENT = range(10)
SHARE = np.array([0.27, 0.16, 0.08, 0.08, 0.04, 0.03, 0.13, 0.09, 0.04, 0.08])
MEDIAN = np.array([28.0, 21.0, 45.0, 48.0, 95.0, 160.0, 9.0, 38.0, 70.0, 18.0])
SPREAD = np.array([0.6, 0.55, 0.35, 0.7, 0.85, 0.9, 0.7, 0.7, 0.5, 0.6])
ONLINE_SHARE = np.array([0.07, 0.12, 0.0, 0.45, 0.5, 0.8, 1.0, 0.3, 0.0, 0.35])
REGIONS = ("east", "north", "south", "west")
COUNTRIES = ("home", "near", "far")
CHANNELS = ("chip", "contactless", "online")
CHIP, CONTACTLESS, ONLINE = range(3)
HOME, NEAR, FAR = range(3)
BLOCK = 60
"""Merchants of one category in one place; places are the regions, the web, and the two countries abroad."""
PLACES = len(REGIONS) + 3
WEB, ABROAD = len(REGIONS), len(REGIONS)
WEEK = np.array([0.94, 0.93, 0.96, 1.0, 1.14, 1.18, 0.85])
YEAR = np.array([0.94, 0.93, 0.97, 0.98, 1.0, 1.01, 1.03, 1.0, 0.98, 0.99, 1.05, 1.14])
CONTACTLESS_LIMIT = 5_000
"""Cents above which only a phone may tap."""
# Shares of genuine rows.
MORE_AWAY, HOLIDAY_TASTE, IN_SHOPS_AWAY, NEW_DEVICE, WHOLE_SECONDS, ANY_HOUR = 0.8, 0.5, 0.8, 0.05, 0.2, 0.07
HOLIDAYS = 2


@dataclass(frozen=True, slots=True)
class Holders:
    """Everybody's habits: one entry a card."""

    region: Ints
    rate: Floats
    """Genuine transactions a day."""
    wealth: Floats
    hour: Floats
    online: Floats
    """How much likelier than others to buy on the web."""
    taste: Floats
    """Cumulative shares of the categories, one row a card."""
    holiday: Ints
    """First days of the holidays abroad, one column each, -1 for none."""
    holiday_days: Ints
    opened: Ints
    """Days since the card was opened, at the start."""

    def away(self, card: Ints, day: Ints) -> NDArray[np.bool_]:
        """Whether a card's holder is abroad on a day."""
        first, last = self.holiday[card], self.holiday[card] + self.holiday_days[card]
        return np.asarray(np.any((first >= 0) & (day[:, None] >= first) & (day[:, None] < last), axis=1))


def holders(cards: int, days: int, rng: np.random.Generator) -> Holders:
    """Draw the habits of so many holders. A quarter of them go abroad in half a year, a few of them twice."""
    taste = rng.gamma(SHARE * 25.0, size=(cards, len(SHARE)))
    going = rng.random((cards, HOLIDAYS)) < np.array([0.25, 0.08]) * days / 182
    return Holders(
        region=rng.choice(len(REGIONS), cards, p=(0.3, 0.2, 0.3, 0.2)),
        rate=np.clip(rng.gamma(2.2, 0.85, cards), 0.15, 8.0),
        wealth=np.exp(0.35 * rng.standard_normal(cards)),
        hour=rng.choice(np.array([12.5, 16.0, 19.0]), cards, p=(0.3, 0.45, 0.25)),
        online=np.exp(0.6 * rng.standard_normal(cards)),
        taste=np.cumsum(taste, axis=1) / taste.sum(axis=1, keepdims=True),
        holiday=np.where(going, rng.integers(0, max(days, 1), (cards, HOLIDAYS)), -1),
        holiday_days=rng.integers(5, 16, (cards, HOLIDAYS)),
        opened=rng.integers(20, 3_000, cards),
    )


def genuine(who: Holders, start: np.datetime64, days: int, rng: np.random.Generator) -> Columns:
    """Draw what all holders buy. Abroad they spend more and more often, as thieves do: the trap of fraud models."""
    counts = rng.poisson(who.rate * days)
    card = np.repeat(np.arange(len(counts)), counts)
    day = rng.choice(days, len(card), p=_season(start, days))
    away = who.away(card, day)
    again = np.flatnonzero(away & (rng.random(len(card)) < MORE_AWAY))
    card, day, away = (np.concatenate([x, x[again]]) for x in (card, day, away))
    n = len(card)
    category = np.minimum((who.taste[card] < rng.random(n)[:, None]).sum(axis=1), len(SHARE) - 1)
    category = np.where(
        away & (rng.random(n) < HOLIDAY_TASTE), rng.choice((RESTAURANT, TRAVEL, CASH, FASHION), n), category
    )
    online = rng.random(n) < np.clip(ONLINE_SHARE[category] * who.online[card], 0, (category != CASH) * 0.97)
    online &= ~(away & (rng.random(n) < IN_SHOPS_AWAY))
    abroad = away & ~online
    amount = MEDIAN[category] * who.wealth[card] * np.exp(SPREAD[category] * rng.standard_normal(n))
    cents = cents_of(amount * np.where(abroad, 1.7, 1.0), category)
    country = np.where(abroad, np.where(card % 3 == 0, FAR, NEAR), HOME)
    hour = np.where(online, who.hour[card] + 2.5, who.hour[card]) + 3.4 * rng.standard_normal(n)
    hour = np.where(rng.random(n) < ANY_HOUR, 24 * rng.random(n), hour)
    tapped = ~online & (rng.random(n) < np.where(cents <= CONTACTLESS_LIMIT, 0.75, 0.25))
    return {
        "at": day * DAY + moments(hour, rng),
        "card": card,
        "category": category,
        "channel": np.where(online, ONLINE, np.where(tapped, CONTACTLESS, CHIP)),
        "country": country,
        "merchant": merchants(category, online, country, who.region[card], rng),
        "cents": cents,
        "device_new": (online & (rng.random(n) < NEW_DEVICE)).astype(np.int64),
        "pattern": np.zeros(n, np.int64),
        "episode": np.full(n, -1, np.int64),
        "trap": abroad.astype(np.int64),
    }


def moments(hour: Floats, rng: np.random.Generator) -> Ints:
    """Return the microsecond of the day; one terminal in five knows only whole seconds."""
    at = np.floor((hour % 24.0) * 3_600 * SECOND).astype(np.int64)
    return np.where(rng.random(len(at)) < WHOLE_SECONDS, at // SECOND * SECOND, at)


def cents_of(amount: Floats, category: Ints) -> Ints:
    """Return whole cents, at least 30; cash comes in tens."""
    cents = np.maximum(np.round(amount * 100).astype(np.int64), 30)
    return np.where(category == CASH, np.maximum((cents + 500) // 1_000 * 1_000, 1_000), cents)


def merchants(category: Ints, online: NDArray[Any], country: Ints, region: Ints, rng: np.random.Generator) -> Ints:
    """Draw a merchant of the category where the card is used; a few merchants have most of the trade."""
    place = np.where(online, WEB, np.where(country == HOME, region, ABROAD + country))
    rank = np.floor(BLOCK * rng.random(len(category)) ** 2.0).astype(np.int64)
    return (category * PLACES + place) * BLOCK + rank


def _season(start: np.datetime64, days: int) -> Floats:
    dates = start.astype("datetime64[D]") + np.arange(days)
    month = dates.astype("datetime64[M]").astype(np.int64) % 12
    weekday = (dates.astype(np.int64) + 3) % 7
    weight = YEAR[month] * WEEK[weekday]
    return np.asarray(weight / weight.sum())
