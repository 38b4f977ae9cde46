"""Derived records: made once for a population, shared by checks, and never hiding why they could not be made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from secondline.core import needs
from secondline.core.derive import DERIVATIONS, derive
from secondline.core.errors import ModelError, SpecError
from secondline.core.estimate import Undefined
from secondline.core.needs import Need
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample
from secondline.frames.collect import Collected
from secondline.workflow.made import Records, sides, underlying

SPEC = ModelSpec.model_validate(
    {
        "model": "m",
        "version": 1,
        "populations": {"dev": {"data": "a.parquet"}, "now": {"data": "b.parquet"}},
        "columns": {"score": "s"},
    }
)
calls: list[object] = []


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Leave the registry as it was found."""
    before = dict(DERIVATIONS)
    calls.clear()
    yield
    DERIVATIONS.clear()
    DERIVATIONS.update(before)


def both(rows: Sample, reference: Sample) -> tuple[Sample, Sample]:
    calls.append(rows)
    return rows, reference


def held(rows: str, column: str) -> str:
    calls.append(column)
    return f"{rows}.{column}"


def collected(**records: object) -> Collected:
    found = Collected(SPEC)
    found.records = {(name, needs.Rows()): record for name, record in records.items()}
    found.query_of = dict.fromkeys(found.records, ("Q-1",))
    return found


def test_a_record_is_made_once_from_both_sides() -> None:
    """Two questions about one population share the record, and it cites the queries it rests on."""
    need = derive("both", both, doing="pairing", rows=needs.Rows(), reference=needs.Rows(of="reference"))
    known = Records(collected(dev="D", now="N"))
    assert known.get(("now", need)) == ("N", "D")
    assert known.get(("now", need)) == ("N", "D")
    assert calls == ["N"]
    assert known.collected.query_of["now", need] == ("Q-1",)
    assert sides(need) == {"current", "reference"}


def test_of_the_reference_itself_the_reference_is_both_sides() -> None:
    """A derivation on the reference compares it with itself rather than failing."""
    need = derive("both", both, doing="pairing", rows=needs.Rows(), reference=needs.Rows(of="reference"))
    assert Records(collected(dev="D", now="N")).get(("dev", need)) == ("D", "D")


def test_a_column_makes_a_record_of_each_column() -> None:
    """Where the question's column decides, each column has a record of its own."""
    need = derive("held", held, doing="holding", rows=needs.Rows(), column=needs.Column())
    assert need.by_column
    found = collected(now="N")
    found.records |= {("now", needs.Column(column=c)): c for c in "ab"}
    found.query_of |= {("now", needs.Column(column=c)): () for c in "ab"}
    known = Records(found)
    wants = [("now", needs.Made(name="held", by_column=True, column=c)) for c in "ab"]
    assert [known.get(want) for want in wants] == ["N.a", "N.b"]


def test_derivations_may_rest_on_derivations() -> None:
    """What must be collected is what lies at the bottom."""
    inner = derive("inner", lambda rows: rows + "!", doing="first", rows=needs.Rows())
    outer = derive("outer", lambda inner: inner + "?", doing="second", inner=inner)
    assert Records(collected(now="N")).get(("now", outer)) == "N!?"
    assert set(underlying(("now", outer), "dev")) == {("now", needs.Rows())}


def test_a_failure_is_met_by_every_question_and_made_once() -> None:
    """Each question hears why; the work is not tried again for each."""

    def broken(rows: Sample) -> Need:
        calls.append(rows)
        raise ModelError("the model is gone")

    need = derive("broken", broken, doing="breaking", rows=needs.Rows())
    known = Records(collected(now="N"))
    for _ in range(2):
        with pytest.raises(ModelError, match="the model is gone"):
            known.get(("now", need))
    assert len(calls) == 1


def test_what_cannot_be_made_explains_what_rests_on_it() -> None:
    """A derivation is not asked to work on a record that could not be made; the reason travels upward."""
    why = Undefined(because="there are no rows")
    inner = derive("inner", lambda rows: why, doing="first", rows=needs.Rows())
    outer = derive("outer", calls.append, doing="second", inner=inner)
    assert Records(collected(now="N")).get(("now", outer)) is why
    assert not calls


def test_two_derivations_cannot_share_a_name() -> None:
    """A name is a promise, as a check's code is."""
    derive("both", both, doing="pairing", rows=needs.Rows(), reference=needs.Rows(of="reference"))
    with pytest.raises(SpecError, match="Two derivations are called 'both'"):
        derive("both", both, doing="pairing", rows=needs.Rows())
