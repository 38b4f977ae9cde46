"""Sufficient statistics add: ``a + b`` is the statistic of the union, for every record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios import collected, portfolio, spec
from secondline.core import needs
from secondline.core.errors import MergeError
from secondline.core.needs import BAND, Need
from secondline.core.tables import (
    Bins,
    CoMoments,
    FirstLast,
    Histogram,
    Moments,
    ScoreTable,
    content_digest,
)
from secondline.frames.collect import collect, open_populations
from secondline.frames.reductions.keys import co_moments

ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), st.sampled_from([0.0, 1.0]), st.sampled_from([0.5, 1.0, 3.0])
    ),
    max_size=30,
)


def scores(rows: list[tuple[float, float, float]]) -> ScoreTable:
    s, y, w = (np.array(c) for c in zip(*rows, strict=True)) if rows else (np.empty(0),) * 3
    return ScoreTable.of(s, y, w)


@given(a=ROWS, b=ROWS)
def test_score_tables_add(a: list[Any], b: list[Any]) -> None:
    """Adding two tables equals building one from all rows (every sum here is exact in binary but the logs)."""
    added, whole = scores(a) + scores(b), scores(a + b)
    np.testing.assert_array_equal(added.key, whole.key)
    np.testing.assert_array_equal(added.event_weight, whole.event_weight)
    np.testing.assert_allclose(added.log_loss, whole.log_loss, rtol=1e-12)


@given(a=ROWS, b=ROWS, c=ROWS)
def test_addition_is_associative_and_commutative(a: list[Any], b: list[Any], c: list[Any]) -> None:
    """Shards may be added in any order."""
    x, y, z = scores(a), scores(b), scores(c)
    np.testing.assert_allclose(((x + y) + z).score_weight, (z + (y + x)).score_weight, rtol=1e-12)


@given(rows=ROWS)
def test_the_empty_table_is_neutral(rows: list[Any]) -> None:
    """Adding nothing changes nothing."""
    assert scores(rows) + ScoreTable.empty() == scores(rows)


def test_rows_that_cannot_count_are_dropped() -> None:
    """Unknown labels, scores that are no number and weights of zero are in no sum."""
    s = np.array([0.1, np.nan, 0.2, 0.3, np.inf])
    y = np.array([1.0, 1.0, np.nan, 0.0, 1.0])
    table = ScoreTable.of(s, y, np.array([1.0, 1.0, 1.0, 0.0, 1.0]))
    assert (table.n, table.n_events, table.key.tolist()) == (1, 1, [0.1])


def test_grids_of_different_cells_do_not_add() -> None:
    """A table on a grid and an exact one are refused, with the way out."""
    from dataclasses import replace

    exact = scores([(0.5, 1.0, 1.0)])
    with pytest.raises(MergeError, match="different grid cell"):
        _ = exact + replace(exact, cell=0.25)
    assert ScoreTable.empty() + replace(exact, cell=0.25) == replace(exact, cell=0.25)


VALUES = st.lists(st.floats(-1e6, 1e6), max_size=40)


def moments(values: list[float]) -> Moments:
    if not values:
        return Moments.empty()
    x = np.array(values)
    return Moments(len(x), float(len(x)), float(x.mean()), float(((x - x.mean()) ** 2).sum()), x.min(), x.max())


@given(a=VALUES, b=VALUES)
def test_moments_add(a: list[float], b: list[float]) -> None:
    """Mean, spread and range of the union."""
    added, whole = moments(a) + moments(b), moments(a + b)
    assert added.rows == whole.rows
    assert added.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert added.m2 == pytest.approx(whole.m2, rel=1e-9, abs=1e-3)
    assert (added.low, added.high) == (whole.low, whole.high)
    assert Moments.empty().variance is None


NEEDS: tuple[Need, ...] = (
    needs.Scores(),
    needs.Histogram(column="income"),
    needs.Histogram(column="region"),
    needs.Groups(by="region"),
    needs.Groups(by=BAND),
    needs.Cross(rows=BAND, columns="region"),
    needs.Keys(),
)


@pytest.mark.parametrize("need", NEEDS, ids=repr)
@pytest.mark.parametrize("weighted", [False, True])
def test_shards_reduced_apart_add_to_the_whole(need: Need, weighted: bool) -> None:
    """What two partitions' queries return adds to what one query over both returns."""
    whole = portfolio(2_000, seed=3, dirty=True)
    study = spec("all", "a", "b", weighted=weighted)
    parts = {"all": whole, "a": whole.slice(0, 700), "b": whole.slice(700)}
    relations = open_populations(study, parts, __import__("pathlib").Path())
    out = collect(relations, study, [(name, need) for name in parts])
    added = out.record(("a", need)) + out.record(("b", need))
    _assert_same(added, out.record(("all", need)))


