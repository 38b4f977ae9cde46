"""Cells: what is shown reads back as the same value, and no spreadsheet runs it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.core.errors import SpecError
from secondline.workflow.inventory.cells import EMPTY, RUNS, bare, read, safe, shown

Words = tuple[str, ...]
STRIPPED = st.text().map(str.strip)


@given(STRIPPED)
def test_text_comes_back(text: str) -> None:
    """Whatever it begins with."""
    assert bare(safe(text)) == text
    assert read(shown(text), str, "") == text if text else True


@given(st.text())
def test_no_text_is_a_formula(text: str) -> None:
    """No shown text begins with a sign that a spreadsheet would act on."""
    assert str(shown(text))[:1] not in RUNS or not text


@given(st.lists(STRIPPED.filter(bool)))
def test_lists_come_back(words: list[str]) -> None:
    """With semicolons, commas, brackets and quotes in them."""
    cell = shown(words)
    assert not words or read(cell, Words, ()) == words


@given(st.dictionaries(STRIPPED, STRIPPED))
def test_mappings_come_back(parts: dict[str, str]) -> None:
    """As JSON."""
    assert not parts or read(shown(parts), dict[str, str], {}) == parts


@given(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False), st.dates(), st.booleans())
def test_values_come_back(whole: int, part: float, day: date, flag: bool) -> None:
    """Numbers, days and yes or no, also when a file made text of them."""
    assert read(str(whole), int, 0) == whole
    assert read(str(shown(part)), float, 0.0) == part
    assert read(shown(day.isoformat()), date | None, None) == day.isoformat()
    assert read(shown(flag), bool, False) is flag


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("1,234,567", int, 1234567),
        ("1 234.5", float, 1234.5),
        ("12'000", int, 12000),
        ("31.12.2026", date, "2026-12-31"),
        ("5 Mar 2026", date, "2026-03-05"),
        (datetime(2026, 3, 5, 12), date, "2026-03-05"),  # noqa: DTZ001 - Excel's days have no zone
        ("2026-03-05 00:00:00", date, "2026-03-05"),
        ("Y", bool, True),
        ("In House", Literal["in-house", "vendor"], "in-house"),
        ("3rd party", Literal["in-house", "vendor"], "vendor"),
        ("US, UK|EU", Words, ["US", "UK", "EU"]),
        ("base model=m-1; prompt=p-2", dict[str, str], {"base model": "m-1", "prompt": "p-2"}),
        (12.0, str, "12"),
        (EMPTY, Words, ()),
    ],
)
def test_other_hands_are_read(cell: Any, kind: Any, value: Any) -> None:
    """As people write things in the spreadsheets of banks."""
    assert read(cell, kind, ()) == value


@pytest.mark.parametrize(
    ("cell", "kind"),
    [("03/04/2026", date), ("soon", date), ("maybe", bool), ("1,5", float), ("1.2.3", int),
     ("abroad", Literal["a", "b"]), ("{broken", dict[str, str]), ("[broken", Words)],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused(cell: str, kind: Any) -> None:
    """A day that could be April or March, a comma that could be a point."""
    with pytest.raises(SpecError):
        read(cell, kind, None)
