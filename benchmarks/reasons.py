"""Seconds to give the reasons of one decision and of many: a boosted model in the sandbox, a scorecard, a black box.

``python benchmarks/reasons.py`` prints JSON and writes it beside itself. The floor, in the same run, is what the same
model takes to score the same rows. The peer is LightGBM's own attribution of one row in this process, which gives
numbers and no reasons. What a declined decision costs at the desk of a gateway is told with its reasons and without.
``--small`` makes few calls and writes nothing.
"""

from __future__ import annotations

import json
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np

from secondline.core.spec import ModelSpec
from secondline.models.inprocess import wrapped
from secondline.models.model import Model
from secondline.models.reasons import explainer
from secondline.models.sandbox import opened

HERE = Path(__file__).parent
FEATURES, ROWS, ONE, MANY = 20, 20_000, 200, 2_000
NAMES = tuple(f"x{k}" for k in range(FEATURES))


def drawn() -> tuple[dict[str, Any], Any]:
    """Return columns and outcomes, the same every time."""
    draw = np.random.default_rng(1)
    columns = {name: draw.normal(size=ROWS) for name in NAMES}
    odds = sum(columns[name] * (0.6 - 0.05 * k) for k, name in enumerate(NAMES)) + columns["x0"] * columns["x1"]
    return columns, (draw.random(ROWS) < 1 / (1 + np.exp(1.5 - odds))).astype(int)


def boosted(columns: dict[str, Any], label: Any) -> tuple[Model, Any]:
    """Return a model of 200 trees opened in the sandbox, and the same booster here."""
    data = lightgbm.Dataset(np.column_stack(list(columns.values())), label, feature_name=list(NAMES))
    booster = lightgbm.train({"objective": "binary", "verbosity": -1, "num_leaves": 31, "seed": 1}, data, 200)
    return opened("boosted", "lightgbm", booster.model_to_string().encode(), {}), booster


def card() -> Model:
    """Return a scorecard of ten attributes a feature, opened in the sandbox."""
    cuts = [None, *np.linspace(-2, 2, 9).round(2).tolist(), None]
    lines = [
        {"feature": name, "low": cuts[i], "high": cuts[i + 1], "woe": (i - 4.5) * (0.2 - 0.005 * k)}
        for k, name in enumerate(NAMES)
        for i in range(10)
    ]
    content = {"intercept": -1.0, "coefficients": dict.fromkeys(NAMES, 1.0), "attributes": lines}
    return opened("card", "scorecard", json.dumps(content).encode(), {})


def timed(what: Callable[[dict[str, Any]], Any], columns: dict[str, Any], calls: int) -> dict[str, float]:
    """Return the median and the 99th percentile of milliseconds for one row, and rows a second for many."""
    spent = []
    for i in range(calls):
        row = {name: values[i : i + 1] for name, values in columns.items()}
        start = time.perf_counter()
        what(row)
        spent.append(time.perf_counter() - start)
    many = {name: values[:MANY] for name, values in columns.items()} if calls == ONE else row
    start = time.perf_counter()
    what(many)
    rate = len(next(iter(many.values()))) / (time.perf_counter() - start)
    middle, late = 1e3 * np.quantile(spent, [0.5, 0.99])
    return {"one row, median ms": float(middle), "one row, p99 ms": float(late), "rows a second": rate}


def measured(model: Model, columns: dict[str, Any], spec: ModelSpec, calls: int = ONE) -> dict[str, Any]:
    """Return the times of reasons and of scores alone."""
    start = time.perf_counter()
    ready = explainer(model, columns, spec)
    prepared = time.perf_counter() - start
    found: dict[str, Any] = {"method": ready.method, "prepared in ms": 1e3 * prepared}
    found["reasons"] = timed(lambda rows: ready.reasons(rows, every=True), columns, calls)
    found["scores alone"] = timed(model.score, columns, calls)
    return found


