"""Score ten million rows of Parquet, beside LightGBM's own predict on the same rows held in memory.

    python benchmarks/score.py [rows]

Figures go to results-score.json: seconds, processor seconds and peak memory of the whole tree of processes.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
WORK = HERE / "work" / "score"
FEATURES, TREES = 20, 100

OWN = """
import sys, time
import lightgbm, numpy as np, pyarrow.parquet as pq
names = [f"x{i}" for i in range(20)]
table = pq.read_table(sys.argv[2], columns=names)
x = np.column_stack([table[n].to_numpy() for n in names])
del table
booster = lightgbm.Booster(model_file=sys.argv[1])
start = time.perf_counter()
p = booster.predict(x)
print(time.perf_counter() - start, p.mean())
"""


def make(rows: int) -> None:
    """Write the rows and the model, unless they are there."""
    import duckdb
    import lightgbm
    import numpy as np

    WORK.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(0)
    x = draw.uniform(-1, 1, size=(20_000, FEATURES))
    y = x[:, :5].sum(axis=1) + draw.normal(size=len(x)) > 0
    data = lightgbm.Dataset(x, y, feature_name=[f"x{i}" for i in range(FEATURES)])
    lightgbm.train({"objective": "binary", "verbosity": -1, "num_leaves": 31}, data, TREES).save_model(WORK / "m.txt")
    if not (WORK / f"{rows}.parquet").exists():
        drawn = ", ".join(f"random() * 2 - 1 AS x{i}" for i in range(FEATURES))
        duckdb.sql(f"COPY (SELECT range AS id, {drawn} FROM range({rows})) TO '{WORK / f'{rows}.parquet'}'")


def descendants(root: int) -> list[int]:
    """Return a process and all below it."""
    below: dict[int, list[int]] = {}
    for entry in (path.name for path in Path("/proc").iterdir()):
        if entry.isdigit():
            try:
                parent = int(Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            below.setdefault(parent, []).append(int(entry))
    found, todo = [], [root]
    while todo:
        found.append(todo.pop())
        todo += below.get(found[-1], [])
    return found


def memory(pid: int) -> int:
    """Return a process' proportional share of memory in bytes."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) << 10 for line in text.splitlines() if line.startswith("Pss:"))


def run(command: list[str]) -> dict[str, Any]:
    """Run a command; return what it printed, its seconds, and the peak memory of its tree."""
    before = os.times()
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peak = [0]

    def watch() -> None:
        while process.poll() is None:
            peak[0] = max(peak[0], sum(memory(pid) for pid in descendants(process.pid)))
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    watcher.join()
    after = os.times()
    if process.returncode:
        raise SystemExit(f"{command} failed")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return {"output": output, "wall": time.perf_counter() - start, "cpu": cpu, "peak_bytes": peak[0]}


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    make(rows)
    model, data = str(WORK / "m.txt"), str(WORK / f"{rows}.parquet")
    found: dict[str, Any] = {"rows": rows, "features": FEATURES, "trees": TREES, "processors": os.cpu_count()}
    found["versions"] = {name: version(name) for name in ("lightgbm", "duckdb", "pyarrow", "numpy")}
    found["versions"]["python"] = platform.python_version()
    Path(data).read_bytes()  # the file is warm for everyone
    own = run([sys.executable, "-c", OWN, model, data])
    found["lightgbm"] = {
        "predict_seconds": float(own["output"].split()[0]),
        "with_reading_seconds": own["wall"], "cpu_seconds": own["cpu"], "peak_bytes": own["peak_bytes"],
    }  # fmt: skip
    print(json.dumps(found, indent=2), flush=True)
    for workers in (os.cpu_count() or 1, 1):
        to = WORK / "scores.parquet"
        command = [sys.executable, "-m", "secondline", "score", model, data, "--to", str(to), "--keep", "id", "--json"]
        mine = run([*command, "--workers", str(workers)])
        scoring = json.loads(mine["output"])["seconds"]
        found[f"workers_{workers}"] = {
            "seconds": scoring, "whole_command_seconds": mine["wall"], "cpu_seconds": mine["cpu"],
            "peak_bytes": mine["peak_bytes"],
            "ratio_to_predict": scoring / found["lightgbm"]["predict_seconds"],
            "ratio_to_predict_with_reading": mine["wall"] / own["wall"],
            "ratio_of_cpu": mine["cpu"] / own["cpu"],
        }  # fmt: skip
        print(json.dumps(found[f"workers_{workers}"], indent=2), flush=True)
    (HERE / "results-score.json").write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
