"""Explanations beside their peers, in one run: `python benchmarks/explain.py`, kept in results-explain.json.

Contributions: 100,000 rows x 25 inputs of a LightGBM model of 500 trees, through the pipe of the sandbox, beside shap
alone on the same model and rows. Effects: ALE and PDP of 20 inputs on 1,000,000 rows, beside scikit-learn's partial
dependence on the rows that ours scores, and PyALE on one input (EXPLAIN_PYALE names the Python of an environment that
has it). Wall seconds are the best of alternating rounds; processor seconds count every process and do not depend on
what else the machine does.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from secondline.core.spec import Artefact
from secondline.models.attributions import attribute
from secondline.models.effects import effect
from secondline.models.opening import open_artefact
from secondline.stats.explanation.curves import accumulated

HERE = Path(__file__).parent
WORK = HERE / "work" / "explain"
ROUNDS = int(os.environ.get("EXPLAIN_ROUNDS", "3"))
ROWS = int(os.environ.get("EXPLAIN_ROWS", "100000"))
"""Rows explained; fewer on a machine that is busy, where the cost of a row stays the same."""
PER_BIN, REPEATED = 1_000, 1_000
PYALE = """
import json, sys, time
import lightgbm, pandas, numpy
from PyALE import ale
x = numpy.load(sys.argv[2], mmap_mode="r")
frame = pandas.DataFrame(numpy.asarray(x), columns=[f"x{i}" for i in range(x.shape[1])])
booster = lightgbm.Booster(model_file=sys.argv[1])
class Model:
    def predict(self, rows):
        return booster.predict(rows, raw_score=True)
start = time.perf_counter()
found = ale(X=frame, model=Model(), feature=["x0"], grid_size=20, include_CI=True, C=0.95, plot=False)
print(json.dumps({"seconds": time.perf_counter() - start, "values": found["eff"].tolist(), "at": found.index.tolist()}))
"""


def busy() -> float:
    """Return the processor seconds of this process and of the children that have ended."""
    return sum(
        u.ru_utime + u.ru_stime for u in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def of_process(pid: int) -> float:
    """Return the processor seconds of a process that still runs."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def worker() -> int:
    """Return the process that holds the model: our newest child."""
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
    return int(children[-1])


def draw(rows: int, width: int, seed: int) -> Any:
    """Draw correlated inputs."""
    draw_ = np.random.default_rng(seed)
    x = draw_.normal(size=(rows, width))
    x[:, 1] = 0.7 * x[:, 0] + 0.7 * x[:, 1]
    return x


def fitted(name: str, width: int, trees: int) -> Path:
    """Fit a model on rows of its own and write it."""
    path = WORK / f"{name}.txt"
    if not path.exists():
        x = draw(60_000, width, 1)
        odds = x[:, 0] - 0.5 * x[:, 1] + 0.8 * x[:, 2] * x[:, 3] + np.sin(2 * x[:, 4]) - 1.5
        y = np.random.default_rng(2).random(len(x)) < 1 / (1 + np.exp(-odds))
        settings = {"objective": "binary", "num_leaves": 31, "learning_rate": 0.05, "verbosity": -1, "seed": 3}
        names = [f"x{i}" for i in range(width)]
        data = lightgbm.Dataset(x, y.astype(int), feature_name=names, params={"verbosity": -1})
        lightgbm.train(settings, data, trees).save_model(path)
    return path


