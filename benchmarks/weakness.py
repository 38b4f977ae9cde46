"""Weak regions: how often planted ones are found, how often none is imagined, and seconds beside two peers.

``benchmarks/weakness.py`` runs all and keeps the figures in results-weakness.json; ``recovery``, ``quiet`` or ``speed``
runs one. Peers get environments of their own under ``work/venvs``, or under the folder ``SECONDLINE_PEERS`` names.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from secondline.core.tables import Sample
from secondline.stats.robustness import weakness
from secondline.stats.robustness.confirm import Weakness

HERE = Path(__file__).parent
WORK = Path(os.environ.get("SECONDLINE_PEERS", HERE / "work" / "venvs"))
SEEDS, ROWS, FEATURES = 200, 20_000, 20
FRESH = 50_000
"""The first seed of both simulations: the search was designed on others, and has not been changed since."""
PEERS = {"validmind": ["validmind==2.15.0", "pyarrow<22"], "sliceline": ["sliceline==0.3.0", "pandas", "pyarrow"]}


def draw(rows: int, seed: int, odds: float = 1.0, level: float = 0.0) -> tuple[Sample, np.ndarray[Any, Any]]:
    """Draw normal features, a right probability of about 13 % and outcomes; 5 % of rows have their odds multiplied.

    The planted region is ``x3`` in its upper fifth and ``x4`` in its lower quarter. *level* moves all log-odds alike.
    """
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(rows, FEATURES))
    logit = -2.2 + 0.6 * x[:, 0] + 0.4 * x[:, 1] - 0.5 * x[:, 2]
    bad = (x[:, 3] > 0.8416) & (x[:, 4] <= -0.6745)
    truth = 1 / (1 + np.exp(-(logit + level + np.log(odds) * bad)))
    label = (rng.random(rows) < truth).astype(float)
    columns = {f"x{k}": x[:, k] for k in range(FEATURES)} | {"@score": 1 / (1 + np.exp(-logit)), "@label": label}
    return Sample(rows, rows, rng.integers(0, 1 << 62, rows).astype(np.uint64), columns), bad


def found(rows: Sample) -> weakness.Weaknesses:
    """Cut the features at the rows' own deciles and search."""
    cuts = weakness.cut_all(rows.first(100_000), [f"x{k}" for k in range(FEATURES)])
    searched = weakness.search(rows, cuts)
    assert isinstance(searched, weakness.Weaknesses)
    return searched


