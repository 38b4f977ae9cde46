"""Keeping: what an evaluation made comes back as it was, and what is damaged is said."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from secondline.core.errors import DataError
from secondline.evals.keeping import JUDGEMENTS, TRACES, judgements_of, keep, traces_of
from secondline.evals.nouns import Judgement, Trace

TRACE = Trace(case="Q-1", text="Within 14 days.\nLine two", latency_ms=12.5, details={"garak": {"verdict": "hit"}})
JUDGEMENT = Judgement(trace=TRACE.id, criterion="faithful", outcome="unscored", reason="It cannot be read.")


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    """Traces keep their ids, judgements their verdicts, tables their rows; no half-written file is left."""
    keep(tmp_path / "e", [TRACE], [JUDGEMENT], {"target": "ab"}, {"questions": pa.table({"case": ["Q-1"]})})
    assert traces_of(tmp_path / "e") == [TRACE]
    assert traces_of(tmp_path / "e")[0].id == TRACE.id
    assert judgements_of(tmp_path / "e") == [JUDGEMENT]
    assert pq.read_table(tmp_path / "e" / "questions.parquet")["case"].to_pylist() == ["Q-1"]
    assert not [path for path in (tmp_path / "e").iterdir() if path.name.startswith(".")]


def test_what_is_damaged_is_said(tmp_path: Path) -> None:
    """A missing file, a line that is no JSON and one that is no trace name the file."""
    with pytest.raises(DataError, match=TRACES):
        traces_of(tmp_path)
    keep(tmp_path, [TRACE], [], {}, {})
    (tmp_path / JUDGEMENTS).write_text("{", encoding="utf-8")
    with pytest.raises(DataError, match=JUDGEMENTS):
        judgements_of(tmp_path)
    (tmp_path / TRACES).write_text('{"nothing": 1}\n', encoding="utf-8")
    with pytest.raises(DataError, match=TRACES):
        traces_of(tmp_path)
