"""Rules: what a row expression may say, what it means, and what it may not."""

from __future__ import annotations

from contextlib import suppress

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolios import collected, portfolio, spec
from secondline.core import needs
from secondline.core.errors import SpecError
from secondline.frames.engines import connect, register
from secondline.frames.rules import domain_types, parse

TABLE = pa.table(
    {"a": [1, 2, None, 4], "b": [1.0, 3.0, 2.0, 4.0], "s": ["x", "y", None, "x"], "odd name": [1, 1, 1, 0]}
)
ROWS = register(connect(), TABLE, "t")

MEANINGS = [
    ("a <= b", [True, True, None, True]),
    ("a < b or s == 'x'", [True, True, None, True]),
    ("not a == 1", [False, True, None, True]),
    ("1 < b < 4", [False, True, True, False]),
    ("s in ['x', 'z']", [True, False, None, True]),
    ("s not in ('x',)", [False, True, None, False]),
    ("a is None", [False, False, True, False]),
    ("a is not None and b + 1 > a * 2 - 1", [True, True, False, False]),
    ('col("odd name") == 1', [True, True, True, False]),
    ("-a / 2 >= -1", [True, True, None, False]),
]


@pytest.mark.parametrize(("text", "expected"), MEANINGS)
def test_a_rule_means_what_it_says(text: str, expected: list[bool | None]) -> None:
    """Each row keeps it, breaks it, or cannot be judged."""
    assert ROWS.mutate(kept=parse(text, ROWS)).to_pyarrow()["kept"].to_pylist() == expected


REFUSED = [
    ("__import__('os').system('ls')", "only function in a rule"),
    ("a.b == 1", "not allowed"),
    ("a[0] == 1", "not allowed"),
    ("lambda: 1", "not allowed"),
    ("a ** 2 == 4", "only + - * / are allowed"),
    ("a", "must be true or false"),
    ("1 < 2", "must be true or false"),
    ("a <=", "not an expression"),
    ("a <= nope", "names a column 'nope'"),
    ("aa == 1", "Did you mean 'a'"),
    ("a in b", "needs a list"),
    ("a is b", "compares with None only"),
    ("s == b'x'", "not a number or a text"),
    ("a == 1; DROP TABLE t", "not an expression"),
    ("(" * 5_000, "longer than"),
    ("0 / 0 == a", "not an expression"),
]


@pytest.mark.parametrize(("text", "says"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_rule_is_refused(text: str, says: str) -> None:
    """Nothing but comparisons of columns gets through, and the message says why."""
    with pytest.raises(SpecError) as caught:
        parse(text, ROWS)
    assert says in str(caught.value)


@given(st.text(max_size=40))
def test_any_text_is_a_rule_or_a_plain_error(text: str) -> None:
    """No text makes the parser crash."""
    with suppress(SpecError):
        parse(text, ROWS)


def test_domains_become_rules() -> None:
    """Range, values and nullability are counted as kept and broken rows."""
    domains = {
        "pd": {"min": 0, "max": 1, "nullable": False},
        "region": {"values": ["north", "south"], "nullable": False},
        "dpd": {"type": "integer", "max": 3},
    }
    table = portfolio(400, dirty=True)
    asked = [needs.Violations(rule=f"domain:{name}") for name in domains]
    out = collected(spec("dev", domains=domains), {"dev": table}, *asked)
    region = table["region"].to_pylist()
    broken = [int(out.record(("dev", need)).rows[0]) for need in asked]
    assert broken == [0, sum(r in {None, "west"} for r in region), sum(d == 4 for d in table["dpd"].to_pylist())]


def test_a_rule_over_nulls_is_unknown_not_kept() -> None:
    """Rows a declared rule cannot judge are counted apart."""
    table = portfolio(400, dirty=True)
    need = needs.Violations(rule="r")
    study = spec("dev", rules=[{"id": "r", "holds": "income > 0"}])
    found = collected(study, {"dev": table}, need).record(("dev", need))
    assert found.levels == ("broken", "kept", "unknown")
    assert found.rows[2] == sum(v is None for v in table["income"].to_pylist())
    assert found.rows.sum() == 400


def test_a_domain_of_another_type_is_told() -> None:
    """A text declared as a number is said in a sentence."""
    study = spec("dev", domains={"region": {"type": "number"}, "pd": {"type": "number"}})
    assert domain_types(study, {"region": "string", "pd": "float64"}) == (
        "'region' is declared as number but is string",
    )
