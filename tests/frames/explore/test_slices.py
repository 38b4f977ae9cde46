"""Slices: rows, events, gaps and means by month and by segment are those of pandas' group-by."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from frames.explore.test_grids import look
from secondline.frames.explore.opened import Roles
from secondline.frames.explore.slices import MOST_SEGMENTS, OTHERS, Slice, grain


def frame() -> pd.DataFrame:
    """Return five months of labelled rows with gaps and an infinity."""
    rng = np.random.default_rng(0)
    rows = 3_000
    x = rng.lognormal(size=rows)
    x[rng.random(rows) < 0.1] = np.nan
    x[7] = np.inf
    at = pd.Timestamp("2026-01-05") + pd.to_timedelta(rng.integers(0, 140, rows), unit="D")
    region = rng.choice(np.array(["n", "s", None], dtype=object), rows)
    return pd.DataFrame(
        {"x": x, "k": rng.integers(0, 9, rows), "y": rng.integers(0, 2, rows), "at": at, "region": region}
    )


def assert_same(found: tuple[Slice, ...], groups: dict[str, pd.DataFrame]) -> None:
    """Compare slices with groups of rows."""
    assert [s.name for s in found] == list(groups)
    for one in found:
        rows = groups[one.name]
        finite = rows["x"][np.isfinite(rows["x"])]
        assert (one.rows, one.labelled, one.events) == (len(rows), len(rows), rows["y"].sum())
        assert one.known["x"] == rows["x"].notna().sum()
        assert one.moments["x"].rows == len(finite)
        assert one.moments["x"].mean == pytest.approx(finite.mean())
        assert one.moments["k"].m2 == pytest.approx(rows["k"].var(ddof=0) * len(rows))


def test_months_are_those_of_pandas() -> None:
    """Five months, each with its rows, events, known values and moments."""
    data = frame()
    found = look(data, Roles(label="y", time="at"))
    groups = {str(name): rows for name, rows in data.groupby(data["at"].dt.strftime("%Y-%m"))}
    assert found.step == "month"
    assert_same(found.periods, groups)


def test_segments_are_those_of_pandas() -> None:
    """Each level, and the rows without one last."""
    data = frame()
    found = look(data, Roles(label="y", by="region"))
    groups = {str(name): rows for name, rows in data.fillna({"region": "(missing)"}).groupby("region")}
    assert_same(found.segments, {name: groups[name] for name in ("n", "s", "(missing)")})


def test_small_segments_are_pooled() -> None:
    """Beyond the largest twenty levels the rest is one, and no row is lost."""
    found = look(pd.DataFrame({"g": [str(i) for i in range(40) for _ in range(i + 1)]}), Roles(by="g")).segments
    assert len(found) == MOST_SEGMENTS + 1
    assert found[-1].name == OTHERS
    assert sum(s.rows for s in found) == 820


def test_the_step_follows_the_span() -> None:
    """Two months are shown by day, ten years by month, and more by year."""
    start = datetime(2020, 1, 1)  # noqa: DTZ001 - local times, as a file has them
    assert grain(start, datetime(2020, 2, 20)) == "day"  # noqa: DTZ001 - the same
    assert grain(start, datetime(2028, 1, 1)) == "month"  # noqa: DTZ001 - the same
    assert grain(start, datetime(2060, 1, 1)) == "year"  # noqa: DTZ001 - the same
