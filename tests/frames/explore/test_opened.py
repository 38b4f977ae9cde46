"""Opened: what an option names is checked against the data, and the message says what to do."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from frames.explore.test_grids import look
from secondline.core.errors import DataError
from secondline.core.tables import Histogram
from secondline.frames.explore.opened import Roles, engine, opened, with_roles
from secondline.frames.peek import MOST_COLUMNS

TABLE = pa.table({
    "income": [1.0, 2.0, 3.0, None], "bad": [0, 1, 1, None], "grade": ["good", "bad", "good", None],
    "points": [1, 2, 3, 4], "nested": [[1], [2], [3], None], "flag": [True, False, None, True],
    "rate": [0.0, 1.0, float("nan"), None],
})  # fmt: skip


@pytest.mark.parametrize(
    ("roles", "says"),
    [
        (Roles(label="incom"), "no column 'incom' (named by --label). Did you mean 'income'?"),
        (Roles(time="when"), "(named by --time). It has: 'income', 'bad'"),
        (Roles(by="nested"), "--by nested: a column of type array<int64> has no levels"),
        (Roles(time="points"), "must be a date or a timestamp"),
        (Roles(label="points"), "3 of 4 values are neither 0 nor 1 (they run from 1 to 4)"),
        (Roles(label="grade"), "It has: 'good', 'bad'. Say which value marks the event with --event"),
        (Roles(label="nested"), "must hold 0 and 1"),
        (Roles(label="grade", event="Bad"), "--event Bad: no row has this value in 'grade'. Did you mean 'bad'?"),
        (Roles(label="grade", event="?"), "It has: 'good', 'bad'."),
    ],
)
def test_a_role_that_cannot_be_is_refused(roles: Roles, says: str) -> None:
    """Each message names the option, what is wrong with it, and what the data have instead."""
    with pytest.raises(DataError) as raised:
        with_roles(opened("data", TABLE, engine()), roles)
    assert says in str(raised.value)


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (pa.table({}), "has no columns"),
        (TABLE.slice(0, 0), "is empty: it has no rows"),
        (pa.table({"@x": [1]}), "names that begin with @ are reserved"),
        (pa.table({f"x{i}": [1] for i in range(MOST_COLUMNS + 1)}), "Name those you want with --column"),
        (7, "cannot read a int"),
    ],
)
def test_a_population_that_cannot_be_looked_at_is_refused(table: Any, says: str) -> None:
    """No columns, no rows, reserved names, far too many columns, and things that are no table."""
    with pytest.raises(DataError) as raised:
        look(table)
    assert says in str(raised.value)


def outcome(roles: Roles) -> tuple[int, int]:
    """Return events and labelled rows as the histogram of a column has them."""
    found: Histogram = look(TABLE, roles).histograms["points"]
    return int(found.event_rows.sum()), int(found.event_rows.sum() + found.nonevent_rows.sum())


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (Roles(label="bad"), (2, 3)),
        (Roles(label="flag"), (2, 3)),
        (Roles(label="rate"), (1, 2)),
        (Roles(label="grade", event="bad"), (1, 3)),
        (Roles(label="points", event="3"), (1, 4)),
    ],
)
def test_a_label_is_read(roles: Roles, expected: tuple[int, int]) -> None:
    """Numbers, booleans and named values are labels; missing ones and NaN are unlabelled rows."""
    assert outcome(roles) == expected


def test_columns_can_be_narrowed() -> None:
    """Only the named columns are looked at, in the order named, each once."""
    found = opened("data", TABLE, engine(), ("points", "bad", "points"))
    assert list(found.kinds) == ["points", "bad"]
    with pytest.raises(DataError, match=r"named by --column\). Did you mean 'points'"):
        opened("data", TABLE, engine(), ("point",))


def test_kinds_of_columns() -> None:
    """A column of nothing is a text without values; what has no plain order or levels is left aside."""
    table = pa.table(
        {"none": pa.nulls(2), "u": pa.array(["a", "b"]).dictionary_encode(), "t": pa.array([1, 2], pa.time32("s"))}
    )
    found = opened("data", table, engine())
    assert found.kinds == {"none": "text", "u": "text", "t": "other"}
    assert found.relation.types["none"] == "null"
