"""Coverage and width of intervals for a judge's rate, in cells of known truth, with and without clusters.

``python benchmarks/judge_coverage.py`` prints a table and writes results-judge-coverage.json beside itself; ``--small``
takes a tenth of the runs and writes nothing. In each run a judge with known sensitivity and specificity grades 1,000
answers and people label 100 or 300 of them, half from each verdict (for the estimators that need it: all at random).
The floor is the naive interval of the judge's own verdicts, and the peer people alone on the same labels. It is the
permanent test of `tests/stats/genai/test_coverage.py` at full size.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from answers import drawn  # noqa: E402 - the generator of the tests
from secondline.stats import intervals  # noqa: E402
from secondline.stats.genai import correction  # noqa: E402
from secondline.stats.genai.labelled import Labelled, labelled  # noqa: E402
from secondline.stats.intervals import Interval  # noqa: E402

RUNS = {"alone": 1_500, "clustered": 1_000}
LEVEL, DRAWS = 0.95, 4_000
# Truth, Se, Sp, clusters, cases in each, intra-cluster correlation, labels.
CELLS = [
    (0.95, 0.97, 0.70, 1000, 1, 0.0, 100), (0.80, 0.90, 0.80, 1000, 1, 0.0, 100), (0.98, 0.98, 0.60, 1000, 1, 0.0, 100),
    (0.60, 0.85, 0.85, 1000, 1, 0.0, 100), (0.95, 0.97, 0.70, 50, 20, 0.20, 100), (0.80, 0.90, 0.80, 50, 20, 0.20, 100),
    (0.80, 0.90, 0.80, 20, 50, 0.20, 100), (0.95, 0.97, 0.70, 50, 20, 0.05, 100), (0.80, 0.90, 0.80, 50, 20, 0.20, 300),
    (0.95, 0.97, 0.70, 200, 5, 0.20, 100), (0.95, 0.97, 0.70, 50, 20, 0.20, 300),
]  # fmt: skip


def alone(rows: Labelled) -> Labelled:
    """Return the rows as if each were a cluster of its own."""
    return Labelled(rows.f, rows.y, rows.weight, np.arange(len(rows)), rows.planned)


def estimators(by_verdict: Labelled, at_random: Labelled) -> dict[str, Interval | None]:
    """Return the interval of each method."""
    known, y = at_random.known, at_random.y
    passed, n = float(y[known].sum()), float(known.sum())
    good, bad = known & (y == 1), known & (y == 0)
    rest = ~known
    gladen = correction.rogan_gladen(
        float(at_random.f[rest].sum()), float(rest.sum()), float(at_random.f[good].sum()), float(good.sum()),
        float((1 - at_random.f[bad]).sum()), float(bad.sum()), LEVEL,
    )  # fmt: skip
    people = correction.human_only(by_verdict, LEVEL)
    return {
        "naive judge": intervals.wilson(float(at_random.f.sum()), len(at_random), LEVEL),
        "people alone, random labels": intervals.wilson(passed, n, LEVEL),
        "people alone, labels by verdict": people.span if people else None,
        "Rogan-Gladen, Lee": gladen.span if gladen else None,
        "PPI, lambda 1": correction.ppi(alone(at_random), LEVEL, tuning=1.0).span,
        "PPI++": correction.ppi(alone(at_random), LEVEL).span,
        "PPI++ at the effective size": correction.ppi(at_random, LEVEL).span,
        "Horvitz-Thompson, CR1": correction.horvitz_thompson(at_random, LEVEL).span,
        "by verdict, independent rows": correction.by_verdict(alone(by_verdict), LEVEL, draws=DRAWS).span,
        "by verdict at the effective size": correction.by_verdict(by_verdict, LEVEL, draws=DRAWS).span,
        "by verdict at the effective size, random labels": correction.by_verdict(at_random, LEVEL, draws=DRAWS).span,
    }


def cell(given: tuple[float, float, float, int, int, float, int], runs: int) -> dict[str, Any]:
    """Return coverage, width and undefined share of each method in one cell."""
    theta, se, sp, clusters, size, icc, labels = given
    hits: dict[str, list[bool]] = {}
    widths: dict[str, list[float]] = {}
    undefined: dict[str, int] = {}
    for seed in range(runs):
        both = []
        for plan in (True, False):
            _, f, label, chance, cluster = drawn(theta, se, sp, clusters, size, icc, labels, seed, by_verdict=plan)
            both.append(labelled(f, label, chance, cluster.astype(np.int64)))
        for name, span in estimators(*both).items():
            undefined[name] = undefined.get(name, 0) + (span is None)
            if span is not None:
                hits.setdefault(name, []).append(span.low <= theta <= span.high)
                widths.setdefault(name, []).append(span.high - span.low)
    found = {
        name: {"coverage": float(np.mean(hits[name])), "width": float(np.mean(widths[name])),
               "undefined": undefined[name] / runs}
        for name in hits
    }  # fmt: skip
    peer = found["people alone, labels by verdict"]["width"]
    ours = found["by verdict at the effective size"]["width"]
    names = ("truth", "Se", "Sp", "clusters", "cases each", "ICC", "labels")
    described = dict(zip(names, given, strict=True))
    return {"cell": described, "runs": runs, "Monte Carlo se": math.sqrt(0.05 * 0.95 / runs),
            "width over people alone": ours / peer, "methods": found}  # fmt: skip


def speed() -> dict[str, float]:
    """Return the milliseconds of one corrected estimate, and of the naive interval as the floor."""
    _, f, label, chance, cluster = drawn(0.95, 0.97, 0.7, 50, 20, 0.2, 100, 1)
    rows = labelled(f, label, chance, cluster.astype(np.int64))
    start = time.process_time()
    for _ in range(50):
        correction.by_verdict(rows, LEVEL)
    ours = (time.process_time() - start) / 50
    start = time.process_time()
    for _ in range(2_000):
        intervals.wilson(float(rows.f.sum()), len(rows), LEVEL)
    floor = (time.process_time() - start) / 2_000
    return {"by verdict, 1,000 rows, ms": 1e3 * ours, "Wilson, ms": 1e3 * floor, "ratio": ours / floor}


def told(done: dict[str, Any]) -> dict[str, Any]:
    """Print what one cell found and return it."""
    ours = done["methods"]["by verdict at the effective size"]
    naive, people = (done["methods"][name] for name in ("naive judge", "people alone, labels by verdict"))
    print(
        f"{done['cell']}: by verdict {ours['coverage']:.3f} / {ours['width']:.3f}, naive {naive['coverage']:.3f}, "
        f"people {people['coverage']:.3f} / {people['width']:.3f}", flush=True,
    )  # fmt: skip
    return done


def main() -> None:
    """Simulate, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a tenth of the runs, and no file")
    small = parser.parse_args().small
    start = time.perf_counter()
    cells = [told(cell(c, (RUNS["clustered"] if c[5] else RUNS["alone"]) // (10 if small else 1))) for c in CELLS]
    held = [c["methods"]["by verdict at the effective size"]["coverage"] for c in cells]
    found = {
        "coverage of the corrected judge, lowest and highest": [min(held), max(held)],
        "aim": [0.93, 0.97], "cells": cells, "speed": speed(), "seconds": time.perf_counter() - start,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {name: version(name) for name in ("numpy", "scipy")} | {"python": platform.python_version()},
    }  # fmt: skip
    print(json.dumps({k: v for k, v in found.items() if k != "cells"}, indent=1))
    if not small:
        (HERE / "results-judge-coverage.json").write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
