"""One measured job in a process of its own: prints its seconds, peak memory and what it did as one line of JSON."""

from __future__ import annotations

import json
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

FEATURES = [f"x{k}" for k in range(20)] + [f"c{k}" for k in range(5)]
SEGMENTS = [f"c{k}" for k in range(5)]


def study(folder: Path, **more: Any) -> Any:
    """Return the study of both populations: every feature, five segments, the default packs."""
    import secondline as sl

    data = {name: str(_data(folder, name)) for name in ("reference", "current")}
    return sl.Study.of(data, score="pd", label="y", segments=SEGMENTS, features=FEATURES, **more)


def _data(folder: Path, name: str) -> Path:
    one = folder / f"{name}.parquet"
    return one if one.exists() else folder / name


def full(folder: Path, checks: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Run the whole plan (or some *checks*) end to end: read, reduce, answer, judge, record in a ledger."""
    import ibis  # noqa: F401 - imports are measured apart
    import scipy.stats  # noqa: F401

    made = study(folder, **({"checks": checks} if checks else {}))
    store = Path(tempfile.mkdtemp())
    start = time.perf_counter()
    run = made.validate(store=store).run
    seconds = time.perf_counter() - start
    shutil.rmtree(store)
    sql = sum(timing.seconds for timing in run.timings)
    return {"seconds": seconds, "sql": sql, "answers": len(run.evidence), "queries": len(run.queries)}


SAME = ("stability.psi", "stability.score_psi", "discrimination.auc", "discrimination.ks", "discrimination.pr_auc",
        "calibration.brier", "calibration.log_loss", "calibration.ece")  # fmt: skip
"""The checks that ask what Evidently's two presets ask."""


def same(folder: Path) -> dict[str, Any]:
    """Run only the checks that a peer's presets have a counterpart for."""
    return full(folder, SAME)


def scan(folder: Path) -> dict[str, Any]:
    """Sum every column of both populations, warm: the floor."""
    import duckdb

    sums = (
        ", ".join(f"sum({c})" for c in (*FEATURES[:20], "pd", "y"))
        + ", "
        + ", ".join(f"sum(length({c}))" for c in SEGMENTS)
    )
    connection = duckdb.connect()
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for name in ("reference", "current"):
            path = _data(folder, name)
            files = f"{path}/*.parquet" if path.is_dir() else str(path)
            connection.execute(f"SELECT {sums} FROM '{files}'").fetchall()
        best = min(best, time.perf_counter() - start)
    return {"seconds": best}


def small(folder: Path) -> dict[str, Any]:
    """Validate 30,000 rows and render each report, the second time, when everything is imported."""
    from secondline.workflow.write import render

    made = study(folder)
    seconds: dict[str, Any] = {}
    for _ in range(2):
        store = Path(tempfile.mkdtemp())
        start = time.perf_counter()
        run = made.validate(store=store).run
        seconds["seconds"] = time.perf_counter() - start
        shutil.rmtree(store)
    for suffix in (".html", ".docx", ".pdf"):
        start = time.perf_counter()
        seconds[suffix.lstrip(".")] = (time.perf_counter() - start) if render(run, suffix) else None
    return seconds | {"answers": len(run.evidence)}


def main() -> None:
    """Run the job named on the command line."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    found = {"full": full, "same": same, "scan": scan, "small": small}[name](folder)
    found["rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
