"""NannyML's univariate drift of one score by daily chunks, and its performance estimation, on streams in an .npz."""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np
import pandas as pd

# Neither library may call home from a measurement.
os.environ |= {"DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"}
warnings.filterwarnings("ignore")
import nannyml as nml  # noqa: E402 - after the setting it reads

data = np.load(sys.argv[1])
METHODS = ["jensen_shannon", "kolmogorov_smirnov"]
alerts: dict[str, list[list[int]]] = {name: [] for name in METHODS}
start = time.perf_counter()
for reference, days in zip(data["reference"], data["days"], strict=True):
    calculator = nml.UnivariateDriftCalculator(
        column_names=["score"], continuous_methods=METHODS, chunk_size=days.shape[1]
    )
    calculator.fit(pd.DataFrame({"score": reference}))
    found = calculator.calculate(pd.DataFrame({"score": days.ravel()})).filter(period="analysis").to_df()
    for name in METHODS:
        alerts[name].append([int(i) for i in np.flatnonzero(found[("score", name, "alert")].to_numpy())])
seconds = time.perf_counter() - start


def cbpe(prefix: str) -> list[float]:
    """Return the AUC that CBPE expects of each stream's unlabelled cases."""
    out = []
    for p, y, q in zip(data["cbpe_p"], data["cbpe_y"], data[f"cbpe_{prefix}"], strict=True):
        known = pd.DataFrame({"p": p, "y": y.astype(int), "hat": (p >= 0.2).astype(int)})
        fresh = pd.DataFrame({"p": q, "y": 0, "hat": (q >= 0.2).astype(int)})
        estimator = nml.CBPE(
            y_pred_proba="p", y_true="y", y_pred="hat", problem_type="classification_binary", metrics=["roc_auc"],
            chunk_size=len(q),
        )  # fmt: skip
        found = estimator.fit(known).estimate(fresh).filter(period="analysis").to_df()
        out.append(float(found[("roc_auc", "value")].iloc[0]))
    return out


print(json.dumps({"alerts": alerts, "seconds": seconds, "version": version("nannyml"),
                  "covariate": cbpe("covariate"), "concept": cbpe("concept")}))  # fmt: skip