def _assert_same(a: Any, b: Any) -> None:
    assert type(a) is type(b)
    for name in a.__dataclass_fields__:
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-6, equal_nan=True)
        elif isinstance(x, np.ndarray):
            np.testing.assert_array_equal(x, y)
        else:
            assert x == y


def test_co_moments_add() -> None:
    """Covariances of the union from those of two samples of every row."""
    table = portfolio(900)
    out = collected(
        spec("a", "b", "all"), {"a": table.slice(0, 300), "b": table.slice(300), "all": table}, needs.Rows()
    )
    a, b, whole = (co_moments(out.record((n, needs.Rows())), ("income", "dpd")) for n in ("a", "b", "all"))
    _assert_same(a + b, whole)
    x = np.array([table["income"].to_pylist(), table["dpd"].to_pylist()])
    np.testing.assert_allclose(whole.matrix / whole.rows, np.cov(x, ddof=0), rtol=1e-9)
    with pytest.raises(MergeError, match="different columns"):
        _ = a + CoMoments(("x",), 0, 0.0, a.mean[:1], a.matrix[:1, :1])


def test_first_and_last_add() -> None:
    """The range of the union; a shard without times changes only the counts."""
    a, b = FirstLast(3, 1, "2024-01-01", "2024-05-01"), FirstLast(2, 2, None, None)
    assert a + b == FirstLast(5, 3, "2024-01-01", "2024-05-01")
    assert a + FirstLast(1, 0, "2023-01-01", "2024-06-01") == FirstLast(4, 1, "2023-01-01", "2024-06-01")


def test_histograms_of_different_bins_do_not_add() -> None:
    """Counts by other edges are other counts."""
    need = needs.Histogram(column="dpd")
    table = portfolio(100)
    a: Histogram = collected(spec("dev"), {"dev": table}, need).record(("dev", need))
    b: Histogram = collected(spec("dev"), {"dev": table.filter(np.array(table["dpd"].to_pylist()) > 2)}, need).record(
        ("dev", need)
    )
    with pytest.raises(MergeError, match="different bins"):
        _ = a + b


@pytest.mark.parametrize(
    ("bins", "labels"),
    [
        (Bins("x", edges=()), ("all values", "(missing)", "(not a number)", "(-inf)", "(+inf)")),
        (Bins("x", edges=(1.0, 2.5)), ("<= 1", "(1, 2.5]", "> 2.5", "(missing)", "(not a number)", "(-inf)", "(+inf)")),
        (Bins("x", levels=("a", "b")), ("a", "b", "(other)", "(missing)")),
    ],
)
def test_every_cell_has_a_name(bins: Bins, labels: tuple[str, ...]) -> None:
    """Ordinary bins first, then the special cells."""
    assert bins.labels == labels
    assert bins.size + len(bins.specials) == len(labels)


MAKERS: list[Callable[[float], Any]] = [
    lambda x: scores([(x, 1.0, 1.0)]),
    lambda x: Moments(1, 1.0, x, 0.0, x, x),
    lambda x: FirstLast(1, 0, str(x), str(x)),
]


@pytest.mark.parametrize("make", MAKERS)
def test_content_digests_tell_records_apart(make: Callable[[float], Any]) -> None:
    """Equal records have equal digests, and a changed number changes the digest."""
    assert content_digest(make(0.25)) == content_digest(make(0.25))
    assert content_digest(make(0.25)) != content_digest(make(0.5))
    assert make(0.25) == make(0.25)
    assert make(0.25) != make(0.5)
    assert isinstance(make(0.25).to_json(), dict)
