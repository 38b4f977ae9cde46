"""Monitoring statistics on simulated streams: false alarms, delays beside fixed tests and two peers, and coverage.

``benchmarks/monitoring.py`` runs all and keeps the figures in results-monitoring.json; ``--small`` does a tenth of it
(and keeps nothing), and ``--only PART`` runs one part: false-alarms, delays, late, blind or blocked. False-alarms is a
few minutes of one quiet core; it says how far it is, and keeps each watch when it is done. Peers get environments of
their own under ``work/venvs``, or under the folder ``SECONDLINE_PEERS`` names.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy
from scipy.special import betaln, expit, logit, logsumexp

from secondline.core.estimate import Estimate
from secondline.core.tables import ScoreTable
from secondline.stats.discrimination.auc import area, auc
from secondline.stats.discrimination.curves import Split, split
from secondline.stats.intervals import wilson
from secondline.stats.monitoring import cusum, lags, maturity, reweighted, selection, unlabelled
from secondline.stats.monitoring.nulls import CalibratedWithin, MeanWithin, RateWithin, WindowsWithin
from secondline.stats.monitoring.shares import SharesWithin

HERE = Path(__file__).parent
WORK = Path(os.environ.get("SECONDLINE_PEERS", HERE / "work" / "venvs"))
PEERS = {"nannyml": ["nannyml==0.13.1", "statsmodels"], "evidently": ["evidently==0.7.23", "pandas<3"]}
ALPHA, DAYS, ROWS = 0.05, 365, 1_000
QUIET, DRIFTING = 45, 45
Array = np.ndarray[Any, Any]


def first(null: Any, sums: Array, *, alpha: float = ALPHA, every: int = 14) -> int | None:
    """Return the first look at which a process in mode change alarms: what `Process` does, for all looks at once."""
    days = len(sums)
    totals = np.vstack([np.zeros(sums.shape[1]), np.cumsum(sums, axis=0)])
    starts = np.arange(0, days, every)
    look, order = np.nonzero(np.arange(1, days + 1)[:, None] > starts[None, :])
    parts = np.full((days, len(starts) + 1), -np.inf)
    parts[look, order] = null.log_e(totals[look + 1] - totals[starts[order]]) - np.log((order + 1.0) * (order + 2.0))
    parts[:, -1] = -np.log(np.ceil(np.arange(1, days + 1) / every) + 1.0)
    log_e = logsumexp(parts, axis=1)
    if null.spent:
        cap = 1.0 / (alpha - null.spent)
        log_e = np.minimum(log_e, math.log(cap)) - math.log1p(null.spent * cap)
    hits = np.flatnonzero(log_e >= -math.log(alpha) - 1e-12)
    return int(hits[0]) if len(hits) else None


Case = Callable[[np.random.Generator], int | None]
TENTHS = np.full(10, 0.1)


def _rate(*, base: bool) -> Case:
    def case(rng: np.random.Generator) -> int | None:
        events = rng.binomial(5_000, 0.002, DAYS)
        null = RateWithin(0.002, 0.002, 0.0004)
        if base:
            null = RateWithin.of_baseline(float(rng.binomial(100_000, 0.002)), 1e5, shift=0.0004, alpha=ALPHA)
        return first(null, np.column_stack([np.full(DAYS, 5_000.0), events]))

    return case


def _mean(rng: np.random.Generator) -> int | None:
    null = MeanWithin(0.2, 0.2)
    return first(null, np.array([null.increment(rng.beta(2, 8, 200)) for _ in range(DAYS)]))


def _calibrated(rng: np.random.Generator) -> int | None:
    null = CalibratedWithin()
    p = rng.beta(1, 20, (DAYS, 500))
    y = rng.random(p.shape) < p
    return first(null, np.array([null.increment(a, b) for a, b in zip(p, y, strict=True)]))


def _shares(n: int | None) -> Case:
    def case(rng: np.random.Generator) -> int | None:
        null = SharesWithin(tuple(TENTHS))
        if n:
            null = SharesWithin.of_reference(rng.multinomial(n, TENTHS), alpha=ALPHA)
        return first(null, rng.multinomial(ROWS, TENTHS, DAYS).astype(float))

    return case


def _weekly_auc(rng: np.random.Generator) -> int | None:
    base = _area(rng, 20_000)
    null = WindowsWithin.of_baseline(*base, shift=0.02, alpha=ALPHA, sides="fall")
    return first(null, np.array([null.increment(*_area(rng, 1_000)) for _ in range(52)]), every=4)


def _sequence(rng: np.random.Generator) -> int | None:
    n, s = 2_000.0 * np.arange(1, DAYS + 1), np.cumsum(rng.binomial(2_000, 0.01, DAYS))
    # The interval holds p exactly while the mixture at p is below 1 / alpha.
    mixture = betaln(s + 0.5, n - s + 0.5) - betaln(0.5, 0.5) - s * math.log(0.01) - (n - s) * math.log(0.99)
    hits = np.flatnonzero(mixture >= -math.log(ALPHA))
    return int(hits[0]) if len(hits) else None


def _fixed(rule: Callable[[Array, Array], Array]) -> Case:
    def case(rng: np.random.Generator) -> int | None:
        reference = rng.multinomial(20_000, TENTHS)
        hits = np.flatnonzero(rule(reference, rng.multinomial(ROWS, TENTHS, DAYS)))
        return int(hits[0]) if len(hits) else None

    return case


WATCHES: dict[str, Case] = {
    "rate, known": _rate(base=False), "rate, baseline of 100,000": _rate(base=True), "mean": _mean,
    "calibration": _calibrated, "shares, known": _shares(None), "shares, reference of 5,000": _shares(5_000),
    "weekly AUC, baseline of 20,000": _weekly_auc, "confidence sequence of a rate": _sequence,
    "fixed: chi-square p < 0.05 daily": _fixed(lambda r, c: _chi(r, c) > scipy.stats.chi2.isf(0.05, 9)),
    "fixed: PSI > 0.1 daily": _fixed(lambda r, c: _psi(r, c) > 0.1),
}  # fmt: skip


def false_alarms(runs: int, keep: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Null streams of a year with a look each day: how many ever alarm.

    Each run has a seed of its own, so a watch gives the same figure alone and among the others. *keep* is told after
    each watch, so that what is done is kept when the rest is interrupted.
    """
    out: dict[str, Any] = {"runs": runs, "days": DAYS, "budget": ALPHA, "a start every": 14}
    for number, (name, case) in enumerate(WATCHES.items()):
        out[name] = _repeated(f"{number + 1}/{len(WATCHES)} {name}", case, number, runs)
        print(name, out[name], flush=True)
        keep(out)
    rng = np.random.default_rng([2026, len(WATCHES)])
    return out | {"cusum": _cusum(rng, runs), "adwin": _adwin(rng, runs)}


