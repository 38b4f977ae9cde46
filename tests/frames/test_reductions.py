"""Every reduction equals numpy's, weighted and not, on clean and on dirty data."""

from __future__ import annotations

import numpy as np
import pytest

from portfolios import collected, column, portfolio, spec
from secondline.core import needs
from secondline.core.needs import BAND
from secondline.core.tables import Bins, GroupTable, Histogram, ScoreTable
from secondline.frames.reductions import scores

CASES = [(False, False), (True, False), (False, True), (True, True)]
IDS = ["plain", "weighted", "dirty", "weighted-dirty"]


@pytest.fixture(params=CASES, ids=IDS)
def case(request: pytest.FixtureRequest) -> tuple[bool, bool]:
    weighted, dirty = request.param
    return bool(weighted), bool(dirty)


def weights(table: object, weighted: bool) -> np.ndarray:
    values = column(table, "w")
    return values if weighted else np.ones_like(values)


def test_score_table_equals_the_one_built_from_rows(case: tuple[bool, bool]) -> None:
    """The engine's table and numpy's hold the same sums at the same scores."""
    weighted, dirty = case
    table = portfolio(4_000, dirty=dirty)
    found = collected(spec("dev", weighted=weighted), {"dev": table}, needs.Scores()).record(("dev", needs.Scores()))
    expected = ScoreTable.of(column(table, "pd"), column(table, "y"), weights(table, weighted))
    for name in ("key", "rows", "event_rows", "weight", "event_weight", "weight_sq", "event_weight_sq"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    for name in ("score_weight", "score_sq", "score_event", "log_loss"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12, atol=1e-12)


def test_score_table_by_segment_adds_up_to_the_whole(case: tuple[bool, bool]) -> None:
    """The tables of all levels, the missing one included, add to the table of all rows."""
    weighted, dirty = case
    table = portfolio(3_000, dirty=dirty)
    by = needs.Scores(by="region")
    out = collected(spec("dev", weighted=weighted), {"dev": table}, needs.Scores(), by)
    whole = out.record(("dev", needs.Scores()))
    parts = [out.record(("dev", by), level) for level in out.levels(("dev", by))]
    total = sum(parts, ScoreTable.empty())
    np.testing.assert_array_equal(total.key, whole.key)
    np.testing.assert_array_equal(total.event_rows, whole.event_rows)
    np.testing.assert_allclose(total.log_loss, whole.log_loss, rtol=1e-12)
    assert ("(missing)" in out.levels(("dev", by))) is dirty


def test_grid_keeps_every_sum_within_its_cells(case: tuple[bool, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """On the grid no row is lost, totals are exact, and each cell's mean score lies inside the cell."""
    weighted, dirty = case
    monkeypatch.setattr(scores, "EXACT_LIMIT", 10)
    monkeypatch.setattr(scores, "CELLS", 64)
    table = portfolio(3_000, dirty=dirty)
    grid = collected(spec("dev", weighted=weighted), {"dev": table}, needs.Scores()).record(("dev", needs.Scores()))
    exact = ScoreTable.of(column(table, "pd"), column(table, "y"), weights(table, weighted))
    assert grid.cell > 0
    assert len(grid.key) <= 66
    assert grid.n == exact.n
    for name in ("weight", "event_weight", "weight_sq", "score_weight", "score_sq", "score_event", "log_loss"):
        assert getattr(grid, name).sum() == pytest.approx(getattr(exact, name).sum(), rel=1e-12)
    assert np.all(grid.score >= grid.key - 1e-12)
    assert np.all(grid.score <= grid.key + grid.cell + 1e-12)


def test_histogram_counts_every_row_once(case: tuple[bool, bool]) -> None:
    """Bins, missing, NaN and both infinities hold all rows, and the range is that of the finite values."""
    weighted, dirty = case
    table = portfolio(3_000, dirty=dirty)
    need = needs.Histogram(column="income")
    found: Histogram = collected(spec("dev", weighted=weighted), {"dev": table}, need).record(("dev", need))
    raw = table["income"].to_pylist()
    values, w = column(table, "income"), weights(table, weighted)
    finite = np.isfinite(values)
    edges = np.array(found.bins.edges)
    expected = np.bincount(
        np.searchsorted(edges, values[finite], side="left"), weights=w[finite], minlength=len(edges) + 1
    )
    np.testing.assert_allclose(found.weight[: found.bins.size], expected)
    assert found.rows.sum() == len(values)
    missing = sum(v is None for v in raw)
    nan = int(np.isnan(values).sum()) - missing
    assert found.rows[-4:].tolist() == [missing, nan, int((values == -np.inf).sum()), int((values == np.inf).sum())]
    assert (np.nanmin(found.low), np.nanmax(found.high)) == (values[finite].min(), values[finite].max())


def test_histogram_splits_by_outcome(case: tuple[bool, bool]) -> None:
    """Events, non-events and rows with an unknown label make up the rows of each level."""
    weighted, dirty = case
    table = portfolio(2_000, dirty=dirty)
    need = needs.Histogram(column="region")
    found: Histogram = collected(spec("dev", weighted=weighted), {"dev": table}, need).record(("dev", need))
    y, w = column(table, "y"), weights(table, weighted)
    region = np.array([r or "(missing)" for r in table["region"].to_pylist()])
    for place, label in enumerate(found.bins.labels):
        mine = region == label
        assert found.event_rows[place] == int((mine & (y == 1)).sum())
        assert found.nonevent_weight[place] == pytest.approx(float(w[mine & (y == 0)].sum()))


def test_levels_the_reference_lacks_are_other() -> None:
    """A level that only the current population has is counted as other, not dropped."""
    need = needs.Histogram(column="region")
    dev = portfolio(500)
    cur = dev.set_column(dev.column_names.index("region"), "region", [["moon"] * 500])
    out = collected(spec("dev", "cur"), {"dev": dev, "cur": cur}, need)
    found: Histogram = out.record(("cur", need))
    assert found.bins == out.record(("dev", need)).bins
    assert found.rows.tolist() == [0, 0, 0, 500, 0]


def test_group_table_equals_numpy(case: tuple[bool, bool]) -> None:
    """Predicted and observed sums by segment, over the rows that count."""
    weighted, dirty = case
    table = portfolio(3_000, dirty=dirty)
    need = needs.Groups(by="region")
    found: GroupTable = collected(spec("dev", weighted=weighted), {"dev": table}, need).record(("dev", need))
    p, y, w = column(table, "pd"), column(table, "y"), weights(table, weighted)
    region = np.array([r or "(missing)" for r in table["region"].to_pylist()])
    for i, level in enumerate(found.levels):
        mine, known = region == level, (region == level) & ~np.isnan(y)
        assert found.rows[i] == mine.sum()
        assert found.labelled[i] == known.sum()
        assert found.event_weight[i] == pytest.approx(float((w * np.nan_to_num(y))[known].sum()))
        assert found.score_weight[i] == pytest.approx(float((w * p)[known].sum()))
        assert found.score_var[i] == pytest.approx(float((w * w * p * (1 - p))[known].sum()))
        assert found.weight_sq[i] == pytest.approx(float((w * w)[known].sum()))


def test_a_cube_gives_the_same_as_its_parts(case: tuple[bool, bool]) -> None:
    """Group tables read off a band-by-segment cube equal those queried alone."""
    weighted, dirty = case
    table = {"dev": portfolio(2_000, dirty=dirty)}
    study = spec("dev", weighted=weighted)
    margins = (needs.Groups(by="region"), needs.Groups(by=BAND), needs.Groups())
    cube = collected(study, table, needs.Cross(rows=BAND, columns="region"), *margins)
    for need in margins:
        alone, joined = collected(study, table, need).record(("dev", need)), cube.record(("dev", need))
        assert joined.levels == alone.levels
        for name in ("rows", "labelled", "event_rows", "label_weight", "score_weight", "weight_sq"):
            np.testing.assert_allclose(getattr(joined, name), getattr(alone, name), rtol=1e-12)
    crossed = cube.record(("dev", needs.Cross(rows=BAND, columns="region")))
    assert crossed.rows.sum() == 2_000
    assert crossed.labelled.sum() == cube.record(("dev", needs.Groups())).labelled.sum()


def test_keys_count_duplicates_and_nulls() -> None:
    """Rows beyond the first of their key are duplicated; rows without a key are null rows."""
    table = portfolio(100)
    ids = [*range(95), 1, 1, 2, None, None]
    table = table.set_column(0, "id", [ids])
    found = collected(spec("dev"), {"dev": table}, needs.Keys()).record(("dev", needs.Keys()))
    assert (found.rows, found.null_rows, found.duplicated) == (100, 2, 3)
    assert len(found.hashes) == 95
    assert found.counts.max() == 3


def test_overlap_finds_shared_keys() -> None:
    """Keys of the current population that the reference has too, whatever their order."""
    dev, cur = portfolio(300), portfolio(200, seed=1)
    cur = cur.set_column(0, "id", [[*range(50), *range(1_000, 1_150)]])
    study = spec("dev", "cur")
    out = collected(study, {"dev": dev, "cur": cur}, needs.Overlap())
    assert len(out.record(("cur", needs.Overlap())).hashes) == 50


def test_columns_with_few_values_are_cut_at_each() -> None:
    """A count from 0 to 4 gets a bin per value."""
    need = needs.Histogram(column="dpd")
    found = collected(spec("dev"), {"dev": portfolio(1_000)}, need).record(("dev", need))
    assert found.bins == Bins("dpd", edges=(0.0, 1.0, 2.0, 3.0))


def test_an_all_null_feature_has_one_bin_and_no_range() -> None:
    """Nothing to cut is not an error: all rows are missing."""
    import pyarrow as pa

    table = portfolio(200).append_column("void", pa.nulls(200, pa.float64()))
    need = needs.Histogram(column="void")
    found = collected(spec("dev"), {"dev": table}, need).record(("dev", need))
    assert found.rows.tolist() == [0, 200, 0, 0, 0]
    assert np.isnan(found.low).all()
