"""Features in batch: refusals, ties and repetitions, and how a feature that knows the future is found out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from secondline import Study
from secondline.core.declared.velocity import Velocities
from secondline.core.errors import DataError, MissingColumn
from secondline.frames.velocity import ahead, featured
from secondline.samples.cardstream import Scene, draw, labelled
from velocities import every, table

MINUTE = 60_000_000
Row = dict[str, Any]
SAID = Velocities.model_validate(
    {
        "decimals": {"amount": 2},
        "features": [
            {"id": "n", "entity": "card", "aggregate": "count", "window": "1d"},
            {"id": "spent", "entity": "card", "aggregate": "sum", "column": "amount", "window": "7d"},
        ],
    }
)


def row(number: int, at: int, **other: Any) -> Row:
    """Return a row, plain unless told otherwise."""
    usual = {"card": "a", "merchant": "m1", "channel": "chip", "amount": 10.0, "risk": 0.5}
    return {"id": number, "at": at} | usual | other


def test_rows_come_back_once_in_order_with_what_they_had() -> None:
    """Repeated keys count once, order is by time and key, and other columns stay."""
    made = featured(table([row(3, 9), row(1, 5), row(2, 5), row(1, 5)]), every())
    assert made["id"].to_pylist() == [1, 2, 3]
    assert made["n"].to_pylist() == [0, 0, 2]
    assert made["channel"].to_pylist() == ["chip"] * 3


def test_instants_and_microseconds_are_one() -> None:
    """A column of timestamps gives what the same whole microseconds give."""
    rows = table([row(i, i * 7 * MINUTE) for i in range(20)])
    stamped = rows.set_column(1, "at", rows["at"].cast(pa.timestamp("us")))
    assert featured(rows, every()).drop("at") == featured(stamped, every()).drop("at")


def test_nothing_gives_nothing() -> None:
    """A table without rows has the columns, and no rows."""
    made = featured(table([]), every())
    assert made.num_rows == 0
    assert set(every().names) <= set(made.column_names)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"card": None}, "no 'card'"),
        ({"id": None}, "no 'id'"),
        ({"at": None}, "no 'at'"),
        ({"amount": 1e15}, "2\\^53"),
    ],
)
def test_what_cannot_be_reduced_exactly_is_refused(bad: Row, said: str) -> None:
    """Unknown keys, times and entities and numbers too large are refused by name."""
    with pytest.raises(DataError, match=said):
        featured(table([row(1, 0), row(2, 1) | bad]), every())


def test_a_missing_column_is_named() -> None:
    """With the nearest column there is."""
    with pytest.raises(MissingColumn, match="'amount'"):
        featured(
            table([row(1, 0)]).rename_columns(["id", "at", "card", "merchant", "channel", "amont", "risk"]), every()
        )


def leaky(rows: pa.Table) -> pa.Table:
    """Compute what a careless query computes: all of the card's rows of the same day, later ones too."""
    con = ibis.duckdb.connect()
    t = con.create_table("t", rows)
    day = ibis.window(group_by=[t["card"], t["at"].cast("timestamp").date()])
    seen = t["at"].max().over(day)
    return t.mutate(n=t.count().over(day) - 1, last_seen=seen).order_by("at", "id").to_pyarrow()


def timed(rows: pa.Table) -> pa.Table:
    """Return the declared features, the time of the latest row seen as an instant."""
    made = featured(rows, SAID, observed="last_seen")
    place = made.column_names.index("last_seen")
    return made.set_column(place, "last_seen", made["last_seen"].cast(pa.timestamp("us")))


@pytest.mark.parametrize(("compute", "outcome"), [(timed, "passed"), (leaky, "failed")])
def test_the_check_of_time_tells_the_leaky_from_the_declared(
    compute: Callable[[pa.Table], pa.Table], outcome: str, tmp_path: Path
) -> None:
    """`data.point_in_time` fails features that saw later rows of the day, and passes the declared ones."""
    drawn = draw(Scene(cards=60, days=30, drift=None, seed=4))
    made = compute(drawn.transactions).append_column("fraud", labelled(drawn))
    made = made.append_column("p", pa.array([0.01] * made.num_rows))
    pq.write_table(made, tmp_path / "rows.parquet")
    study = Study.of(
        {"rows": str(tmp_path / "rows.parquet")}, score="p", label="fraud", time="at", observed_at="last_seen",
        features=["n"], checks=("data.point_in_time",),
    )  # fmt: skip
    run = study.validate(store=tmp_path / "runs").run
    assert [type(one.outcome).__name__.lower() for one in run.evidence if one.code == "data.point_in_time"] == [outcome]


def test_what_looks_ahead_changes_when_the_future_is_cut_off() -> None:
    """Computed on the past alone, the declared features are the same and the leaky one is not."""
    rows = draw(Scene(cards=30, days=20, drift=None, seed=6)).transactions
    assert ahead(lambda t: featured(t, SAID), rows, "at", "id", ("n", "spent")) == {"n": 0, "spent": 0}
    assert ahead(leaky, rows, "at", "id", ("n",))["n"] > 0
