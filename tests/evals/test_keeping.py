"""Keeping: what an evaluation made comes back as it was, and what is damaged is said."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from secondline.core.errors import DataError
from secondline.evals.keeping import CONFIG, JUDGEMENTS, TRACES, keep, latest, read
from secondline.evals.nouns import Judgement, Trace

TRACE = Trace(case="Q-1", text="Within 14 days.\nLine two", latency_ms=12.5, details={"garak": {"verdict": "hit"}})
JUDGEMENT = Judgement(trace=TRACE.id, criterion="faithful", outcome="unscored", reason="It cannot be read.")


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    """Traces keep their ids, judgements their verdicts, tables their answers; no half-written file is left."""
    folder = tmp_path / "e"
    keep(folder, {"questions": pa.table({"trace": [TRACE.id]})}, [TRACE], [JUDGEMENT], {"target": "ab"})
    found = read(folder)
    assert (found.traces, found.judgements, found.config) == ((TRACE,), (JUDGEMENT,), {"target": "ab"})
    assert found.traces[0].id == TRACE.id
    assert found.of_suite("questions") == {TRACE.id}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    assert latest(tmp_path, {"target": "ab"}) == folder
    assert latest(tmp_path, {"target": "other"}) is None


def test_what_is_damaged_is_said(tmp_path: Path) -> None:
    """A missing file, a line that is no JSON, one that is no trace and a suite without a table are told."""
    with pytest.raises(DataError, match="cannot be read"):
        read(tmp_path)
    keep(tmp_path, {}, [TRACE], [], {})
    with pytest.raises(DataError, match="hold none of the suite 'questions'"):
        read(tmp_path).of_suite("questions")
    for name, text in ((JUDGEMENTS, "{"), (TRACES, '{"nothing": 1}\n'), (CONFIG, "")):
        before = (tmp_path / name).read_text(encoding="utf-8")
        (tmp_path / name).write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match="cannot be read"):
            read(tmp_path)
        (tmp_path / name).write_text(before, encoding="utf-8")
