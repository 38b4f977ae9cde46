"""Explore: a whole look against pandas, its guesses, its comparisons, and data that are hardly data."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import secondline as sl
from secondline.core.errors import DataError, SpecError
from secondline.core.explored import Column
from secondline.measures.explore.columns import reads_as
from secondline.workflow.explore import Explored, explore


def loans(rows: int = 3_000, seed: int = 0, shift: float = 0.0) -> pd.DataFrame:
    """Return labelled loans over a year: a real driver, a useless one, gaps, categories and a key."""
    rng = np.random.default_rng(seed)
    income = rng.lognormal(10 + shift, 0.8, rows)
    risk = 1 / (1 + np.exp(1.5 + 1.2 * (np.log(income) - 10)))
    frame = pd.DataFrame({
        "id": [f"L{seed}-{i}" for i in range(rows)], "income": income, "noise": rng.normal(size=rows),
        "dpd": rng.integers(0, 4, rows), "region": rng.choice(np.array(["north", "south", "west"]), rows),
        "owner": rng.random(rows) < 0.3,
        "booked_date": pd.Timestamp("2025-01-01") + pd.to_timedelta(rng.integers(0, 360, rows), unit="D"),
        "default": (rng.random(rows) < risk).astype(int), "constant": 1.5,
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.2, "noise"] = np.nan
    return frame


def columns(look: Explored) -> dict[str, Column]:
    """Return the columns by name."""
    return {column.name: column for column in look}


def test_numbers_are_those_of_pandas() -> None:
    """Rows, gaps, distinct values, range, mean, spread and quantiles of every number; levels of every category."""
    data = loans()
    look = explore(data)
    for name in ("income", "noise", "dpd"):
        column, series = look[name], data[name]
        assert column.numbers is not None
        assert column.distinct is not None
        assert (column.rows, column.missing) == (len(series), series.isna().sum())
        assert column.distinct.value == series.nunique()
        assert (column.numbers.low, column.numbers.high) == (series.min(), series.max())
        assert column.numbers.mean == pytest.approx(series.mean())
        assert column.numbers.sd == pytest.approx(series.std())
        assert column.numbers.at(0.95) == series.quantile(0.95, interpolation="lower") or column.numbers.at(
            0.95
        ) == series.quantile(0.95, interpolation="higher")
        assert sum(bar.rows for bar in column.bars) == series.notna().sum()
    counts = data["region"].value_counts()
    assert {level.name: level.rows for level in look["region"].levels} == counts.to_dict()
    assert look["owner"].levels[0].name == "false"


def test_roles_are_guessed_and_said() -> None:
    """The label and the time column are found by name and values, and the look says it guessed."""
    found = explore(loans()).found
    assert found.roles == {"label": "default", "time": "booked_date"}
    assert set(found.guessed) == {"label", "time"}
    assert explore(loans(), guessing=False).found.roles == {}
    assert explore(loans(), label="owner").found.roles["label"] == "owner"


def test_a_guessed_label_that_the_data_contradict_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value outside the sample that is neither 0 nor 1 undoes the guess, where the same label named is an error."""
    monkeypatch.setattr("secondline.frames.facts.SAMPLE_ROWS", 200)
    monkeypatch.setattr("secondline.workflow.explore.guess", lambda _: {"label": ["default"]})
    data = loans().assign(default=lambda f: np.where(f.index == 5, 7, f["default"]))
    assert "label" not in explore(data).found.roles
    with pytest.raises(DataError, match="1 of 3,000 values are neither 0 nor 1"):
        explore(data, label="default")


def test_signal_is_told_from_noise() -> None:
    """The driver leads with an interval above 0; the useless column is no more than noise; totals add up."""
    look = explore(loans())
    driver, useless = look["income"].signal, look["noise"].signal
    assert driver is not None
    assert useless is not None
    assert driver.low is not None
    assert driver.low > 0.1
    assert driver.p_adjusted is not None
    assert driver.p_adjusted < 1e-6
    assert useless.p_adjusted is not None
    assert useless.p_adjusted > 0.05
    assert sum(b.events for b in driver.bins) == loans()["default"].sum() == look.found.first.events
    assert look["default"].signal is None