def at_the_desk(artefact: str, calls: int) -> dict[str, Any]:
    """Return the milliseconds of declined decisions at a gateway's desk, with reasons and without, alone and by 32."""
    from gateway_bank import configure, make_bank, make_model

    from secondline.gateway.settings import read_settings
    from secondline.gateway.watching import Watch

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        make_model(folder)
        make_bank(folder, artefact)
        draw = np.random.default_rng(3)
        columns = {f"x{i}": draw.normal(size=4_000) for i in range(FEATURES)}
        reference = {name: values[:1_000].tolist() for name, values in columns.items()}
        (folder / "reference.json").write_text(json.dumps({"columns": reference}))
        path = configure(folder, 8_500, reasons={"reference": "reference.json"})
        watch = Watch(read_settings(path), folder)
        try:
            watch.settle()
            return declines(watch, columns, calls)
        finally:
            watch.close()


def declines(watch: Any, columns: dict[str, Any], calls: int) -> dict[str, Any]:
    """Time a desk on rows that it declines; every call has rows of its own."""
    from secondline.gateway.asked import Asked

    version = watch.desk.lines["bench"].version
    low = np.flatnonzero(
        np.asarray(version.loaded.session.score(columns)) >= version.loaded.spec.decision.approve_below
    )

    def decided(rows: Any, reasons: bool) -> float:
        some = {name: values[rows] for name, values in columns.items()}
        asked = Asked("bench", some, len(rows), "bench", frozenset({"U-1"}), "U-1", reasons=reasons)
        start = time.perf_counter()
        (found,) = watch.desk.decide([asked])
        spent = time.perf_counter() - start
        if not all(one.decision == "decline" and bool(one.reasons) == reasons for one in found):
            raise RuntimeError(f"not declined as it should be: {found[0].decision}, {found[0].path}")
        return spent

    found: dict[str, Any] = {"method": version.explaining.explain.method}
    for name, reasons in (("without reasons", False), ("with reasons", True)):
        one = [decided(low[i : i + 1], reasons) for i in range(calls)]
        many = [decided(low[i : i + 32], reasons) / 32 for i in range(0, calls, 32)]
        middle, late = 1e3 * np.quantile(one, [0.5, 0.99])
        found[name] = {"alone, median ms": float(middle), "alone, p99 ms": float(late),
                       "each of 32, median ms": float(1e3 * np.median(many))}  # fmt: skip
    return found


def main(*, small: bool) -> None:
    """Measure, print and write."""
    calls = 40 if small else 400
    desks = {
        f"declined at the desk, 200 trees, {name}": at_the_desk(name, calls) for name in ("model.txt", "model.onnx")
    }
    columns, label = drawn()
    spec = ModelSpec.model_validate(
        {"model": "m", "version": 1, "populations": {"a": {"data": "a"}}, "columns": {"score": "s"},
         "decision": {"approve-below": 0.3}}
    )  # fmt: skip
    trees, booster = boosted(columns, label)
    box = wrapped(lambda rows: booster.predict(np.column_stack([rows[n] for n in NAMES])), NAMES)
    found = {
        "boosted, 200 trees, 20 features": measured(trees, columns, spec),
        "scorecard, 20 features": measured(card(), columns, spec),
        "black box, 20 features": measured(box, columns, spec, calls=3 if small else 10),
        "lightgbm pred_contrib in process": timed(
            lambda rows: booster.predict(np.column_stack([rows[n] for n in NAMES]), pred_contrib=True), columns, ONE
        ),
        **desks,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "versions": {name: version(name) for name in ("lightgbm", "numpy", "onnxruntime")}
        | {"python": platform.python_version()},
    }
    text = json.dumps(found, indent=1)
    if not small:
        (HERE / "results-reasons.json").write_text(text + "\n")
    print(text)


if __name__ == "__main__":
    main(small="--small" in sys.argv[1:])
