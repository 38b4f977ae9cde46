"""ValidMind's tests nearest to the plan's questions, offline and without descriptions, on both populations."""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

os.environ["VALIDMIND_LLM_DESCRIPTIONS_ENABLED"] = "0"
import pandas as pd
import validmind as vm

logging.disable(logging.CRITICAL)
ONE = (
    "data_validation.DescriptiveStatistics", "data_validation.MissingValues", "data_validation.Duplicates",
    "data_validation.ClassImbalance", "data_validation.HighCardinality", "data_validation.HighPearsonCorrelation",
)  # fmt: skip
SCORED = (
    "model_validation.sklearn.ClassifierPerformance", "model_validation.sklearn.ROCCurve",
    "model_validation.statsmodels.GINITable", "model_validation.sklearn.CalibrationCurve",
)  # fmt: skip
PAIR = ("model_validation.sklearn.PopulationStabilityIndex",)

folder = Path(sys.argv[2])
start = time.perf_counter()
sets: dict[str, Any] = {}
model = vm.init_model(attributes={"architecture": "scores", "language": "none"}, input_id="model", __log=False)
for name in ("reference", "current"):
    frame = pd.read_parquet(folder / f"{name}.parquet")
    made = vm.init_dataset(dataset=frame.drop(columns=["pd"]), input_id=name, target_column="y", __log=False)
    made.assign_predictions(
        model=model,
        prediction_values=(frame["pd"] > 0.5).astype(int).tolist(),
        prediction_probabilities=frame["pd"].tolist(),
    )
    sets[name] = made
seconds = {"read": time.perf_counter() - start}


def timed(test: str, inputs: dict[str, Any]) -> None:
    """Run one test and keep its seconds, or say how it failed."""
    begun = time.perf_counter()
    try:
        vm.tests.run_test(f"validmind.{test}", inputs=inputs, show=False, generate_description=False)
        seconds[test] = seconds.get(test, 0.0) + time.perf_counter() - begun
    except Exception as error:  # noqa: BLE001 - a peer's failure is a result
        failed.append(f"{test}: {type(error).__name__}: {str(error)[:80]}")


failed: list[str] = []
for made in sets.values():
    for test in ONE:
        timed(test, {"dataset": made})
    for test in SCORED:
        timed(test, {"dataset": made, "model": model})
for test in PAIR:
    timed(test, {"datasets": list(sets.values()), "model": model})
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
found = {"seconds": sum(seconds.values()), "tests": len(seconds) - 1, "failed": failed, "parts": seconds}
print(json.dumps(found | {"rss_mb": peak, "version": version("validmind")}))