def test_months_carry_rates_and_means() -> None:
    """Twelve months, each with its Wilson interval around the rate and a mean with its interval."""
    data = loans()
    periods = explore(data).found.periods
    assert [p.name for p in periods] == [f"2025-{m:02d}" for m in range(1, 13)]
    march = data[data["booked_date"].dt.month == 3]
    assert periods[2].rate == pytest.approx(march["default"].mean())
    part = periods[2].columns["noise"]
    assert part.mean == pytest.approx(march["noise"].mean())
    assert part.low is not None
    assert part.high is not None
    assert (part.high - part.low) / 2 == pytest.approx(1.959964 * march["noise"].sem())


def test_a_shift_between_populations_is_found_and_sameness_is_noise() -> None:
    """The shifted column is far from its noise; the others are not told from no difference; odd columns are named."""
    other = loans(seed=1, shift=0.3).rename(columns={"owner": "possessor"}).assign(dpd="text")
    look = explore(loans(), against={"later": other})
    assert [p.name for p in look.found.populations] == ["data", "later"]
    assert (look["income"].shifts[0].p_adjusted or 0) < 1e-6
    assert (look["noise"].shifts[0].p_adjusted or 0) > 0.05
    assert look["owner"].shifts[0].because == "later has no such column"
    assert "of another kind" in look["dpd"].shifts[0].because
    assert "only later has 'possessor'" in look.found.notes
    assert look.found.populations[1].rate == pytest.approx(other["default"].mean())


def test_segments_are_shown() -> None:
    """Each level has its rows and rate."""
    data = loans()
    found = explore(data, by="region").found.segments
    assert [s.rows for s in found] == data.groupby("region").size().tolist()
    assert [s.rate for s in found] == pytest.approx(data.groupby("region")["default"].mean().tolist())


def test_any_table_gives_the_same_look(tmp_path: Path) -> None:
    """pandas, polars, Arrow and a file: the columns found are the same."""
    data = loans(400)
    path = tmp_path / "loans.parquet"
    pq.write_table(pa.Table.from_pandas(data, preserve_index=False), path)
    looks = [
        explore(source, guessing=False) for source in (data, pl.from_pandas(data), pq.read_table(path), path, str(path))
    ]
    first, *others = [[asdict(c.numbers) for c in look if c.numbers] for look in looks]
    for other in others:
        assert_near(first, other)
    assert looks[-1].found.first.name == "loans"


def test_the_same_data_give_the_same_look() -> None:
    """Rows in another order change nothing, and neither does a second look."""
    data = loans(500)
    first, again = (explore(part).to_json() for part in (data, data.sample(frac=1, random_state=1)))
    assert_near(first, again)


def assert_near(a: Any, b: Any) -> None:
    """Compare plain values: numbers to the last digits, which sums of another order may move, the rest exactly."""
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_near(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b)
        for one, other in zip(a, b, strict=True):
            assert_near(one, other)
    else:
        assert a == (pytest.approx(b, rel=1e-9, abs=1e-9) if isinstance(b, float) else b)


ODD: dict[str, Any] = {
    "one row": {"x": [1.5], "t": ["a"], "y": [0]},
    "all missing": {"x": pa.array([None, None], pa.float64()), "t": pa.array([None, None], pa.string())},
    "text only": {"a": ["x", "y", "x"], "b": ["z", None, ""]},
    "nested only": {"l": [[1], [2]]},
    "booleans": {"b": [True, None, False]},
    "dates": {"d": [date(2020, 1, 1) + timedelta(days=i) for i in range(3)]},
    "odd doubles": {"x": [float("inf"), float("-inf"), float("nan"), 1e308, -1e308]},
    "label only": {"y": [0, 1, 1]},
    "hostile": {"<b>'\";--": [1, 2], "a b": ["<script>", "`x`"], "日本": [0.1, 0.2]},
}