def _repeated(title: str, case: Case, number: int, runs: int) -> dict[str, Any]:
    start, alarmed = time.perf_counter(), 0
    for done in range(1, runs + 1):
        alarmed += case(np.random.default_rng([2026, number, done])) is not None
        if done % max(runs // 20, 1) == 0:
            seconds = time.perf_counter() - start
            left = seconds / done * (runs - done)
            print(f"{title}: {done} of {runs} years, {alarmed} alarmed, {left:.0f} s left   ", end="\r",
                  file=sys.stderr, flush=True)  # fmt: skip
    print(file=sys.stderr)
    low, high = wilson(alarmed, runs)
    return {"alarmed": alarmed / runs, "low": low, "high": high, "seconds": time.perf_counter() - start}


def _area(rng: np.random.Generator, n: int) -> tuple[float, float]:
    y = (rng.random(n) < 0.1).astype(float)
    found = split(table := ScoreTable.of(rng.normal(1.2 * y, 1.0), y, probability=False))
    assert isinstance(found, Split)
    return (a := area(table, found)).value, a.se


def _psi(reference: Array, current: Array) -> Array:
    p, q = ((x + 0.5) / (x + 0.5).sum(axis=-1, keepdims=True) for x in (reference, current))
    return ((q - p) * np.log(q / p)).sum(axis=-1)


def _chi(reference: Array, current: Array) -> Array:
    n, m = reference.sum(), current.sum(axis=-1, keepdims=True)
    pooled = (reference + current) / (n + m)
    return ((current - m * pooled) ** 2 / (m * pooled) + (reference - n * pooled) ** 2 / (n * pooled)).sum(axis=-1)


def _cusum(rng: np.random.Generator, runs: int) -> dict[str, float]:
    """Return the mean time to a false alarm that was asked for, and the one seen."""
    h = cusum.bernoulli_threshold(365.0, 0.002, 0.003, 5_000)
    value, alarms, days = 0.0, 0, 365 * runs
    for events in rng.binomial(5_000, 0.002, days):
        value = max(0.0, value + cusum.bernoulli_step(float(events), 5_000.0, 0.002, 0.003))
        if value > h:
            value, alarms = 0.0, alarms + 1
    return {"asked": 365.0, "seen": days / max(alarms, 1), "threshold": h}


def _adwin(rng: np.random.Generator, runs: int) -> dict[str, float]:
    from secondline.monitor.adwin import changes

    some = max(runs // 2, 20)
    daily = sum(bool(changes(rng.normal(0.5, 0.05, DAYS).tolist())) for _ in range(some)) / some
    rows = sum(bool(changes((rng.random(20_000) < 0.2).astype(float).tolist())) for _ in range(some // 10)) / (
        some // 10
    )
    return {"a year of daily means, delta 0.002": daily, "20,000 single outcomes, delta 0.002": rows}


def delays(streams: int, peers: int) -> dict[str, Any]:
    """Streams that drift after 45 days: alarms before, and days until the first after."""
    out: dict[str, Any] = {"rows a day": ROWS, "quiet days": QUIET, "drifting days": DRIFTING, "reference": 20_000}
    for name, after in {"small": (2.15, 8.0), "large": (2.6, 8.0)}.items():
        rng = np.random.default_rng(7)
        reference, days = _streams(rng, streams, after)
        cuts = [np.quantile(r, np.arange(1, 10) / 10) for r in reference]
        old = [np.bincount(np.searchsorted(c, r), minlength=10) for c, r in zip(cuts, reference, strict=True)]
        new = [
            np.array([np.bincount(np.searchsorted(c, x), minlength=10) for x in d])
            for c, d in zip(cuts, days, strict=True)
        ]
        found: dict[str, list[list[int]]] = {
            "secondline": [_alarm(SharesWithin.of_reference(a, alpha=ALPHA), b) for a, b in zip(old, new, strict=True)],
            "PSI > 0.1": [np.flatnonzero(_psi(a, b) > 0.1).tolist() for a, b in zip(old, new, strict=True)],
            "PSI > 0.25": [np.flatnonzero(_psi(a, b) > 0.25).tolist() for a, b in zip(old, new, strict=True)],
        }
        part: dict[str, Any] = {"true PSI": _true_psi(after), "streams": streams, "of peers": peers}
        for peer in PEERS if peers else ():
            told = _peer_job(peer, reference[:peers], days[:peers])
            if "alerts" in told:
                found |= {f"{peer} {told['version']}, {rule}": hits for rule, hits in told["alerts"].items()}
            else:
                part[peer] = told
        out[name] = part | {who: _summary(hits) for who, hits in found.items()}
        print(name, json.dumps(out[name], indent=1), flush=True)
    return out


def _streams(rng: np.random.Generator, streams: int, after: tuple[float, float]) -> tuple[Array, Array]:
    days = rng.beta(2, 8, (streams, QUIET + DRIFTING, ROWS))
    days[:, QUIET:] = rng.beta(*after, (streams, DRIFTING, ROWS))
    return rng.beta(2, 8, (streams, 20_000)), days


def _true_psi(after: tuple[float, float]) -> float:
    from scipy.stats import beta

    edges = beta.ppf(np.linspace(0, 1, 11), 2, 8)
    p, q = np.diff(beta.cdf(edges, 2, 8)), np.diff(beta.cdf(edges, *after))
    return float(((q - p) * np.log(q / p)).sum())


def _alarm(null: SharesWithin, days: Array) -> list[int]:
    found = first(null, days.astype(float), every=7)
    return [] if found is None else [found]


def _summary(hits: list[list[int]]) -> dict[str, Any]:
    after = [next((d - QUIET + 1 for d in days if d >= QUIET), None) for days in hits]
    seen = [d for d in after if d is not None]
    whole = [math.inf if d is None else d for d in after]
    return {
        "streams": len(hits),
        "with a false alarm": sum(any(d < QUIET for d in days) for days in hits) / len(hits),
        "false alarms a stream": sum(sum(d < QUIET for d in days) for days in hits) / len(hits),
        "never alarmed": 1 - len(seen) / len(hits),
        "median delay, days": float(np.median(whole)) if 2 * len(seen) > len(hits) else None,
    }


def _peer_job(name: str, reference: Array, days: Array) -> dict[str, Any]:
    rng = np.random.default_rng(11)
    known, covariate, concept = (_blind(rng, len(reference), *x) for x in ((0.0, 1.0), (1.0, 1.0), (0.0, 0.4)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "streams.npz"
        np.savez(path, reference=reference, days=days, cbpe_p=known[0], cbpe_y=known[1], cbpe_covariate=covariate[0],
                 cbpe_concept=concept[0])  # fmt: skip
        python = WORK / name / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[name]], check=False)
        done = subprocess.run(
            [str(python), str(HERE / "peers" / f"{name}_monitor_job.py"), str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    for kind, cases in (("covariate", covariate), ("concept", concept)):
        if kind in told:
            truth = [_auc(p, y) for p, y in zip(*cases, strict=True)]
            CBPE[kind] = float(np.mean(np.abs(np.array(told[kind]) - truth)))
    return told


CBPE: dict[str, float] = {}
"""NannyML's mean absolute error of the AUC, by kind of drift."""


def _blind(
    rng: np.random.Generator, streams: int, shift: float, concept: float, n: int = 10_000
) -> tuple[Array, Array]:
    x, z = rng.normal(shift, 1, (streams, n)), rng.normal(size=(streams, n))
    p, truth = expit(-2.5 + 1.2 * x + 0.5 * z), expit(-2.5 + 1.2 * concept * x + 0.5 * z)
    return p, (rng.random((streams, n)) < truth).astype(float)


def _auc(p: Array, y: Array) -> float:
    found = auc(ScoreTable.of(p, y))
    assert isinstance(found, Estimate)
    return found.value


def blind(runs: int) -> dict[str, Any]:
    """Performance without labels against the truth: under covariate shift right, under concept drift wrong."""
    rng = np.random.default_rng(11)
    out: dict[str, Any] = {"runs": runs}
    for kind, shift, concept in (("none", 0.0, 1.0), ("covariate", 1.0, 1.0), ("concept", 0.0, 0.4)):
        # Weights estimate the population's figure, the other estimates the one that the window's labels will give.
        whole = _auc(*(x[0] for x in _blind(rng, 1, shift, concept, 500_000)))
        rows: dict[str, list[tuple[float, bool]]] = {m: [] for m in ("precision", "recall", "auc", "auc, reweighted")}
        for _ in range(runs):
            (p,), (y,) = _blind(rng, 1, 0.0, 1.0)
            (q,), (late,) = _blind(rng, 1, shift, concept)
            fit, hit = unlabelled.Recalibration.of(p, y), q >= 0.2
            assert isinstance(fit, unlabelled.Recalibration)
            truth = {"precision": late[hit].mean(), "recall": late[hit].sum() / late.sum(), "auc": _auc(q, late)}
            weights = reweighted.by_discriminator(logit(p)[:, None], logit(q)[:, None])
            found = {m: unlabelled.performance(m, q, 0.2, fit) for m in ("precision", "recall", "auc")}
            found["auc, reweighted"] = reweighted.performance(auc, p, y, weights)
            for name, e in found.items():
                t = whole if name == "auc, reweighted" else float(truth[name])
                if isinstance(e, Estimate) and e.low is not None and e.high is not None:
                    rows[name].append((abs(e.value - t), e.low <= t <= e.high))
        out[kind] = {m: {"mean error": float(np.mean([r[0] for r in x])), "covered": float(np.mean([r[1] for r in x]))}
                     for m, x in rows.items() if x}  # fmt: skip
        print(kind, out[kind], flush=True)
    return out


def late(runs: int) -> dict[str, Any]:
    """Projected ultimates against what came in the end: how often the interval holds it."""
    rng, out = np.random.default_rng(5), {}
    for rate in (0.5, 3.0, 30.0, 300.0):
        for age, window in ((0, 30), (20, 7), (5, 1)):
            hits = [x for x in (_late(rng, rate, age, window) for _ in range(runs)) if x is not None]
            share = np.mean(np.array(hits, dtype=float), axis=0)
            out[f"{rate:g} a day, {window} days, the last {age} days ago"] = {
                "runs": len(hits), "0.90": float(share[0]), "0.95": float(share[1]),
                "detection share, 0.95": float(share[2]),
            }  # fmt: skip
    print(json.dumps(out, indent=1), flush=True)
    return out


def _late(rng: np.random.Generator, rate: float, age: int, window: int, days: int = 120) -> list[bool] | None:
    truth, parts = [], []
    for speed, share in ((5.0, 0.6), (12.0, 0.4)):
        count = rng.poisson(rate * share, days)
        made = np.repeat(np.arange(days), count)
        wait = np.minimum(rng.gamma(2, speed, len(made)).astype(int), 60)
        table = lags.Lags.of(made, wait, today=days - 1, first=0, longest=60)
        found, use = lags.curve(table, tail=0.0), np.arange(days - age - window, days - age)
        if not isinstance(found, lags.Curve):
            return None
        truth.append(float(count[use].sum()))
        parts.append(maturity.ultimate(float(table.known[use].sum()), found, table.ages[use], np.ones(window)))
    caught, missed = parts
    if not isinstance(caught, maturity.Projected) or not isinstance(missed, maturity.Projected):
        return None
    share_, eventual = maturity.share_of(caught, missed), sum(truth)
    ends = [missed.interval(level) for level in (0.9, 0.95)]
    inside = [bool(x.low <= truth[1] <= x.high) for x in ends]
    if not isinstance(share_, Estimate) or share_.low is None or share_.high is None or not eventual:
        return [*inside, True]
    return [*inside, share_.low <= truth[0] / eventual <= share_.high]


def blocked(runs: int) -> dict[str, Any]:
    """Rate of all traffic from what was let through: weighted right, naive wrong."""
    rng, rows = np.random.default_rng(3), []
    for _ in range(runs):
        risk = rng.beta(1, 8, 20_000)
        y, chance = (rng.random(20_000) < risk**1.2).astype(float), np.where(risk > 0.3, 0.05, 1.0)
        seen = rng.random(20_000) < chance
        e = selection.rate(y[seen], chance[seen], total=20_000.0)
        assert isinstance(e, Estimate)
        assert e.low is not None
        assert e.high is not None
        truth = y.mean()
        rows.append(
            [e.value - truth, e.detail["horvitz_thompson"] - truth, e.detail["naive"] - truth, e.low <= truth <= e.high]
        )
    mean, se = np.mean(rows, axis=0), np.std(rows, axis=0) / math.sqrt(runs)
    names = ("Hajek error", "Horvitz-Thompson error", "naive error")
    out = {n: [float(mean[i]), float(se[i])] for i, n in enumerate(names)} | {
        "covered at 0.95": float(mean[3]),
        "runs": runs,
    }
    print(out, flush=True)
    return out


RESULTS = HERE / "results-monitoring.json"
FALSE_ALARMS = "false alarms"
OLDER = ("quiet", "quiet, finished at 1,000 runs")
"""What the part about false alarms was called before."""


def _kept(found: dict[str, Any]) -> None:
    """Add what was found to the results; a part that was there is replaced."""
    held = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    whole = held | found
    if "adwin" in whole.get(FALSE_ALARMS, {}):
        whole = {name: value for name, value in whole.items() if name not in OLDER}
    RESULTS.write_text(json.dumps(whole, indent=1) + "\n")


def main() -> None:
    read = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    read.add_argument("--small", action="store_true", help="a tenth of it, and nothing is kept")
    read.add_argument(
        "--only", action="append", choices=PARTS, metavar="PART", help=f"one of {', '.join(PARTS)}; may be repeated"
    )
    asked = read.parse_args()
    scale = 10 if asked.small else 1
    keep: Callable[[dict[str, Any]], None] = (lambda _: None) if asked.small else _kept
    start = time.perf_counter()
    found: dict[str, Any] = {}
    for part in asked.only or PARTS:
        found |= PARTS[part](scale, keep)
        keep(found)
    if CBPE:
        found["NannyML's CBPE, mean error of the AUC"] = CBPE
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    found |= {"seconds": time.perf_counter() - start, "rss_mb": memory, "versions": versions}
    keep(found)


Keep = Callable[[dict[str, Any]], None]
PARTS: dict[str, Callable[[int, Keep], dict[str, Any]]] = {
    "false-alarms": lambda scale, keep: {
        FALSE_ALARMS: false_alarms(1_000 // scale, lambda some: keep({FALSE_ALARMS: some}))
    },
    "delays": lambda scale, _: {"delays": delays(200 // scale, 1 if scale > 1 else 5)},
    "late": lambda scale, _: {"late": late(400 // scale)},
    "blind": lambda scale, _: {"blind": blind(100 // scale)},
    "blocked": lambda scale, _: {"blocked": blocked(1_000 // scale)},
}


if __name__ == "__main__":
    main()
