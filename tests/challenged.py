"""A small study with known truth that asks for challengers, for the tests of the workflow and of the report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import secondline as sl

TWO = {"simple": {"kind": "scorecard", "monotone": "claimed"}, "line": "logistic"}


def table(seed: int, rows: int = 2_500, *, blunt: float = 0.0) -> pa.Table:
    """Draw accounts whose risk rises in debt; ``sex`` tells it too, and may not be read; the score is *blunt*."""
    draw = np.random.default_rng(seed)
    debt, income = draw.normal(size=rows), draw.normal(size=rows)
    sex = draw.choice(np.array(["f", "m"]), rows)
    odds = -1.2 + 1.3 * debt - 0.7 * income + 0.8 * (sex == "m")
    said = odds + blunt * draw.normal(size=rows)
    return pa.table({
        "debt": debt, "income": income, "sex": sex, "limit": draw.lognormal(7, 0.5, rows),
        "pd": 1 / (1 + np.exp(-said)), "bad": (draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8),
    })  # fmt: skip


def study(folder: Path, *, blunt: float = 0.0, **fields: Any) -> sl.Study:
    """Write the study into *folder* and read it; *fields* replace keys of model.yaml."""
    pq.write_table(table(1), folder / "dev.parquet")
    pq.write_table(table(2, blunt=blunt), folder / "now.parquet")
    content: dict[str, Any] = {
        "model": "m", "version": 1, "populations": {"dev": {"data": "dev.parquet"}, "now": {"data": "now.parquet"}},
        "columns": {"score": "pd", "label": "bad", "protected": ["sex"], "exposure": "limit"},
        "claims": {"monotone": {"debt": "increasing"}}, "checks": ["challenge.*"], "decision": {"approve-below": 0.3},
        "money": {"loss-given-default": 0.5, "margin": 0.05}, "challengers": TWO,
    }  # fmt: skip
    path = folder / "model.yaml"
    path.write_text(json.dumps(content | fields))
    return sl.Study.read(path)
