"""How late frauds become known: the curve F(d) of the reporting lag, and what share of eventual fraud is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases
from secondline.core.tables._arrays import IntArray
from secondline.stats.clusters import Floats, Mask
from secondline.stats.fraud.episodes import fraud, money
from secondline.stats.monitoring.lags import Curve, Lags, curve

DAY = 86_400.0
ENOUGH = 30
DRAWS = 200
SEED = 20261126
CURVE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """Known frauds: the day of the transaction and days until it was known, both whole, and the last day collected."""

    day: IntArray
    lag: IntArray
    kept: Mask
    today: int

    @property
    def age(self) -> IntArray:
        """How many lags of each fraud's day are wholly known."""
        return np.asarray(self.today - self.day + 1)

    def curve(self, weight: Floats, some: Any = slice(None)) -> Curve | None:
        """Return the lag curve of the frauds, or of some of them, with their weight; None where there is none."""
        found = Lags.of(
            self.day[some], self.lag[some], today=self.today, first=int(self.day.min()),
            longest=self.today - int(self.day.min()), amount=weight[some],
        )  # fmt: skip
        told = curve(found)
        return told if isinstance(told, Curve) else None

    def share(self, found: Curve | None, weight: Floats, some: Any = slice(None)) -> float | None:
        """Return known over projected ultimate: each known fraud stands for 1 / F(age); None where an F is 0."""
        if found is None or weight[some].sum() <= 0:
            return None
        come = found.at(self.age[some])
        return float(weight[some].sum() / (weight[some] / come).sum()) if (come > 0).all() else None


def instant(day: str) -> float:
    """Return a day or instant in seconds since 1970; a day means its end."""
    read = datetime.fromisoformat(day)
    seconds = read.replace(tzinfo=read.tzinfo or UTC).timestamp()
    return seconds + DAY - 1 if len(day) == len("2026-06-30") else seconds


def reported(cases: Cases, spec: ModelSpec) -> Reported | Undefined:
    """Return the frauds known by the end of collection; one known before its own day counts as 0 days late."""
    declared = spec.fraud
    if declared is None or declared.known_at is None:
        return Undefined(because="model.yaml does not say under `fraud: known-at` when a fraud became known",
                         kind="not-applicable")  # fmt: skip
    known, time = cases["known_at"], cases["time"]
    usable = fraud(cases) & np.isfinite(known) & np.isfinite(time)
    if not usable.any():
        return Undefined(because="no fraud has both a time and a time at which it became known", events=0,
                         needed=f"{ENOUGH} frauds with both times")  # fmt: skip
    end = instant(declared.known_to) if declared.known_to else float(known[usable].max())
    kept = usable & (known <= end) & (time <= end)
    day, seen = (np.floor(x[kept] / DAY).astype(np.int64) for x in (time, known))
    return Reported(day, np.maximum(seen - day, 0), kept, int(end // DAY))


def _weight(cases: Cases, found: Reported, by: str) -> Floats:
    return np.asarray((money(cases) if by == "value" else cases["weight"])[found.kept])


def label_maturity(
    cases: Cases, spec: ModelSpec, *, level: float = 0.95, by: str = "value", mature: float = 0.9
) -> Measured:
    """Share of the eventual fraud of this population that is known by the end of collection, by *by* (value or count).

    Known over projected ultimate, where a known fraud of age a stands for ``1 / F(a)``; F is the reverse-time
    product-limit curve of the reporting lag in days (`stats.monitoring.lags`). The interval is a percentile bootstrap
    by account (200 seeded draws). F is a share of the lags up to the oldest cohort's age: later reports are beyond
    these data. ``detail`` has the curve, and ``mature after``, the days at which F first reaches *mature*, with the
    last day of transactions that are mature. Undefined below 30 frauds with both times. Sources: Lagakos et al.
    (1988); Kalbfleisch and Lawless (1989).
    """
    found = reported(cases, spec)
    if isinstance(found, Undefined):
        return found
    n = len(found.lag)
    if n < ENOUGH:
        return Undefined(because=f"{n} frauds are too few for a curve of reporting lags", n=n, events=n,
                         needed=f"at least {ENOUGH} frauds with both times")  # fmt: skip
    weight = _weight(cases, found, by)
    told = found.curve(weight)
    value = found.share(told, weight)
    if told is None or value is None:
        return Undefined(because="the youngest cohorts hold too few reports to project the rest", n=n, events=n,
                         needed="later reports of the same transactions")  # fmt: skip
    drawn, tail = _drawn(cases.keys[found.kept], found, weight), (1 - level) / 2
    low, high = (float(np.quantile(drawn, q)) for q in (tail, 1 - tail)) if len(drawn) else (0.0, 1.0)
    after = int(np.argmax(told.shares >= mature))
    return Estimate(
        value=value, low=min(low, value), high=max(high, value), level=level, n=n, events=n,
        method=f"reverse-time hazard; percentile bootstrap by account, {DRAWS} draws, seed {SEED}",
        detail={"by": by, "curve": _points(told.shares), "known": float(weight.sum()),
                "projected ultimate": float(weight.sum() / value), "mature": mature, "mature after": after,
                "mature up to": _day(found.today - after), "known to": _day(found.today),
                "longest lag": len(told.shares) - 1},
        warnings=(f"nothing is said of frauds that become known later than {len(told.shares) - 1} days",),
    )  # fmt: skip


def _drawn(keys: Any, found: Reported, weight: Floats) -> Floats:
    """Return the known share of resampled accounts; draws in which it cannot be told are left out."""
    draw = np.random.default_rng(SEED)
    _, place = np.unique(keys, return_inverse=True)
    count = int(place.max()) + 1
    shares = []
    for _ in range(DRAWS):
        times = np.bincount(draw.integers(0, count, count), minlength=count)[place]
        some = times > 0
        share = found.share(found.curve(weight * times, some), weight * times, some)
        shares += [] if share is None else [share]
    return np.array(shares)


def _points(f: Floats) -> list[dict[str, float]]:
    days = np.unique(np.linspace(0, len(f) - 1, CURVE).round().astype(int))
    return [{"days": int(d), "share": float(f[d])} for d in days]


def _day(number: int) -> str:
    return datetime.fromtimestamp(number * DAY, UTC).date().isoformat()


def immature(cases: Cases, spec: ModelSpec, mature: float, by: str) -> Undefined | None:
    """Return why a measure that rests on labels cannot be told yet; None where it can, or no lag is declared.

    With *mature* 0 whatever is known is told.
    """
    if mature <= 0:
        return None
    found = reported(cases, spec)
    if isinstance(found, Undefined) or len(found.lag) < ENOUGH:
        return None
    weight = _weight(cases, found, by)
    told = found.curve(weight)
    share = found.share(told, weight)
    if told is None or (share is not None and share >= mature):
        return None
    after = int(np.argmax(told.shares >= mature))
    known = "an unknown share" if share is None else f"about {share:.0%}"
    return Undefined(
        because=f"{known} of eventual fraud is known on {_day(found.today)}, and {mature:.0%} must be",
        n=len(cases), events=float(fraud(cases).sum()),
        needed=(f"labels {after} days old: leave out transactions after {_day(found.today - after)}, or collect labels "
                "longer"),
    )  # fmt: skip
