"""Counts: duplicates, distinct values and texts, against pandas; sketches within their stated error."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from frames.explore.test_grids import look
from portfolios import collected, portfolio, spec
from secondline.core import needs
from secondline.frames.explore import counts


def frame(rows: int = 2_000) -> pd.DataFrame:
    """Return rows with many repetitions, gaps and blanks."""
    rng = np.random.default_rng(0)
    return pd.DataFrame({
        "a": rng.integers(0, 12, rows), "b": rng.choice(np.array(["x", "y", "", "  ", None], dtype=object), rows),
        "c": np.where(rng.random(rows) < 0.2, np.nan, rng.integers(0, 3, rows)),
    })  # fmt: skip


def test_repeated_rows_are_those_of_pandas() -> None:
    """Rows that repeat an earlier one are counted as pandas' duplicated, nulls equal to nulls."""
    data = frame()
    found = look(data).repeats
    assert found is not None
    assert (found.rows.value, found.rows.error) == (data.duplicated().sum(), 0.0)


def test_the_fingerprint_is_the_one_of_a_validation() -> None:
    """The look and the first scan of a validation name the same rows alike."""
    table = portfolio(500, dirty=True)
    found = look(table).repeats
    assert found is not None
    assert found.fingerprint == collected(spec("dev"), {"dev": table}, needs.Facts()).facts["dev"].fingerprint


def test_distinct_values_are_those_of_pandas() -> None:
    """Few distinct values are counted exactly, missing ones not among them."""
    data = frame()
    found = look(data).distinct
    assert {c: (n.value, n.error) for c, n in found.items()} == {c: (data[c].nunique(), 0.0) for c in data}


@pytest.mark.parametrize("distinct", [50_000, 400_000])
def test_many_distinct_values_are_estimated_within_their_error(distinct: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sketch that keeps a thousand hashes counts numbers and texts to within four of its standard errors."""
    monkeypatch.setattr(counts, "KEPT", 1_000)
    monkeypatch.setattr("secondline.frames.facts.SAMPLE_ROWS", 20_000)
    monkeypatch.setattr("secondline.frames.explore.gather.MOST_KEYS", 0)
    values = np.random.default_rng(1).permutation(distinct).astype(float)
    found = look(pa.table({"x": values, "t": pa.array(values).cast(pa.string())})).distinct
    for count in found.values():
        assert 0 < count.error < 0.07 * distinct
        assert abs(count.value - distinct) < 4 * count.error


def test_a_key_is_counted_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether every value of a column is its own is settled by counting, not by a sketch."""
    monkeypatch.setattr(counts, "KEPT", 100)
    found = look(pa.table({"id": np.arange(5_000), "x": np.random.default_rng(0).random(5_000)})).distinct
    assert (found["id"].value, found["id"].error) == (5_000, 0.0)
    assert found["x"].error > 0


def test_repeated_rows_of_a_large_population_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above the limit a sketch estimates repeated rows to within four standard errors and names no fingerprint."""
    monkeypatch.setattr(counts, "MOST_HASHED", 20_000)
    found = look(pa.table({"x": np.random.default_rng(0).integers(0, 60_000, 100_000)})).repeats
    assert found is not None
    truth = 100_000 - len(np.unique(np.random.default_rng(0).integers(0, 60_000, 100_000)))
    assert abs(found.rows.value - truth) < 4 * found.rows.error < 0.1 * truth
    assert found.fingerprint == ""


def test_texts_are_measured() -> None:
    """Blank texts and the range of lengths are counted in characters, not bytes."""
    texts: Any = pa.array(["", " ", "é", "日本語", None, "ab"])
    assert look(pa.table({"t": texts})).texts["t"] == counts.Texts(2, 0, 3)


def test_nested_columns_are_counted_as_missing_or_not() -> None:
    """Of a list, a struct and a binary column the nulls are known and nothing else is asked."""
    nested = {"l": [[1], None, None], "s": [{"a": 1}, {"a": 2}, None], "b": pa.array([b"x", b"y", b"z"])}
    found = look(pa.table({**nested, "x": [1, 2, 3]}))
    assert found.nulls == {"l": 2, "s": 1, "b": 0}
    assert set(found.grids) == {"x"}
