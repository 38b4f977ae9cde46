"""A first look beside its floor and beside ydata-profiling: `python benchmarks/explore.py PYTHON-OF-THE-PEER [NAMES]`.

Ten million rows by 27 columns against a bare scan of the same columns, then 100,000 and 1,000,000 rows beside the peer
(its default report and its minimal one, each stopped after five minutes), all in one run, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import data
import duckdb

HERE = Path(__file__).parent
WORK = HERE / "work" / "explore"
LIMIT = 300
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PEER = """
import json, resource, sys, time
import pandas as pd
from ydata_profiling import ProfileReport, __version__
frame = pd.read_parquet(sys.argv[1])
before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
ProfileReport(frame, minimal=sys.argv[2] == "minimal", progress_bar=False).to_file(sys.argv[3])
seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"seconds": seconds, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
                  "version": __version__, "rss_mb": after.ru_maxrss / 1024}))
"""


def write(rows: int) -> Path:
    """Write a population of *rows* rows: numbers with gaps and a long tail, counts, categories, a score and a label."""
    path = WORK / f"{rows}.parquet"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        query = f"""
            SELECT * REPLACE (CASE WHEN x3 > 1.5 THEN NULL ELSE x3 END AS x3, CAST(round(x4 * 10) AS INTEGER) AS x4,
                              exp(x5) * 1000 AS x5, CASE WHEN x6 > 2.5 THEN 'nan'::DOUBLE ELSE x6 END AS x6)
            FROM ({data.select(rows, 1, 0.0, 4)})
        """
        duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet, ROW_GROUP_SIZE 250000)")
    return path


def look(path: Path, label: str) -> dict[str, Any]:
    """Look at a population and write its page, imports apart; with a label each column is set against it too."""
    import ibis  # noqa: F401 - imports are measured apart
    import scipy.stats  # noqa: F401

    from secondline.workflow.explore import explore

    with tempfile.TemporaryDirectory() as folder:
        before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        found = explore(path, label=label or None, guessing=False)
        between = time.perf_counter()
        size = found.report(Path(folder) / "page.html").stat().st_size
        end, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "seconds": end - start,
        "page": end - between,
        "cpu": cpu,
        "page_kb": size / 1024,
        "rss_mb": after.ru_maxrss / 1024,
    }


def scan(path: Path, _: str) -> dict[str, Any]:
    """Sum every column, warm: the floor."""
    connection = duckdb.connect()
    names = connection.execute(f"SELECT * FROM '{path}' LIMIT 0").description
    sums = ", ".join(f"sum(length({c[0]}))" if c[0].startswith("c") else f"sum({c[0]})" for c in names or ())
    found = []
    for _round in range(ROUNDS):
        before, start = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        connection.execute(f"SELECT {sums} FROM '{path}'").fetchall()
        seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
        found.append({"seconds": seconds, "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime})
    return min(found, key=lambda one: one["seconds"])


def job(name: str, path: Path, argument: str = "") -> dict[str, Any]:
    """Run one job in a fresh process, the file read once before so that it is warm."""
    with path.open("rb") as stream:
        while stream.read(1 << 24):
            pass
    command = [sys.executable, __file__, "--job", name, str(path), argument]
    return _answer(subprocess.run(command, capture_output=True, text=True, check=False))


def peer(python: str, path: Path, mode: str) -> dict[str, Any]:
    """Run ydata-profiling in its own environment, stopped after five minutes."""
    with tempfile.TemporaryDirectory() as folder:
        command = [python, "-c", PEER, str(path), mode, str(Path(folder) / "page.html")]
        try:
            return _answer(subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT))
        except subprocess.TimeoutExpired:
            return {"stopped_after_seconds": LIMIT}


def _answer(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def best(name: str, path: Path, argument: str = "", rounds: int = ROUNDS) -> dict[str, Any]:
    """Return the fastest of several runs."""
    return min((job(name, path, argument) for _ in range(rounds)), key=lambda found: found.get("seconds", float("inf")))


def against_the_floor(rows: int) -> dict[str, Any]:
    """Return the look, plain and with a label, and the bare scan."""
    path = write(rows)
    floor, plain, labelled = best("scan", path), best("look", path), best("look", path, "y")
    looks = {"plain": plain, "with a label": labelled}
    ratio = {unit: {name: j[unit] / floor[unit] for name, j in looks.items()} for unit in ("seconds", "cpu")}
    return {"rows": rows, "scan": floor, **looks, "ratio_to_scan": ratio}


def beside_the_peer(python: str, rows: int) -> dict[str, Any]:
    """Return the look and the peer's two reports of the same file, and how many times longer the peer took."""
    path = write(rows)
    ours = {"plain": best("look", path), "with a label": best("look", path, "y")}
    theirs = {mode: peer(python, path, mode) for mode in ("minimal", "default")}
    times = {
        unit: {mode: t[unit] / ours["plain"][unit] for mode, t in theirs.items() if unit in t}
        for unit in ("seconds", "cpu")
    }
    return {"rows": rows, "secondline": ours, "ydata-profiling": theirs, "peer_over_plain": times}


def main() -> None:
    """Run one job, or the whole benchmark with the peer's interpreter as the argument."""
    if sys.argv[1:2] == ["--job"]:
        print(json.dumps({"look": look, "scan": scan}[sys.argv[2]](Path(sys.argv[3]), sys.argv[4])))
        return
    names = ("secondline", "duckdb", "ibis-framework", "numpy", "scipy", "pyarrow")
    path = HERE / "results-explore.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    results |= {
        "machine": {
            "cores": len(os.sched_getaffinity(0)), "rounds": ROUNDS,
            "python": platform.python_version(),
            "versions": {name: version(name) for name in names},
        },
        "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip
    jobs: list[tuple[str, Callable[[], dict[str, Any]]]] = [("ten_million", partial(against_the_floor, 10_000_000))]
    if len(sys.argv) > 1:
        jobs.append(("peer_100k", partial(beside_the_peer, sys.argv[1], 100_000)))
        jobs.append(("peer_million", partial(beside_the_peer, sys.argv[1], 1_000_000)))
    for name, run in jobs:
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        print(f"{name} ...", flush=True)
        results[name] = run() | {"date": time.strftime("%Y-%m-%d"), "load": os.getloadavg()}
        print(json.dumps(results[name], indent=1), flush=True)
        path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
