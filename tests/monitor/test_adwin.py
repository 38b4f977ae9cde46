"""ADWIN finds a step, keeps quiet on most still rows, and says what it needs."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from secondline.core.errors import MissingExtra, SpecError
from secondline.monitor.adwin import changes


def test_a_step_is_found_soon_after_it() -> None:
    """A mean that moves by five deviations is found within two months of days."""
    rng = np.random.default_rng(0)
    found = changes(np.concatenate([rng.normal(0.3, 0.05, 200), rng.normal(0.55, 0.05, 200)]).tolist())
    assert found
    assert 200 <= found[0] <= 260


def test_still_rows_stay_quiet() -> None:
    """Of 40 years of daily means none alarms: with little spread its bound is far on the safe side."""
    rng = np.random.default_rng(1)
    assert not any(changes(rng.normal(0.5, 0.05, 365).tolist()) for _ in range(40))


def test_values_are_scaled_from_their_range() -> None:
    """A row in other units with its range alarms at the same places."""
    rng = np.random.default_rng(2)
    row = np.concatenate([rng.random(200) * 0.3, 0.7 + rng.random(200) * 0.3])
    assert changes((1_000 * row).tolist(), high=1_000.0) == changes(row.tolist())
    with pytest.raises(SpecError, match="low below high"):
        changes([0.1], low=1.0, high=1.0)


def test_no_values_have_no_changes() -> None:
    """An empty row has none."""
    assert changes([]) == []


def test_without_river_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where river is missing the error names the extra."""
    real = builtins.__import__

    def without(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("river"):
            raise ImportError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtra, match="drift"):
        changes([0.1, 0.2])
