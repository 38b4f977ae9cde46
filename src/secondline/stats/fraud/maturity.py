"""How late frauds become known: the curve F(d) of the reporting lag, and what share of eventual fraud is known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Cases
from secondline.stats.fraud.clusters import Floats, Mask
from secondline.stats.fraud.episodes import fraud, money

DAY = 86_400.0
ENOUGH = 30
DRAWS = 200
SEED = 20261126
CURVE = 60


@dataclass(frozen=True, slots=True, eq=False)
class Lags:
    """Known frauds: whole days from transaction to knowledge, and days from transaction to the end of collection."""

    lag: Floats
    age: Floats
    kept: Mask
    known_to: float


def instant(day: str) -> float:
    """Return a day or instant in seconds since 1970; a day means its end."""
    read = datetime.fromisoformat(day)
    seconds = read.replace(tzinfo=read.tzinfo or UTC).timestamp()
    return seconds + DAY - 1 if len(day) == len("2026-06-30") else seconds


def lags(cases: Cases, spec: ModelSpec) -> Lags | Undefined:
    """Return the lags of frauds known by the end of collection; those known before they happened count as 0 days."""
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
    lag = np.maximum(np.floor((known[kept] - time[kept]) / DAY), 0.0)
    age = np.maximum(np.floor((end - time[kept]) / DAY), lag)
    return Lags(lag, age, kept, end)


def curve(lag: Floats, age: Floats, weight: Floats) -> Floats:
    """Return F(0), F(1), ... up to the greatest age: the share of lags of at most d days, among those up to that age.

    A fraud is seen only if its lag is at most its age, so lags are truncated on the right. Turned round in time they
    are truncated on the left: ``F(d) = prod over t > d of (1 - r(t))`` where r(t) is the weight of lags of t days over
    that of lags of at most t days in cohorts at least t days old. Source: Lagakos, Barraj and De Gruttola (1988),
    Biometrika 75, 515; Kalbfleisch and Lawless (1989), JASA 84, 360.
    """
    days = int(age.max()) + 1
    at = np.bincount(lag.astype(np.int64), weight, minlength=days)
    younger = np.concatenate([[0.0], np.cumsum(np.bincount(age.astype(np.int64), weight, minlength=days))[:-1]])
    exposed = np.cumsum(at) - younger
    hazard = np.divide(at, exposed, out=np.zeros(days), where=exposed > 0)
    factors = np.clip(1.0 - hazard, 0.0, 1.0)
    return np.concatenate([np.cumprod(factors[::-1])[::-1][1:], [1.0]])


def known_share(lag: Floats, age: Floats, weight: Floats) -> float | None:
    """Return known over projected ultimate: each known fraud stands for 1 / F(age); None where an F is 0."""
    f = curve(lag, age, weight)[age.astype(np.int64)]
    return float(weight.sum() / (weight / f).sum()) if (f > 0).all() else None


def label_maturity(
    cases: Cases, spec: ModelSpec, *, level: float = 0.95, by: str = "value", mature: float = 0.9
) -> Measured:
    """Share of the eventual fraud of this population that is known by the end of collection, by *by* (value or count).

    Known over projected ultimate, where a known fraud of age a stands for ``1 / F(a)``; F is the reverse-time
    product-limit curve of the reporting lag in days. The interval is a percentile bootstrap by account (200 seeded
    draws). F is a share of the lags up to the oldest cohort's age: later reports are beyond these data. ``detail``
    has the curve, and ``mature after``, the days at which F first reaches *mature*, with the last day of transactions
    that are mature. Undefined below 30 frauds with both times. Sources: Lagakos et al. (1988); Kalbfleisch and
    Lawless (1989).
    """
    found = lags(cases, spec)
    if isinstance(found, Undefined):
        return found
    n = len(found.lag)
    if n < ENOUGH:
        return Undefined(because=f"{n} frauds are too few for a curve of reporting lags", n=n, events=n,
                         needed=f"at least {ENOUGH} frauds with both times")  # fmt: skip
    weight = (money(cases) if by == "value" else cases["weight"])[found.kept]
    value = known_share(found.lag, found.age, weight) if weight.sum() > 0 else None
    if value is None:
        return Undefined(because="the youngest cohorts hold too few reports to project the rest", n=n, events=n,
                         needed="later reports of the same transactions")  # fmt: skip
    drawn = _drawn(cases.keys[found.kept], found.lag, found.age, weight)
    tail = (1 - level) / 2
    low, high = (float(np.quantile(drawn, q)) for q in (tail, 1 - tail)) if len(drawn) else (0.0, 1.0)
    f = curve(found.lag, found.age, weight)
    after = int(np.argmax(f >= mature))
    return Estimate(
        value=value, low=min(low, value), high=max(high, value), level=level,
        method=f"reverse-time product limit; percentile bootstrap by account, {DRAWS} draws, seed {SEED}", n=n, events=n,
        detail={"by": by, "curve": _drawn_curve(f), "known": float(weight.sum()),
                "projected ultimate": float(weight.sum() / value), "mature": mature, "mature after": after,
                "mature up to": _day(found.known_to - after * DAY), "known to": _day(found.known_to),
                "oldest days": int(found.age.max())},
    )  # fmt: skip


def _drawn(keys: np.ndarray, lag: Floats, age: Floats, weight: Floats) -> Floats:
    """Return the known share of resampled accounts; draws in which it cannot be told are left out."""
    draw = np.random.default_rng(SEED)
    _, place = np.unique(keys, return_inverse=True)
    count = int(place.max()) + 1
    shares = []
    for _ in range(DRAWS):
        times = np.bincount(draw.integers(0, count, count), minlength=count)[place]
        some = times > 0
        share = known_share(lag[some], age[some], (weight * times)[some]) if (weight * times).sum() > 0 else None
        shares += [] if share is None else [share]
    return np.array(shares)


def _drawn_curve(f: Floats) -> list[dict[str, float]]:
    days = np.unique(np.linspace(0, len(f) - 1, CURVE).round().astype(int))
    return [{"days": int(d), "share": float(f[d])} for d in days]


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def immature(cases: Cases, spec: ModelSpec, mature: float, by: str) -> Undefined | None:
    """Return why a measure that rests on labels cannot be told yet; None where it can, or no lag is declared."""
    found = lags(cases, spec)
    if isinstance(found, Undefined) or len(found.lag) < ENOUGH:
        return None
    weight = (money(cases) if by == "value" else cases["weight"])[found.kept]
    share = known_share(found.lag, found.age, weight) if weight.sum() > 0 else None
    if share is not None and share >= mature:
        return None
    after = int(np.argmax(curve(found.lag, found.age, weight) >= mature))
    known = "an unknown share" if share is None else f"about {share:.0%}"
    return Undefined(
        because=f"{known} of eventual fraud is known on {_day(found.known_to)}, and {mature:.0%} must be",
        n=len(cases), events=float(fraud(cases).sum()),
        needed=(f"labels {after} days old: leave out transactions after {_day(found.known_to - after * DAY)}, or "
                "collect labels longer"),
    )  # fmt: skip
