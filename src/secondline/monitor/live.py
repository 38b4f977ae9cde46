"""Live: measures of how a model is used, which no validation asks: mix, overrides, speed, uses, versions, skew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from secondline.core.errors import UnknownCheck
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.ledger.records import Records
from secondline.monitor.lines import instant_of
from secondline.monitor.skew import parity
from secondline.monitor.traffic import SLOW, Traffic, traffic
from secondline.stats import intervals

if TYPE_CHECKING:
    from secondline.monitor.readings import Window
    from secondline.monitor.state import State

PER_DAY = {"day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
MOST = 50
LIVE = ("active", "restricted")


@dataclass(frozen=True, slots=True)
class Approved:
    """What the passes in force let a model be used for.

    ``uses`` are ids and names, ``digests`` the bytes by version, ``cap`` the fewest decisions a day that a condition
    allows.
    """

    uses: frozenset[str] = frozenset()
    digests: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cap: float | None = None


def approved(records: Records, model: str) -> Approved:
    """Return what is approved of a model now, by its passes in force."""
    passes = [p for state in LIVE for p in records.find("pass", model=model, state=state)]
    uses, digests, caps = set[str](), dict[str, set[str]](), list[float]()
    for one in passes:
        named = dict(one.get("envelope", {}).get("payload", {}).get("names", {}))
        uses |= {*one.get("uses", ()), *(str(name) for name in named.values() if name)}
        digests.setdefault(str(one.get("version", "")), set()).add(str(one.get("digest", "")))
        signed = one.get("envelope", {}).get("payload", {}).get("conditions", ())
        caps += [
            float(c["decisions"]) / PER_DAY[c.get("per", "day")] for c in (*signed, *one.get("limits", ()))
            if c.get("kind") == "volume" and c.get("per", "day") in PER_DAY
        ]  # fmt: skip
    return Approved(frozenset(uses), {v: frozenset(d) for v, d in digests.items()}, min(caps, default=None))


@dataclass(frozen=True, slots=True)
class Live:
    """A measure of use: what it says, and how it is made of the traffic and of what is approved."""

    code: str
    title: str
    unit: str
    of: Callable[[Traffic, Approved], Measured]


def _share(hits: float, n: float, what: str, spread: float = 1.0, **detail: Any) -> Measured:
    """Return a share with Wilson's interval at the effective size; Undefined without anything to share."""
    if n <= 0:
        return Undefined(because=f"there are no {what}", needed=what)
    low, high = intervals.wilson(hits / spread, n / spread)
    method = "Wilson" if spread == 1.0 else "Wilson at the effective size, clusters by entity"
    held = detail if spread == 1.0 else {**detail, "design effect": spread}
    return Estimate(value=hits / n, low=low, high=high, method=method, n=n, events=hits, detail=held)


def _mean(name: str, what: str) -> Callable[[Traffic, Approved], Measured]:
    """Return a mean with its normal interval; decisions of one entity are taken as independent."""

    def of(t: Traffic, _: Approved) -> Measured:
        n, mean, deviation = t.means.get(name, (0.0, 0.0, 0.0))
        if n < 2:  # noqa: PLR2004 - one value has no spread
            return Undefined(because=f"there are no {what}", n=n, needed=what)
        se = deviation / n**0.5
        low, high = intervals.normal(mean, se)
        return Estimate(value=mean, low=low, high=high, method="normal", n=n, detail={"se": se})

    return of


def _exact(count: float, n: float, **detail: Any) -> Measured:
    if n <= 0:
        return Undefined(because="there are no decisions", needed="decisions")
    return Estimate(value=count, method="a count of the decisions delivered", n=n, detail=detail)


def _adverse(t: Traffic, _: Approved) -> Measured:
    mine = t.over("arm", "decision")
    n = sum(k for (arm, _d), k in mine.items() if arm == "champion")
    hits = sum(k for (arm, decision), k in mine.items() if arm == "champion" and decision == "decline")
    return _share(
        hits,
        n,
        "decisions of the champion",
        t.spread.get("adverse", 1.0),
        mix={d: k for (a, d), k in mine.items() if a == "champion"},
    )


def _arm(arm: str) -> Callable[[Traffic, Approved], Measured]:
    def of(t: Traffic, _: Approved) -> Measured:
        return _share(t.count(arm=arm), t.n, "decisions", t.spread.get(arm, 1.0))

    return of


def _overrides(t: Traffic, _: Approved) -> Measured:
    return _share(t.overridden, t.n - t.count(arm="refused"), "decisions", t.spread.get("overridden", 1.0))


def _slow(t: Traffic, _: Approved) -> Measured:
    return _share(t.slow, t.timed, "timed decisions", t.spread.get("slow", 1.0), beyond_ms=SLOW / 1_000)


def _unapproved(t: Traffic, a: Approved) -> Measured:
    """Decisions for a use that no pass in force names; those refused did no harm and do not count."""
    found: Counter[str] = Counter()
    for (arm, use, caller), k in t.over("arm", "use", "caller").items():
        if arm != "refused" and use not in a.uses:
            found[f"{use or '(none)'} by {caller or '(nobody)'}"] += k
    return _exact(sum(found.values()), t.n, unapproved=dict(found.most_common(MOST)))


