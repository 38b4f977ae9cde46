"""Build the demo's champion again: what ``python -m secondline.samples.rebuild`` does in a folder with dev.parquet.

It is the command that the demo's model.yaml declares under ``reproduce``, and reads nothing but that file and the seed.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from secondline.samples import boosted, uci

FOLDS = 4


def rebuild(folder: Path, seed: int = boosted.SEED) -> None:
    """Fit the trees on ``dev.parquet`` of *folder*, recalibrate them on unseen folds, and write them beside it."""
    table = pq.read_table(folder / "dev.parquet")
    columns, label = {name: uci.column(table, name) for name in uci.FEATURES}, uci.column(table, uci.LABEL)
    fold, unseen = uci.folds(table, FOLDS), np.zeros(len(label))
    for k in range(FOLDS):
        fit = {name: values[fold != k] for name, values in columns.items()}
        rest = {name: values[fold == k] for name, values in columns.items()}
        unseen[fold == k] = boosted.develop(fit, label[fold != k], uci.RISING, uci.FALLING, seed).pd(rest)
    trees = boosted.develop(columns, label, uci.RISING, uci.FALLING, seed)
    boosted.recalibrated(trees, unseen, label).write(folder)


if __name__ == "__main__":
    rebuild(Path(), int(os.environ.get("SECONDLINE_SEED", boosted.SEED)))
