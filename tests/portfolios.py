"""Small random portfolios and the reductions of them that numpy gives: the independent side of every frames test."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from secondline.core.needs import Need
from secondline.core.spec import ModelSpec
from secondline.frames.answers import Answers
from secondline.frames.collect import Collected, collect, open_populations


def portfolio(rows: int, seed: int = 0, *, dirty: bool = False) -> pa.Table:
    """Return a scored portfolio; *dirty* adds nulls, NaN and infinities where real data have them."""
    rng = np.random.default_rng(seed)
    pd = rng.beta(1.5, 8, rows)
    income: Any = rng.lognormal(10, 1, rows)
    region: Any = rng.choice(np.array(["north", "south", "west"]), rows)
    label: Any = (rng.random(rows) < pd).astype(np.int64)
    if dirty:
        income[rng.random(rows) < 0.05] = np.nan
        income[rng.random(rows) < 0.02] = np.inf
        income[rng.random(rows) < 0.02] = -np.inf
        income = pa.array(income, mask=rng.random(rows) < 0.1)
        region = pa.array(region, mask=rng.random(rows) < 0.1)
        label = pa.array(label, mask=rng.random(rows) < 0.1)
    return pa.table({
        "id": np.arange(rows) + seed * 10_000_000,
        "pd": pd.round(3),
        "y": label,
        "w": rng.integers(1, 4, rows).astype(float),
        "income": income,
        "dpd": rng.integers(0, 5, rows),
        "region": region,
    })  # fmt: skip


def spec(*populations: str, weighted: bool = False, **fields: Any) -> ModelSpec:
    """Return a study of the named populations over portfolio()."""
    columns = {"score": "pd", "label": "y", "entity": ["id"], "segments": ["region"], "ignore": ["w"]}
    columns |= {"weight": "w", "ignore": []} if weighted else {}
    content = {
        "model": "m",
        "version": "1",
        "populations": {name: {"data": "in memory"} for name in populations},
        "columns": columns | fields.pop("columns", {}),
    }
    return ModelSpec.model_validate(content | fields)


def collected(
    study: ModelSpec, tables: dict[str, Any], *needs: Need, sample_rows: int = 100_000, answers: Answers | None = None
) -> Collected:
    """Collect *needs* of every population."""
    relations = open_populations(study, tables, Path())
    wanted = [(name, need) for name in study.populations for need in needs]
    return collect(relations, study, wanted, sample_rows=sample_rows, answers=answers)


def column(table: pa.Table, name: str) -> np.ndarray[Any, Any]:
    """Return a column as floats, nulls as NaN."""
    return np.array([np.nan if v is None else v for v in table[name].to_pylist()], dtype=float)