def _volume(t: Traffic, a: Approved) -> Measured:
    """The busiest day's decisions as a share of the cap of the approval."""
    if a.cap is None:
        return Undefined(because="no pass in force caps the volume", kind="not-applicable")
    return _exact(t.most / a.cap, t.n, most=t.most, cap=a.cap)


def _foreign(t: Traffic, a: Approved) -> Measured:
    """Scored decisions by bytes that no pass in force names for that version."""
    wrong: Counter[str] = Counter()
    for (arm, version, digest), k in t.over("arm", "version", "digest").items():
        if arm in {"champion", "control"} and digest not in a.digests.get(version, frozenset()):
            wrong[f"{version} {digest[:16] or '(none)'}"] += k
    return _exact(sum(wrong.values()), t.n, foreign=dict(wrong))


def _dependencies(t: Traffic, _: Approved) -> Measured:
    """Versions, rules and bytes that no earlier decision had; the first window has nothing before it."""
    if not t.before:
        return Undefined(because="there are no decisions before this window", kind="not-applicable")
    now = {(version, rule, digest) for version, rule, digest in t.over("version", "threshold", "digest")}
    new = sorted(" ".join(filter(None, (v, rule, d[:16]))) for v, rule, d in now - t.before)
    return _exact(len(new), t.n, new=new[:MOST])


def _callers(t: Traffic, a: Approved) -> Measured:
    del a
    found = t.over("caller")
    return _exact(len(found), t.n, callers={key[0]: k for key, k in found.most_common(MOST)})


MEASURES = {
    one.code: one for one in (
        Live("live.adverse_share", "Share declined by the model", "rate", _adverse),
        Live("live.override_rate", "Share that a person decided otherwise", "rate", _overrides),
        Live("live.fallback_share", "Share decided by the fallback rule", "rate", _arm("fallback")),
        Live("live.refused_share", "Share refused by the gateway", "rate", _arm("refused")),
        Live("live.control_share", "Share let through at random", "rate", _arm("control")),
        Live("live.slow_share", "Share decided too late", "rate", _slow),
        Live("live.unapproved_uses", "Decisions for a use that is not approved", "count", _unapproved),
        Live("live.volume_share", "Busiest day as a share of the cap", "rate", _volume),
        Live("live.foreign_versions", "Decisions by bytes that are not approved", "count", _foreign),
        Live("live.new_dependencies", "Versions, rules or bytes not seen before", "count", _dependencies),
        Live("live.mean_score", "Mean score", "", _mean("score", "scored decisions")),
        Live("live.mean_latency", "Mean time to decide, in milliseconds", "ms", _mean("latency", "timed decisions")),
        Live("live.callers", "Callers", "count", _callers),
    )
}  # fmt: skip
SKEW = "live.skew_share"


def live(state: State, records: Records, window: Window, code: str) -> Measured:
    """Return a measure of use of a window.

    Raises:
        UnknownCheck: there is none of this code.
    """
    if code == SKEW:
        return _skew(state, window)
    if code not in MEASURES:
        raise UnknownCheck.among(code, [*MEASURES, SKEW])
    seen = state.once(("traffic", window), lambda: traffic(state, window))
    measured = MEASURES[code].of(seen, approved(records, window.model))
    return _with_libraries(measured, records, window) if code == DEPENDENCIES else measured


DEPENDENCIES = "live.new_dependencies"


def _with_libraries(measured: Measured, records: Records, window: Window) -> Measured:
    """Add the libraries that a gateway reported in the window in another version than before."""
    new = sorted(
        f"{one['gateway']}: {name} {version}" for one in records.find("deployment", model=window.model)
        for name, version in changed(records, str(one["id"]), window.start, window.end).items()
    )  # fmt: skip
    if not new:
        return measured
    if not isinstance(measured, Estimate):
        return Estimate(value=len(new), method="a count of what gateways reported", n=len(new), detail={"new": new})
    held = [*measured.detail.get("new", ()), *new][:MOST]
    return measured.model_copy(
        update={"value": measured.value + len(new), "detail": measured.detail | {"new": held}}
    )  # fmt: skip


def changed(records: Records, deployment: str, start: int, end: int) -> dict[str, str]:
    """Return the libraries whose version a gateway reported anew between two instants, with that version.

    What a gateway reports first is no change.
    """
    known: dict[str, str] = {}
    found: dict[str, str] = {}
    for done in records.past("deployment", deployment):
        told = dict(done.changes.get("libraries") or {})
        at = instant_of(done.at)
        if known and start <= at < end:
            found |= {name: version for name, version in told.items() if known.get(name) != version}
        known = {**known, **told}
    return found


def _skew(state: State, window: Window) -> Measured:
    """Values of features that are not what the batch side has, as a share of the pairs compared."""
    found = [
        p for sides in ("served-batch", "online-batch")
        for p in parity(state, window.model, sides=sides, start=window.start, end=window.end)
        if p.compared
    ]  # fmt: skip
    compared = sum(p.compared for p in found)
    wrong = {p.feature: p.different + p.one_sided for p in found if p.different or p.one_sided}
    if not compared:
        return Undefined(because="no feature has values from two sides", kind="not-applicable")
    return Estimate(value=sum(wrong.values()) / compared, n=compared, events=float(sum(wrong.values())),
                    method="a count of the pairs compared", detail={"differ": wrong})  # fmt: skip
