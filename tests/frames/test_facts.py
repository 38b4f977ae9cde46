"""The first scan: fingerprints, samples, and data no statistic could use."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios import collected, column, portfolio, spec
from secondline.core import needs
from secondline.core.errors import DataError
from secondline.core.tables import Sample


def fingerprint(table: pa.Table) -> str:
    return collected(spec("dev"), {"dev": table}, needs.Facts()).facts["dev"].fingerprint


def test_a_fingerprint_forgets_the_order_of_rows() -> None:
    """The same rows shuffled are the same data."""
    table = portfolio(1_000, dirty=True)
    shuffled = table.take(np.random.default_rng(1).permutation(1_000))
    assert fingerprint(table) == fingerprint(shuffled)


@pytest.mark.parametrize("change", ["value", "duplicate", "drop", "rename", "swap", "null"])
def test_a_fingerprint_sees_every_change(change: str) -> None:
    """One value, one row, one name, or two values swapped between rows: all are other data."""
    table = portfolio(400)
    pd = table["pd"].to_pylist()
    other: dict[str, Any] = {
        "value": lambda: table.set_column(1, "pd", [[*pd[:-1], pd[-1] + 1e-9]]),
        "null": lambda: table.set_column(1, "pd", [[*pd[:-1], None]]),
        "swap": lambda: table.set_column(1, "pd", [[pd[1], pd[0], *pd[2:]]]),
        "duplicate": lambda: pa.concat_tables([table, table.slice(0, 1)]),
        "drop": lambda: table.slice(1),
        "rename": lambda: table.rename_columns([*table.column_names[:-2], "dpd2", "region"]),
    }
    assert pd[0] != pd[1]
    assert fingerprint(other[change]()) != fingerprint(table)


def test_a_small_sample_holds_every_row() -> None:
    """With every row kept, ranks are exact."""
    sample: Sample = collected(spec("dev"), {"dev": portfolio(300)}, needs.Rows()).record(("dev", needs.Rows()))
    assert (sample.size, sample.total, sample.rank_error) == (300, 300, 0.0)
    assert sorted(sample.columns["pd"]) == sorted(column(portfolio(300), "pd"))


def test_a_large_sample_is_the_bottom_k_and_adds() -> None:
    """Two shards' samples added are the sample of the whole, whatever the order of rows."""
    table = portfolio(5_000, dirty=True)
    study = spec("dev")

    def sample(part: pa.Table) -> Sample:
        found = collected(study, {"dev": part}, needs.Rows(), sample_rows=200).record(("dev", needs.Rows()))
        assert isinstance(found, Sample)
        return found

    whole, added = sample(table), sample(table.slice(0, 1_700)) + sample(table.slice(1_700))
    assert whole.size == 200
    np.testing.assert_array_equal(whole.hashes, added.hashes)
    np.testing.assert_array_equal(whole.columns["income"], added.columns["income"])
    assert whole.columns["region"].tolist() == added.columns["region"].tolist()
    assert 0 < whole.rank_error < 0.15


def test_quantiles_of_a_sample_are_within_its_rank_error() -> None:
    """The median read from a sample sits where its stated rank error allows."""
    table = portfolio(20_000)
    out = collected(spec("dev"), {"dev": table}, needs.Rows(), sample_rows=2_000)
    sample = out.record(("dev", needs.Rows()))
    rank = (column(table, "income") <= np.median(sample.finite("income"))).mean()
    assert abs(rank - 0.5) <= sample.rank_error


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no rows": ({"rows": 0}, "is empty"),
    "label 2": ({"y": 2}, "holds values other than 0 and 1 in 1 of 50 rows"),
    "negative weight": ({"w": -1.0}, "missing, negative or not finite in 1 of 50 rows"),
    "null weight": ({"w": None}, "missing, negative or not finite in 1 of 50 rows"),
    "infinite weight": ({"w": np.inf}, "missing, negative or not finite in 1 of 50 rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_data_no_statistic_could_use_is_refused(name: str) -> None:
    """Labels, weights and empty populations are refused before anything is computed from them."""
    change, says = BAD[name]
    table = portfolio(50)
    if "rows" in change:
        table = table.slice(0, 0)
    for key, value in change.items():
        if key != "rows":
            table = table.set_column(table.column_names.index(key), key, [[value, *table[key].to_pylist()[1:]]])
    with pytest.raises(DataError, match="Population 'dev'") as caught:
        collected(spec("dev", weighted=True), {"dev": table}, needs.Facts())
    assert says in str(caught.value)


def test_weights_of_zero_altogether_are_refused() -> None:
    """There is nothing to weigh."""
    table = portfolio(50)
    table = table.set_column(table.column_names.index("w"), "w", [np.zeros(50)])
    with pytest.raises(DataError, match="add up to zero"):
        collected(spec("dev", weighted=True), {"dev": table}, needs.Facts())


def test_facts_count_what_is_missing() -> None:
    """Rows, events, missing labels and missing scores are those of the data."""
    table = portfolio(1_000, dirty=True)
    facts = collected(spec("dev"), {"dev": table}, needs.Facts()).facts["dev"]
    y = column(table, "y")
    assert (facts.rows, facts.events, facts.label_missing) == (1_000, int(np.nansum(y)), int(np.isnan(y).sum()))
    assert facts.features == ("income", "dpd", "region")


NAMES = st.text(min_size=1, max_size=12).filter(lambda n: n[0] != "@" and "\0" not in n)


@given(names=st.lists(NAMES, min_size=2, max_size=4, unique_by=str.lower))
def test_any_column_name_is_only_a_name(names: list[str]) -> None:
    """Quotes, semicolons, SQL and any other text in a column name change nothing."""
    base = portfolio(60)
    taken = {n.lower() for n in base.column_names}
    hostile = [f"{n}; DROP TABLE dev --\"'" if n.lower() in taken else n for n in names]
    table = base.select(["id", "pd", "y", "region"])
    for name in hostile:
        table = table.append_column(name, base["income"])
    study = spec("dev")
    asked = [needs.Histogram(column=name) for name in hostile]
    out = collected(study, {"dev": table}, *asked)
    for need in asked:
        assert out.record(("dev", need)).rows.sum() == 60
