"""Evidently's data drift (PSI for every column) and classification presets on both populations."""

from __future__ import annotations

import json
import resource
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset, DataDriftPreset

folder = Path(sys.argv[2])
start = time.perf_counter()
frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("reference", "current")}
read = time.perf_counter() - start
numbers, levels = [f"x{k}" for k in range(20)], [f"c{k}" for k in range(5)]
definition = DataDefinition(
    numerical_columns=numbers,
    categorical_columns=levels,
    classification=[BinaryClassification(target="y", prediction_probas="pd", pos_label=1)],
)
sets = {name: Dataset.from_pandas(frame, data_definition=definition) for name, frame in frames.items()}
middle = time.perf_counter()
Report([DataDriftPreset(method="psi")]).run(sets["current"], sets["reference"])
drift = time.perf_counter() - middle
middle = time.perf_counter()
Report([ClassificationPreset()]).run(sets["current"], sets["reference"])
classified = time.perf_counter() - middle
rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": read + drift + classified, "read": read, "drift": drift, "classification": classified,
                  "rss_mb": rss, "version": version("evidently"), "pandas": pd.__version__}))  # fmt: skip
