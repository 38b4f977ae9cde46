"""Episodes: for each account with fraud, when it began, when it was detected, and what money came before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from secondline.core.tables import Cases
from secondline.stats.clusters import Floats, Mask

ALERT, MODEL, RULE = "alert", "model", "rule"


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """One line an account with fraud.

    ``first`` is the time of its first fraud and ``detected`` that of the first alert not before it (NaN: never);
    ``alerted`` whether any of its frauds was itself alerted. Money is weighted: ``value`` of all its frauds,
    ``hit`` of those alerted, ``saved`` of those after detection (or from it on).
    """

    keys: npt.NDArray[np.uint64]
    first: Floats
    detected: Floats
    alerted: Mask
    value: Floats
    hit: Floats
    saved: Floats


def fraud(cases: Cases) -> Mask:
    """Return which cases are known frauds."""
    return np.asarray(cases["label"] == 1)


def money(cases: Cases) -> Floats:
    """Return the weighted amount of each case."""
    return np.asarray(cases["amount"] * cases["weight"])


def episodes(cases: Cases, saved: str = "after-alert") -> Episodes:
    """Return the episodes of all accounts with fraud.

    *saved* "after-alert" counts frauds strictly later than the detecting alert; "from-alert" those at its instant too,
    and a fraud that was alerted itself. An alert before the first fraud of an account detects nothing.
    """
    is_fraud, worth = fraud(cases), money(cases)
    keys, place = np.unique(cases.keys[is_fraud], return_inverse=True)
    first, detected = np.full(len(keys), np.inf), np.full(len(keys), np.inf)
    np.minimum.at(first, place, np.nan_to_num(cases["time"][is_fraud], nan=np.inf))
    owner, raised = _owned(cases, keys, cases["alert"] > 0)
    at = np.nan_to_num(cases["alerted_at"][raised], nan=np.inf)
    good = at >= first[owner]
    np.minimum.at(detected, owner[good], at[good])
    time, hit = cases["time"][is_fraud], cases["alert"][is_fraud] > 0
    after = time > detected[place]
    if saved == "from-alert":
        after = after | (time == detected[place]) | hit

    def total(mask: Mask) -> Floats:
        return np.asarray(np.bincount(place, worth[is_fraud] * mask, minlength=len(keys)), dtype=np.float64)

    alerted = np.bincount(place, hit, minlength=len(keys)) > 0
    none = np.full(len(keys), np.nan)
    return Episodes(
        keys, np.where(np.isfinite(first), first, none), np.where(np.isfinite(detected), detected, none), alerted,
        total(np.ones(len(place), dtype=bool)), total(hit), total(after),
    )  # fmt: skip


def _owned(cases: Cases, keys: npt.NDArray[np.uint64], chosen: Mask) -> tuple[npt.NDArray[np.int64], Mask]:
    """Return the place among *keys* of the chosen cases that belong to one of them, and which cases those are."""
    place = np.searchsorted(keys, cases.keys)
    mine = chosen & (place < len(keys))
    mine[mine] = keys[place[mine]] == cases.keys[mine]
    return place[mine].astype(np.int64), mine
