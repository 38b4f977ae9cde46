"""Sliceline on the benchmark's file: its exact search of slices of at most two conditions over deciles."""

from __future__ import annotations

import json
import logging
import resource
import sys
import time
from importlib.metadata import version

import numpy as np
import pandas as pd
from sliceline.slicefinder import Slicefinder

logging.disable(logging.CRITICAL)
frame = pd.read_parquet(sys.argv[1])
names = [c for c in frame.columns if c.startswith("x")]
start, busy = time.perf_counter(), time.process_time()
codes = np.column_stack([pd.qcut(frame[c], 10, labels=False) + 1 for c in names])
# Sliceline wants errors of at least nought: the squared error of each row.
errors = ((frame["y"] - frame["pd"]) ** 2).to_numpy()
finder = Slicefinder(alpha=0.95, k=5, max_l=2, min_sup=len(frame) // 100, verbose=False)
finder.fit(codes, errors)
found = {
    "seconds": time.perf_counter() - start, "cpu": time.process_time() - busy, "version": version("sliceline"),
    "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    "first": str(finder.top_slices_[0].tolist()) if len(finder.top_slices_) else "none",
    "what": "squared error, single cells, no test and no confirmation",
}  # fmt: skip
print(json.dumps(found))
