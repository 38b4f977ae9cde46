"""Default of credit card clients: 30,000 accounts in Taiwan, 2005 (I-Cheng Yeh, UCI, CC BY 4.0). See data/README.md."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from secondline.samples.extras import Floats

PATH = Path(__file__).parent / "data" / "uci_default.parquet"
LABEL = "default_next_month"
ARREARS = ("PAY_0", "PAY_2", "PAY_3", "PAY_4", "PAY_5", "PAY_6")
BILLS = tuple(f"BILL_AMT{month}" for month in range(1, 7))
PAYMENTS = tuple(f"PAY_AMT{month}" for month in range(1, 7))
DERIVED = ("worst_arrears", "months_in_arrears", "utilisation", "payment_share")
FEATURES = ("LIMIT_BAL", *ARREARS, *BILLS, *PAYMENTS, *DERIVED)
"""What a model may use. Sex, education, marriage and age are not among them, nor anything made from them."""
PROTECTED = ("sex", "marriage", "AGE", "age_band")
RISING = frozenset((*ARREARS, "worst_arrears", "months_in_arrears", "utilisation"))
FALLING = frozenset(("LIMIT_BAL", *PAYMENTS, "payment_share"))
"""Features that by experience raise (RISING) or lower (FALLING) risk; of a bill's amount it says nothing."""
DEVELOPMENT_ROWS = 21_000
MOST_PAID = 2.0

_WORDS: dict[str, dict[int, str]] = {
    "SEX": {1: "male", 2: "female"},
    "EDUCATION": {1: "graduate school", 2: "university", 3: "high school"},
    "MARRIAGE": {1: "married", 2: "single"},
}
_ELSE = "other or unknown"
_AGES = ((30, "21 to 29"), (40, "30 to 39"), (50, "40 to 49"), (60, "50 to 59"), (200, "60 and over"))


def uci_default() -> pa.Table:
    """Return the data set as it was published: 30,000 rows, 6,636 of them in default."""
    return pq.read_table(PATH)


def readable(table: pa.Table) -> pa.Table:
    """Return *table* with derived features added and the codes of sex, education, marriage and age band as words.

    The columns of words replace those of codes, because engines that ignore case cannot tell ``sex`` from ``SEX``.
    """
    columns = {name: table[name] for name in table.column_names if name not in _WORDS and name != LABEL}
    columns |= {name: pa.array(values) for name, values in _derived(table).items()}
    for name, words in _WORDS.items():
        columns[name.lower()] = pa.array([words.get(code, _ELSE) for code in table[name].to_pylist()])
    columns["age_band"] = pa.array([_age_band(age) for age in table["AGE"].to_pylist()])
    columns[LABEL] = table[LABEL]
    return pa.table(columns)


def _age_band(age: int) -> str:
    return next(name for below, name in _AGES if age < below)


def _derived(table: pa.Table) -> dict[str, Floats]:
    arrears, bills, payments = (matrix(table, names) for names in (ARREARS, BILLS, PAYMENTS))
    paid = payments.sum(axis=1) / np.maximum(bills.sum(axis=1), 1.0)
    values = (
        arrears.max(axis=1),
        (arrears > 0).sum(axis=1).astype(np.float64),
        bills[:, 0] / column(table, "LIMIT_BAL"),
        # Payments without a bill to speak of would give shares without meaning.
        np.clip(paid, 0.0, MOST_PAID),
    )
    return dict(zip(DERIVED, values, strict=True))


def column(table: pa.Table, name: str) -> Floats:
    """Return one column as floats."""
    return np.asarray(table[name].to_numpy(), dtype=np.float64)


def matrix(table: pa.Table, names: tuple[str, ...]) -> Floats:
    """Return columns side by side as floats."""
    return np.stack([column(table, name) for name in names], axis=1)


def hashed(ids: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return a 64-bit hash of each id: the finaliser of splitmix64, the same on every machine."""
    x = ids.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def split(table: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the development rows (the 21,000 ids of lowest hash) and the out-of-sample rows (the rest), by id."""
    ranks = np.argsort(np.argsort(hashed(table["ID"].to_numpy()), kind="stable"), kind="stable")
    development = ranks < DEVELOPMENT_ROWS
    return table.filter(pa.array(development)), table.filter(pa.array(~development))


def folds(table: pa.Table, count: int) -> NDArray[np.int64]:
    """Return the cross-validation fold of each row, from bits of the hash that the split does not order by."""
    return ((hashed(table["ID"].to_numpy()) & np.uint64(0xFFFFFFFF)) % np.uint64(count)).astype(np.int64)
