"""Evidently's drift of one score, each day against the reference, on streams in an .npz."""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd

# Neither library may call home from a measurement.
os.environ |= {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"}
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift

data = np.load(sys.argv[1])
# The default for a large numeric reference is the Wasserstein distance above 0.1; the others are what users pick.
RULES = {"default": {}, "psi": {"method": "psi", "threshold": 0.1}, "ks": {"method": "ks", "threshold": 0.05}}
alerts: dict[str, list[list[int]]] = {name: [] for name in RULES}
definition = DataDefinition(numerical_columns=["score"])
start = time.perf_counter()
for reference, days in zip(data["reference"], data["days"], strict=True):
    old = Dataset.from_pandas(pd.DataFrame({"score": reference}), data_definition=definition)
    hits: dict[str, list[int]] = {name: [] for name in RULES}
    for day, rows in enumerate(days):
        new = Dataset.from_pandas(pd.DataFrame({"score": rows}), data_definition=definition)
        report = Report([ValueDrift(column="score", **rule) for rule in RULES.values()])
        values = [float(m["value"]) for m in report.run(new, old).dict()["metrics"]]
        for (name, rule), value in zip(RULES.items(), values, strict=True):
            if value < 0.05 if rule.get("method") == "ks" else value > 0.1:
                hits[name].append(day)
    for name in RULES:
        alerts[name].append(hits[name])
print(json.dumps({"alerts": alerts, "seconds": time.perf_counter() - start, "version": version("evidently")}))