def overlap(rows: Sample, region: Weakness, bad: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Return the planted share of a region's rows, and the rows in both over the rows in either."""
    inside = np.ones(rows.size, dtype=bool)
    for condition in region.conditions:
        values = rows.columns[condition["column"]]
        inside &= (values > condition.get("above", -np.inf)) & (values <= condition.get("at_most", np.inf))
    both = (inside & bad).sum()
    return float(both / inside.sum()), float(both / (inside | bad).sum())


def recovery() -> dict[str, Any]:
    """200 portfolios of 20,000 rows with a planted region of 5 % whose odds are doubled."""
    alike: list[tuple[float, float]] = []
    effects = []
    for seed in range(FRESH, FRESH + SEEDS):
        rows, bad = draw(ROWS, seed, odds=2.0)
        sure = [w for w in found(rows).found if w.confirmed and w.kind == "understated"]
        best = max(sure, key=lambda w: overlap(rows, w, bad)[1], default=None)
        alike.append((0.0, 0.0) if best is None else overlap(rows, best, bad))
        effects += [] if best is None else [best.effect]
    return {
        "seeds": SEEDS, "rows": ROWS, "planted": "two features, 5 % of rows, odds x 2",
        "anything confirmed": float(np.mean([planted > 0 for planted, _ in alike])),
        "recovered: a confirmed region most of whose rows are planted": float(np.mean([a > 0.5 for a, _ in alike])),
        "and that shares half of the rows in either": float(np.mean([b >= 0.5 for _, b in alike])),
        "median rows in both over rows in either": float(np.median([b for _, b in alike])),
        "median observed over predicted": float(np.median(effects)),
    }  # fmt: skip


def quiet() -> dict[str, Any]:
    """200 portfolios with nothing planted, and 200 that are wrong everywhere alike."""
    out: dict[str, Any] = {"seeds": SEEDS, "rows": ROWS}
    for name, level in (("nothing planted", 0.0), ("all odds x 1.5", float(np.log(1.5)))):
        false: Counter[str] = Counter()
        for seed in range(SEEDS):
            kinds = {w.kind for w in found(draw(ROWS, FRESH + SEEDS + seed, level=level)[0]).found if w.confirmed}
            false.update([*kinds, *(["any"] if kinds else [])])
        out[name] = {kind: count / SEEDS for kind, count in false.items()} | {"any": false["any"] / SEEDS}
    return out


def speed() -> dict[str, Any]:
    """One million rows, 20 features: ours and the peers on the same file, each in a process of its own."""
    folder = WORK.parent / "weakness"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "million.parquet"
    if not path.exists():
        import pyarrow as pa
        import pyarrow.parquet as pq

        rows, _ = draw(1_000_000, 1, odds=2.0)
        pq.write_table(
            pa.table({k.replace("@score", "pd").replace("@label", "y"): v for k, v in rows.columns.items()}), path
        )
    out: dict[str, Any] = {"rows": 1_000_000, "features": FEATURES}
    jobs = [("secondline", sys.executable, __file__, "job")]
    jobs += [(name, str(_peer(name)), str(HERE / "peers" / f"{name}_weak_job.py"), "") for name in PEERS]
    for name, python, script, argument in jobs:
        runs = [_job(python, script, argument, path) for _ in range(3 if name == "secondline" else 1)]
        out[name] = min(runs, key=lambda r: r.get("seconds", 1e9))
    for name in PEERS:
        if "seconds" in out[name]:
            out[f"times {name}"] = {k: out[name][k] / out["secondline"][k] for k in ("seconds", "cpu")}
    return out


def _peer(name: str) -> Path:
    python = WORK / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)
    return python


def _job(python: str, script: str, argument: str, path: Path) -> dict[str, Any]:
    command = [python, script, *([argument] if argument else []), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def job(path: Path) -> dict[str, Any]:
    """Search the file's rows, reading not counted."""
    import resource

    import pyarrow.parquet as pq

    table = pq.read_table(path)
    columns = {{"pd": "@score", "y": "@label"}.get(c, c): table[c].to_numpy() for c in table.column_names}
    rows = Sample(table.num_rows, table.num_rows, np.arange(table.num_rows, dtype=np.uint64), columns)
    start, busy = time.perf_counter(), time.process_time()
    made = found(rows)
    seconds, cpu = time.perf_counter() - start, time.process_time() - busy
    first = next(w for w in made.found if w.confirmed)
    return {
        "seconds": seconds, "cpu": cpu, "regions": made.searched, "first": first.words, "effect": first.effect,
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def main() -> None:
    """Run the parts named, or all of them."""
    if sys.argv[1:2] == ["job"]:
        print(json.dumps(job(Path(sys.argv[2]))))
        return
    for name in sys.argv[1:] or PARTS:
        made = PARTS[name]() | {"date": time.strftime("%Y-%m-%d")}
        print(name, json.dumps(made, indent=1), flush=True)
        keep(name, made)


def keep(name: str, made: dict[str, Any]) -> None:
    """Write one part beside those that are there."""
    path = HERE / "results-weakness.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    results["machine"] = {
        "cores": len(os.sched_getaffinity(0)), "python": platform.python_version(),
        "versions": {part: version(part) for part in ("secondline", "numpy", "scipy")},
    }  # fmt: skip
    path.write_text(json.dumps(results | {name: made}, indent=1) + "\n")


PARTS = {"recovery": recovery, "quiet": quiet, "speed": speed}

if __name__ == "__main__":
    main()
