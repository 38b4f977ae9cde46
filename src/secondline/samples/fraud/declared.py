"""The features of the card-fraud study: what the champion and the sequence model read, and how each is made."""

from __future__ import annotations

from typing import Any

from secondline.core.declared.velocity import Velocities

STEPS = 8
"""Transactions of the card's past that the sequence model reads, beside the one that is asked about."""
NOW = ("amount", "code", "online", "abroad", "tapped", "device_new", "hour", "weekday", "card_days")
"""What the transaction itself says."""
PAST: tuple[dict[str, Any], ...] = (
    {"id": "card_1h", "aggregate": "count", "window": "1h"},
    {"id": "card_24h", "aggregate": "count", "window": "24h"},
    {"id": "card_7d", "aggregate": "count", "window": "7d"},
    {"id": "spent_24h", "aggregate": "sum", "column": "amount", "window": "24h"},
    {"id": "spent_7d", "aggregate": "sum", "column": "amount", "window": "7d"},
    {"id": "usual_amount", "aggregate": "mean", "column": "amount", "window": "30d"},
    {"id": "highest_amount", "aggregate": "max", "column": "amount", "window": "30d"},
    {"id": "against_usual", "aggregate": "ratio", "column": "amount", "window": "30d"},
    {"id": "shops_24h", "aggregate": "distinct", "column": "merchant", "window": "24h", "current": True},
    {"id": "since_last", "aggregate": "since-last", "window": "30d"},
    {"id": "online_24h", "aggregate": "count", "window": "24h", "where": {"online": 1}},
    {"id": "tiny_3d", "aggregate": "count", "window": "3d", "where": {"online": 1, "amount": {"max": 5}}},
    {"id": "abroad_24h", "aggregate": "count", "window": "24h", "where": {"abroad": 1}},
    {"id": "abroad_30d", "aggregate": "count", "window": "30d", "where": {"abroad": 1}},
    {"id": "new_devices_7d", "aggregate": "sum", "column": "device_new", "window": "7d"},
    {"id": "same_kind_30d", "aggregate": "count", "window": "30d", "entity": ("card", "code")},
    {"id": "same_shop_30d", "aggregate": "count", "window": "30d", "entity": ("card", "merchant")},
    {"id": "shop_24h", "aggregate": "count", "window": "24h", "entity": "merchant"},
    {"id": "against_shop", "aggregate": "ratio", "column": "amount", "window": "7d", "entity": "merchant"},
)
LAGGED = {"was": "amount", "ago": "at", "was_code": "code", "was_online": "online", "was_abroad": "abroad",
          "was_new": "device_new"}  # fmt: skip
CHAMPION = (*NOW, *(feature["id"] for feature in PAST))
"""What the champion reads, in order."""
SEQUENCE = (*NOW, *(f"{name}_{k + 1}" for name in LAGGED for k in range(STEPS)))
"""What the sequence model reads, in order: flat columns, so that whatever serves the champion serves it too."""


def velocities() -> Velocities:
    """Return the declaration of all features, with lags for the sequence model; rows may be an hour late."""
    lags = [
        {"id": name, "aggregate": "lag", "column": column, "window": "30d", "last": STEPS}
        for name, column in LAGGED.items()
    ]
    features = [{"entity": "card"} | feature for feature in (*PAST, *lags)]
    return Velocities.model_validate({"decimals": {"amount": 2, "device_new": 0}, "late": "1h", "features": features})