@pytest.mark.parametrize("name", ODD)
def test_data_that_are_hardly_data(name: str) -> None:
    """Each gives a look, plain JSON without NaN, a page and a card: never a failure, never a silent number."""
    look = explore(pa.table(ODD[name]))
    json.dumps(look.to_json(), allow_nan=False)
    from secondline.reports.explore import render

    assert "</html>" in render(look.found)
    assert "<table" in look._repr_html_()
    assert len(look) == len(ODD[name])


def test_what_stands_out_is_said() -> None:
    """Keys, constants, gaps, blanks, NaN, infinities, tails, texts of numbers and the outcome itself are remarked."""
    rng = np.random.default_rng(0)
    n = 1_000
    y = rng.integers(0, 2, n)
    look = explore(pa.table({
        "key": [f"k{i}" for i in range(n)], "same": [3] * n, "gone": pa.array([None] * n, pa.float64()),
        "gaps": pa.array(np.arange(n) % 7, mask=rng.random(n) < 0.5),
        "nan": np.where(rng.random(n) < 0.1, np.nan, 1.0 * y),
        "inf": np.where(rng.random(n) < 0.1, np.inf, rng.random(n)), "tail": rng.standard_cauchy(n),
        "digits": [str(i % 20) for i in range(n)], "nearly": ["a"] * (n - 2) + ["b", ""], "y": y,
        "leak": y + 0.001 * rng.random(n),
    }))  # fmt: skip
    said = {c.name: " ".join(c.remarks) for c in look}
    expected = {
        "key": "may be a key", "same": "constant", "gone": "no row has a value", "gaps": "missing", "nan": "NaN",
        "inf": "infinite", "tail": "beyond the far fences", "digits": "all read as numbers",
        "nearly": "nearly constant", "leak": "knows the outcome almost alone",
    }  # fmt: skip
    assert {name: text for name, text in expected.items() if text not in said[name]} == {}
    assert not look["y"].remarks
    assert "1 blank texts" in said["nearly"]


def test_texts_are_read_as_what_they_are() -> None:
    """Only texts that all read as numbers or dates are called so; blanks are left aside."""
    assert reads_as(["1", "2.5", None, " "]) == "numbers"
    assert reads_as(["2020-01-01", "2020-02-30"]) == ""
    assert reads_as(["2020-01-01", "2021-01-01"]) == "dates"
    assert reads_as([None, ""]) == ""


def test_wide_data_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred columns: each is counted and the pairs are kept within bounds."""
    monkeypatch.setattr("secondline.measures.explore.whole.PAIRS_KEPT", 50)
    rng = np.random.default_rng(0)
    look = explore(pa.table({f"x{i}": rng.normal(size=200) for i in range(100)}))
    assert len(look) == 100
    assert len(look.found.pairs) == 50
    assert any("strongest are kept" in note for note in look.found.notes)


def test_a_look_is_handled() -> None:
    """Columns by name with close matches, a summary of itself, and the public names of the package."""
    look = sl.explore(pa.table({"income": [1, 2]}))
    assert isinstance(look, sl.Explored)
    assert "2 rows, 1 columns" in repr(look)
    with pytest.raises(SpecError, match="Did you mean 'income'"):
        look["incom"]
    with pytest.raises(SpecError, match="name the label too"):
        sl.explore(pa.table({"income": [1, 2]}), event="x")


def test_a_page_is_written_whole(tmp_path: Path) -> None:
    """The page is a .html file, and another suffix is refused before anything is written."""
    look = explore(pa.table({"x": [1, 2]}))
    assert look.report(tmp_path / "deep" / "look.html").read_text().startswith("<!DOCTYPE html>")
    with pytest.raises(SpecError, match=r"does not end in \.html"):
        look.report(tmp_path / "look.pdf")
    assert not (tmp_path / "look.pdf").exists()
