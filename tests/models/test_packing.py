"""Packing: columns arrive as they were sent, to the last bit, with and without text."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from secondline.models.packing import columns_of, packed


def travelled(columns: dict[str, Any]) -> dict[str, Any]:
    """Return columns after they were packed and unpacked; the head must survive as JSON."""
    head, body = packed(columns)
    return columns_of(tuple(columns), json.loads(json.dumps(head)), body)


@pytest.mark.parametrize("rows", [0, 1, 5])
def test_numbers_come_as_they_went(rows: int) -> None:
    """Missing values, infinities, the smallest numbers, and columns that are views with a stride."""
    odd = np.array([np.nan, -0.0, np.inf, 5e-324, 0.1])[:rows]
    columns = {"b": odd, "a": np.arange(10.0)[::2][:rows]}
    found = travelled(columns)
    assert list(found) == ["b", "a"]
    assert all(found[name].tobytes() == columns[name].tobytes() for name in columns)


def test_a_row_of_numbers_is_eight_bytes_a_column() -> None:
    """Nothing else travels with them."""
    assert len(packed({"a": np.array([1.0]), "b": np.array([2.0])})[1]) == 16


def test_text_and_whole_numbers_come_as_they_went() -> None:
    """Missing text is None again, and whole numbers stay whole."""
    columns = {"a": np.array([1.5, np.nan]), "t": np.array(["é", None], dtype=object), "n": np.array([1, 2])}
    found = travelled(columns)
    assert found["t"].tolist() == ["é", None]
    assert found["n"].dtype.kind == "i"
    assert found["a"].tobytes() == columns["a"].tobytes()
