"""Graded answers as the engine reads them: all columns, by criterion, in one order, and refusals."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from answers import answers, study, table
from portfolios import collected
from secondline.core import needs
from secondline.core.errors import DataError, MissingColumn
from secondline.core.needs import Need
from secondline.core.tables import Graded
from secondline.core.tables.graded import COLUMNS

NAN = math.nan
BOTH = (answers([1.0, 0.0, NAN], value=[0.5, NAN, math.inf], cluster=["d", "d", "e"], answer=["yes", "no", ""]),
        answers([1.0, 1.0, 0.0], criterion="polite", severity=5.0))  # fmt: skip


def read(data: Any, *asked: Need) -> Any:
    """Return the records of one suite's table."""
    found = collected(study(), {"questions": data}, *(asked or (needs.Graded(criterion="right"),)))
    records = [found.record(("questions", need)) for need in (asked or (needs.Graded(criterion="right"),))]
    return records if asked else records[0]


def test_each_criterion_gets_its_rows_from_one_query() -> None:
    """Two criteria and all of them are read by one query, whose answer is not kept; an unknown one is empty."""
    asked = [needs.Graded(criterion=name) for name in ("right", "polite", "", "nobody")]
    found = collected(study(), {"questions": table(*BOTH)}, *asked)
    sizes = [len(found.record(("questions", need))) for need in asked]
    assert sizes == [3, 3, 6, 0]
    queries = [q for q in found.queries if q.purpose == "graded answers"]
    assert len(queries) == 1
    assert not queries[0].answer


def test_a_record_is_what_was_graded() -> None:
    """Every column comes back, infinite numbers as unknown, in an order that does not depend on the rows' order."""
    graded: Graded = read(table(*BOTH))
    assert graded["case"].tolist() == ["c0000", "c0001", "c0002"]
    assert graded["cluster"].tolist() == ["d", "d", "e"]
    assert graded["answer"].tolist() == ["yes", "no", ""]
    np.testing.assert_array_equal(graded.number("value"), [0.5, NAN, NAN])
    turned = table(*BOTH).take(pa.array([5, 2, 0, 3, 1, 4]))
    assert read(turned) == graded


def test_only_three_columns_must_be_there(tmp_path: Any) -> None:
    """Case, criterion and verdict are enough, from a file as well; flags may be booleans; others are unknown."""
    bare = pa.table({"case": ["a", "b"], "criterion": ["right", "right"], "verdict": [True, False]})
    pq.write_table(bare, tmp_path / "q.parquet")
    graded: Graded = read(str(tmp_path / "q.parquet"))
    assert graded.number("verdict").tolist() == [1, 0]
    assert graded["cluster"].tolist() == ["a", "b"]
    assert np.isnan(graded.number("label")).all()
    assert set(COLUMNS) <= set(graded.columns)


@pytest.mark.parametrize("column", ["case", "criterion", "verdict"])
def test_a_column_that_must_be_there(column: str) -> None:
    """Without it the table is no table of graded answers, and the message names the column."""
    with pytest.raises(MissingColumn, match=column):
        read(table(*BOTH).drop_columns([column]))


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [("verdict", 2.0, "1 .pass. or 0 .fail."), ("label", 0.5, "1 .pass. or 0 .fail."), ("chance", 0.0, "above 0"),
     ("chance", 1.5, "above 0"), ("severity", 6.0, "from 1 to 5")],
)  # fmt: skip
def test_values_no_statistic_could_use_are_refused(column: str, value: float, says: str) -> None:
    """A verdict of 2, a label of one half, a chance of 0 or a severity of 6 stop the run and are named."""
    whole = table(*BOTH)
    values = whole[column].to_pylist()
    values[0] = value
    wrong = whole.set_column(whole.column_names.index(column), column, pa.array(values, pa.float64()))
    with pytest.raises(DataError, match=says):
        read(wrong)


def test_text_where_a_number_belongs_is_refused() -> None:
    """A column of text that must be a number is named with its type."""
    whole = table(*BOTH)
    wrong = whole.set_column(whole.column_names.index("label"), "label", pa.array(["yes"] * 6))
    with pytest.raises(DataError, match=r"'label'.*string"):
        read(wrong)


def test_answers_that_were_not_handed_over() -> None:
    """A suite without its table says that the system must be asked first."""
    with pytest.raises(DataError, match="Ask the system first"):
        collected(study(), {}, needs.Graded(criterion="right"))
