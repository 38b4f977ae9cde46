"""Applicants of protected groups for tests of fairness: by counts, or drawn with known truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample


def spec(**more: Any) -> ModelSpec:
    """Return a model whose score `pd` approves below 0.5 and whose column `sex` is protected; *more* replaces keys."""
    content: dict[str, Any] = {
        "model": "m", "version": "1", "populations": {"dev": {"data": "dev.parquet"}},
        "columns": {"score": "pd", "label": "bad", "protected": ["sex"]}, "decision": {"approve-below": 0.5},
    }  # fmt: skip
    return ModelSpec.model_validate(content | more)


def fairness(**declared: Any) -> ModelSpec:
    """Return the same model with declarations of fairness (`_` stands for `-`); men are the control."""
    named = {key.replace("_", "-"): value for key, value in declared.items()}
    return spec(**{"fairness": named, "reference-groups": {"sex": "m"}})


def sampled(columns: dict[str, Any]) -> Sample:
    """Return a sample of all rows; lists become arrays, of texts object arrays."""
    made = {name: np.asarray(values) for name, values in columns.items()}
    made = {n: v.astype(object) if v.dtype.kind in "UO" else v.astype(np.float64) for n, v in made.items()}
    size = len(next(iter(made.values())))
    return Sample(100_000, size, np.arange(size, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15), made)


def counts(**groups: tuple[int, int]) -> Sample:
    """Return rows whose groups have (approved, all) as given."""
    score = [s for hit, n in groups.values() for s in [0.2] * hit + [0.8] * (n - hit)]
    return sampled({"@score": score, "sex": [name for name, (_, n) in groups.items() for _ in range(n)]})


def drawn(seed: int, n: int = 2_000, *, gap: float = 0.0, drift: float = 0.8) -> dict[str, Any]:
    """Return applicants: income is lower by *drift* for women, who are approved by income and *gap* in log-odds."""
    draw = np.random.default_rng(seed)
    female = draw.random(n) < 0.4
    income = draw.normal(size=n) - drift * female
    approved = draw.random(n) < 1 / (1 + np.exp(-(0.5 + income + gap * female)))
    return {
        "@score": np.where(approved, 0.2, 0.8), "sex": np.where(female, "f", "m"), "income": income,
        "region": draw.choice(["north", "south"], n), "@approved": approved.astype(float),
    }  # fmt: skip
