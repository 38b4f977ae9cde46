"""ValidMind's weak-spots test on the benchmark's file, offline, reading not counted."""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
import time
from importlib.metadata import version
from typing import Any

os.environ["VALIDMIND_LLM_DESCRIPTIONS_ENABLED"] = "0"
import pandas as pd
import validmind as vm

logging.disable(logging.CRITICAL)
frame = pd.read_parquet(sys.argv[1])
half = len(frame) // 2
model = vm.init_model(attributes={"architecture": "scores", "language": "none"}, input_id="model", __log=False)
sets: list[Any] = []
start = time.perf_counter()
# The test compares two data sets: the same rows, halved, as ours are.
for name, part in (("first", frame.iloc[:half]), ("second", frame.iloc[half:])):
    made = vm.init_dataset(
        dataset=part.drop(columns=["pd"]).reset_index(drop=True), input_id=name, target_column="y", __log=False
    )
    made.assign_predictions(
        model=model,
        prediction_values=(part["pd"] > 0.5).astype(int).tolist(),
        prediction_probabilities=part["pd"].tolist(),
    )
    sets.append(made)
prepared = time.perf_counter() - start
begun, busy = time.perf_counter(), time.process_time()
vm.tests.run_test(
    "validmind.model_validation.sklearn.WeakspotsDiagnosis",
    inputs={"datasets": sets, "model": model}, show=False, generate_description=False,
)  # fmt: skip
found = {
    "seconds": time.perf_counter() - begun, "cpu": time.process_time() - busy, "prepared": prepared,
    "version": version("validmind"),
    "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "what": "single features in ten equal-width bins, thresholds on four metrics, no interval and no confirmation",
}  # fmt: skip
print(json.dumps(found))
