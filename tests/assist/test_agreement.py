"""Agreement: a gap counts as seen unless it was called met, and wrong files say what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondline.assist.agreement import Agreement, agreement, labelled
from secondline.core.errors import DataError


def test_the_counts_are_as_worked_by_hand() -> None:
    """Five gaps of which one was called met, two met clauses of which one was called a gap, one row not labelled."""
    pairs = [("met", "not found"), ("not found", "not found"), ("partial", "partial"), ("not verified", "partial"),
             ("not found", "partial"), ("met", "met"), ("not found", "met"), ("met", "")]  # fmt: skip
    rows = [{"clause": str(i), "verdict": v, "human": h} for i, (v, h) in enumerate(pairs)]
    assert agreement(rows) == Agreement(labelled=7, gaps=5, gaps_seen=4, met=2, false_gaps=1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"clause,verdict\nC-1,met\n", "columns"), (b"clause,verdict,human\nC-1,met,fine\n", "line 2"),
        (b"clause,verdict,human\nC-1,great,met\n", "line 2"), (b"\xff\xfe", "no CSV"),
    ],
)  # fmt: skip
def test_wrong_files_are_refused(tmp_path: Path, content: bytes, says: str) -> None:
    """A missing column, a verdict that is none, bytes that are no text, no file at all."""
    path = tmp_path / "labels.csv"
    with pytest.raises(DataError, match="Cannot read"):
        labelled(path)
    path.write_bytes(content)
    with pytest.raises(DataError, match=says):
        labelled(path)
