"""Run all benchmarks, print the figures and keep them in results.json: `make bench`, or `run.py small` for one."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import data
import duckdb

HERE = Path(__file__).parent
WORK = HERE / "work"
ROUNDS = 3
PEERS = {"evidently": ["evidently==0.7.23", "pandas<3", "pyarrow"], "validmind": ["validmind==2.15.0", "pyarrow<22"]}


def job(name: str, folder: Path, python: str = sys.executable, script: str = "job.py") -> dict[str, Any]:
    """Run one job in a fresh process, its files read once before so that they are warm; return what it measured."""
    for file in folder.rglob("*.parquet"):
        with file.open("rb") as stream:
            while stream.read(1 << 24):
                pass
    done = subprocess.run([python, str(HERE / script), name, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def against_the_floor(rows: int, folder: Path, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return plan and bare scan in alternation, the best of each, and their ratio."""
    plans, scans = [], []
    for _ in range(rounds):
        scans.append(job("scan", folder))
        plans.append(job("full", folder))
    plan, scan = min(plans, key=lambda p: p["seconds"]), min(scans, key=lambda s: s["seconds"])
    return {"rows": rows, "plan": plan, "scan": scan, "ratio": plan["seconds"] / scan["seconds"]}


def imports() -> dict[str, Any]:
    """Return the median seconds of `import secondline` beyond a bare interpreter."""

    def of(code: str) -> float:
        found = []
        for _ in range(5):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            found.append(time.perf_counter() - start)
        return statistics.median(found)

    return {"seconds": of("import secondline") - of("pass")}


def small() -> dict[str, Any]:
    """30,000 rows in all, end to end."""
    data.write(WORK / "small", 15_000)
    return job("small", WORK / "small")


def million() -> dict[str, Any]:
    """One million rows a side, beside peers in environments of their own."""
    data.write(WORK / "million", 1_000_000)
    found: dict[str, Any] = {
        "secondline": min((job("full", WORK / "million") for _ in range(3)), key=lambda j: j["seconds"])
    }
    found["secondline, same questions"] = min(
        (job("same", WORK / "million") for _ in range(3)), key=lambda j: j["seconds"]
    )
    for name, wanted in PEERS.items():
        python = WORK / "venvs" / name / "bin" / "python"
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(python.parent.parent)], check=True)
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *wanted], check=True)
        found[name] = job(name, WORK / "million", str(python), f"peers/{name}_job.py")
    return found


def ten_million() -> dict[str, Any]:
    """Ten million rows in all, a score of many distinct values (grid)."""
    data.write(WORK / "ten", 5_000_000)
    return against_the_floor(10_000_000, WORK / "ten")


def exact() -> dict[str, Any]:
    """Ten million rows whose score has four decimals: every distinct score is kept."""
    data.write(WORK / "ten", 5_000_000)
    data.rounded(WORK / "ten", WORK / "exact")
    return against_the_floor(10_000_000, WORK / "exact", 1)


def hundred_million() -> dict[str, Any]:
    """A hundred million rows in all: ten links to each of the files of the ten million."""
    data.write(WORK / "ten", 5_000_000)
    data.repeated(WORK / "ten", WORK / "hundred", 10)
    return against_the_floor(100_000_000, WORK / "hundred", 1)


ALL: dict[str, Callable[[], dict[str, Any]]] = {
    "imports": imports, "small": small, "million": million, "ten_million": ten_million, "exact": exact,
    "hundred_million": hundred_million,
}  # fmt: skip


def main() -> None:
    """Run the benchmarks named, or all of them."""
    path = HERE / "results.json"
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    results["machine"] = {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "versions": {
            name: version(name) for name in ("secondline", "duckdb", "ibis-framework", "numpy", "scipy", "pyarrow")
        },
        "engine": duckdb.__version__,
    }
    for name in sys.argv[1:] or ALL:
        print(f"{name} ...", flush=True)
        results[name] = ALL[name]() | {"date": time.strftime("%Y-%m-%d")}
        print(json.dumps(results[name], indent=1), flush=True)
        path.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
