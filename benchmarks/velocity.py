"""Features in batch and online: rows a second against a bare scan, microseconds an event, and whether both agree.

    .venv/bin/python benchmarks/velocity.py [--small]

The floor is a warm sum of the columns the features read, in the same engine in the same run. The online side answers
and counts every row of the stream's last days on one core, in the order of time, from a state that the days before
filled. Results go to `results-velocity.json`.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from secondline.events.velocity import State
from secondline.frames.velocity import featured
from secondline.samples.cardstream import Scene, draw
from secondline.samples.fraud.declared import PAST, velocities

RESULTS = Path(__file__).parent / "results-velocity.json"


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return wall seconds, processor seconds and what *work* gave."""
    wall, processor = time.perf_counter(), time.process_time()
    found = work()
    return time.perf_counter() - wall, time.process_time() - processor, found


def batch(rows: pa.Table) -> dict[str, Any]:
    """Measure the declared features with and without the lags, and the floor."""
    said = velocities()
    windows = said.model_copy(update={"features": said.features[: len(PAST)]})
    read = [name for name in said.columns if name in rows.column_names]
    sums = ", ".join(f'sum(hash("{name}"))' for name in read)
    con = duckdb.connect()
    con.register("rows", rows)
    floor = min(timed(lambda: con.execute(f"SELECT {sums} FROM rows").fetchall())[0] for _ in range(3))
    found: dict[str, Any] = {"rows": rows.num_rows, "floor_seconds": floor}
    for name, declared in (("windows", windows), ("windows_and_lags", said)):
        wall, processor, _ = timed(lambda declared=declared: featured(rows, declared))  # type: ignore[misc]
        found[name] = {
            "columns": len(declared.names), "seconds": wall, "processor_seconds": processor,
            "rows_per_second": rows.num_rows / wall, "times_floor": wall / floor,
        }  # fmt: skip
    return found


def online(rows: pa.Table, at: np.ndarray, days: int) -> dict[str, Any]:
    """Measure the online state over the last days of the stream, and compare every value with the batch's."""
    said = velocities()
    last = int(np.searchsorted(at, at[-1] - days * 86_400_000_000))
    first = int(np.searchsorted(at, at[last] - said.longest))
    part = rows.slice(first)
    events = part.set_column(1, "at", pa.array(at[first:])).select(list(said.columns)).to_pylist()
    state = State(said)
    for event in events[: last - first]:
        state.add(event)
    measured = events[last - first :]
    took = np.empty(len(measured))
    answers = []
    for i, event in enumerate(measured):
        start = time.perf_counter()
        answers.append(state.add(event).values)
        took[i] = time.perf_counter() - start
    expected = featured(part, said).slice(last - first).select(list(said.names)).to_pylist()
    wall, _, kept = timed(state.to_bytes)
    back, _, _ = timed(lambda: State.from_bytes(kept, said))
    return {
        "events": len(measured), "features": len(said.names), "events_per_second": len(measured) / took.sum(),
        "microseconds_median": float(np.median(took) * 1e6), "microseconds_p99": float(np.quantile(took, 0.99) * 1e6),
        "values_unlike_batch": sum(a != b for a, b in zip(answers, expected, strict=True)),
        "rows_held": state.rows(), "state_bytes": len(kept), "save_seconds": wall, "restore_seconds": back,
    }  # fmt: skip


def main() -> None:
    """Run all and write the results."""
    small = "--small" in sys.argv
    scene = Scene(cards=200 if small else 2_000, days=90 if small else 300)
    drawing, _, drawn = timed(lambda: draw(scene))
    found = {
        "generator": {"rows": drawn.transactions.num_rows, "seconds": drawing},
        "batch": batch(drawn.transactions),
        "online": online(drawn.transactions, drawn.at, 5 if small else 15),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("duckdb", "ibis-framework", "numpy", "pyarrow", "msgspec")},
        "small": small,
    }
    text = json.dumps(found, indent=1)
    print(text)
    if not small:
        RESULTS.write_text(text + "\n")


if __name__ == "__main__":
    main()