def contributions() -> dict[str, Any]:
    """Ours through the pipe, shap alone in this process."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import shap

    path = fitted("contributions", 25, 500)
    x = draw(ROWS, 25, 5)
    columns = {f"x{i}": np.ascontiguousarray(x[:, i]) for i in range(25)}
    booster = lightgbm.Booster(model_file=path)
    model = open_artefact(Artefact(path=path.name), WORK)
    few = {name: values[:100] for name, values in columns.items()}
    attribute(model, few, few)
    theirs, ours, gap = [], [], 0.0
    for _ in range(ROUNDS):
        start, used = time.perf_counter(), busy()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            wanted = shap.TreeExplainer(booster).shap_values(x)
        theirs.append((time.perf_counter() - start, busy() - used))
        start, used = time.perf_counter(), busy() + of_process(worker())
        found = attribute(model, columns, few)
        ours.append((time.perf_counter() - start, busy() + of_process(worker()) - used))
        gap = float(np.abs(np.asarray(wanted) - found.values).max())
    model.close()
    best = [min(t[i] for t in side) for side in (ours, theirs) for i in (0, 1)]
    return {
        "rows": ROWS, "inputs": 25, "trees": 500, "leaves": 31,
        "secondline": {"seconds": best[0], "processor": best[1], "rounds": ours},
        "shap": {"seconds": best[2], "processor": best[3], "rounds": theirs},
        "ratio": best[0] / best[2], "ratio of processor seconds": best[1] / best[3], "largest difference": gap,
    }  # fmt: skip


def effects() -> dict[str, Any]:
    """ALE and PDP with intervals of twenty inputs, beside scikit-learn and PyALE."""
    path = fitted("effects", 20, 100)
    x = draw(1_000_000, 20, 7)
    columns = {f"x{i}": np.ascontiguousarray(x[:, i]) for i in range(20)}
    model = open_artefact(Artefact(path=path.name), WORK)
    rounds = []
    for _ in range(ROUNDS):
        start, used = time.perf_counter(), busy() + of_process(worker())
        made = [effect(model, columns, f"x{i}", per_bin=PER_BIN, repeated=REPEATED) for i in range(20)]
        drawn = [accumulated(e.edges, e.shares, e.place, e.steps, e.weight) for e in made]
        rounds.append((time.perf_counter() - start, busy() + of_process(worker()) - used))
    start = time.perf_counter()
    every = effect(model, columns, "x0", per_bin=1_000_000, repeated=2)
    seconds = time.perf_counter() - start
    whole = accumulated(every.edges, every.shares, every.place, every.steps, every.weight)
    model.close()
    first = drawn[0]
    assert whole is not None
    assert first is not None
    off = np.abs(first.value - whole.value)
    best = min(seconds_ for seconds_, _ in rounds)
    return {
        "rows": 1_000_000, "inputs": 20, "trees": 100, "leaves": 31,
        "what is scored": f"{PER_BIN} rows of each of 20 bins twice (ALE), {REPEATED} rows at 21 values (PDP); every "
                          "row decides where the bins lie and what share of the rows each holds",
        "secondline": {"seconds": best, "processor": min(p for _, p in rounds), "rounds": rounds},
        "every row scored, one input": {
            "seconds": seconds, "largest difference": float(off.max()),
            "largest difference in standard errors": float((off / np.maximum(first.se, 1e-12)).max()),
        },
        "scikit-learn": of_sklearn(path, x), "PyALE, one input": of_pyale(path, x),
    }  # fmt: skip


def of_sklearn(path: Path, x: Any) -> dict[str, Any]:
    """Partial dependence (no intervals, no ALE) of the same twenty inputs at 21 values, on as many rows as ours."""
    from sklearn.base import BaseEstimator, RegressorMixin
    from sklearn.inspection import partial_dependence

    booster = lightgbm.Booster(model_file=path)

    class Wrapped(RegressorMixin, BaseEstimator):  # type: ignore[misc]
        def fit(self, *_: Any) -> Any:
            return self

        def __sklearn_is_fitted__(self) -> bool:
            return True

        def predict(self, rows: Any) -> Any:
            return booster.predict(rows, raw_score=True)

    found = {}
    for rows in (REPEATED, 5 * REPEATED):
        start = time.perf_counter()
        for i in range(20):
            partial_dependence(Wrapped().fit(), x[:rows], [i], grid_resolution=21, method="brute", kind="average")
        found[f"seconds on {rows:,} rows"] = time.perf_counter() - start
    return found


def of_pyale(path: Path, x: Any) -> dict[str, Any]:
    """ALE of one input over all rows by PyALE, in an environment of its own."""
    python = os.environ.get("EXPLAIN_PYALE")
    if not python:
        return {"skipped": "EXPLAIN_PYALE names no Python"}
    np.save(WORK / "x.npy", x)
    done = subprocess.run(
        [python, "-c", PYALE, str(path), str(WORK / "x.npy")], capture_output=True, text=True, check=False
    )
    (WORK / "x.npy").unlink()
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1:]}
    said = json.loads(done.stdout.strip().splitlines()[-1])
    return {"seconds": said["seconds"]}


def main() -> None:
    """Measure and keep."""
    WORK.mkdir(parents=True, exist_ok=True)
    libraries = ("secondline", "lightgbm", "shap", "scikit-learn", "numpy")
    found = {
        "machine": {"cores": os.cpu_count(), "load before": os.getloadavg()[0], "python": platform.python_version(),
                    "versions": {name: version(name) for name in libraries}},
        "contributions": contributions(),
        "effects": effects(),
        "peak memory, MiB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "date": time.strftime("%Y-%m-%d"),
    }  # fmt: skip
    (HERE / "results-explain.json").write_text(json.dumps(found, indent=1) + "\n")
    json.dump(found, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
