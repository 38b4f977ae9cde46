"""Collecting: few queries, interrupted runs that resume, and nothing half-written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from portfolios import collected, portfolio, spec
from secondline.core import needs
from secondline.core.errors import DataError, EngineError
from secondline.core.needs import BAND
from secondline.core.spec import ModelSpec
from secondline.frames import collect as module
from secondline.frames import engines
from secondline.frames.answers import Answers
from secondline.frames.collect import collect, open_populations

WANTS = [
    needs.Scores(),
    needs.Groups(by="region"),
    needs.Groups(by=BAND),
    needs.Histogram(column="income"),
    needs.Keys(),
]


def files(folder: Path) -> ModelSpec:
    pq.write_table(portfolio(500), folder / "dev.parquet")
    pq.write_table(portfolio(400, seed=1), folder / "cur.parquet")
    content = spec("dev", "cur").model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return ModelSpec.model_validate(content | {"populations": {n: {"data": f"{n}.parquet"} for n in ("dev", "cur")}})


def run(study: ModelSpec, folder: Path, answers: Answers) -> Any:
    relations = open_populations(study, {}, folder)
    return collect(relations, study, [(n, need) for n in study.populations for need in WANTS], answers=answers)


def test_many_needs_are_few_queries() -> None:
    """Forty histograms and a dozen tables of two populations take a handful of queries."""
    table = portfolio(200)
    for i in range(40):
        table = table.append_column(f"f{i}", table["income"])
    asked = [needs.Histogram(column=f"f{i}") for i in range(40)]
    out = collected(spec("dev", "cur"), {"dev": table, "cur": table}, needs.Scores(), needs.Groups(), *asked)
    assert len(out.queries) == 2 * (2 + 3)
    assert all(query.sql.lstrip().startswith("SELECT") for query in out.queries)


def test_a_killed_run_resumes_from_finished_queries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queries that finished are not run again, and the records are the same as without the kill."""
    study = files(tmp_path)
    real, left = engines.run_sql, [5]

    def killed(expression: Any, sql: str) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return real(expression, sql)

    monkeypatch.setattr(module, "run_sql", killed)
    answers = Answers(tmp_path / "unfinished")
    with pytest.raises(KeyboardInterrupt):
        run(study, tmp_path, answers)
    monkeypatch.setattr(module, "run_sql", real)
    resumed = run(study, tmp_path, answers)
    fresh = run(study, tmp_path, Answers(None))
    assert [t.resumed for t in resumed.timings].count(True) == 5
    assert not any(t.resumed for t in fresh.timings)
    for want, record in fresh.records.items():
        assert resumed.records[want] == record
    assert not list((tmp_path / "unfinished").glob("*.partial"))
    answers.clear()
    assert not (tmp_path / "unfinished").exists()


def test_changed_data_are_read_again(tmp_path: Path) -> None:
    """An answer kept for other file contents is not used."""
    study, answers = files(tmp_path), Answers(tmp_path / "unfinished")
    run(study, tmp_path, answers)
    pq.write_table(portfolio(450, seed=9), tmp_path / "cur.parquet")
    again = run(study, tmp_path, answers)
    resumed = {q.population: t.resumed for q, t in zip(again.queries, again.timings, strict=True)}
    assert resumed == {"dev": True, "cur": False}


def test_a_damaged_answer_counts_as_absent(tmp_path: Path) -> None:
    """A file cut short by a full disk is computed again."""
    study, answers = files(tmp_path), Answers(tmp_path / "unfinished")
    run(study, tmp_path, answers)
    for file in (tmp_path / "unfinished").iterdir():
        file.write_bytes(file.read_bytes()[:40])
    assert not any(t.resumed for t in run(study, tmp_path, answers).timings)


def test_answers_with_persons_in_them_are_not_kept() -> None:
    """Samples and keys leave no stored answer; grouped counts do."""
    out = collected(spec("dev"), {"dev": portfolio(100)}, needs.Scores(), needs.Keys())
    kept = {query.purpose: bool(query.answer) for query in out.queries}
    assert kept == {"facts and fingerprint": True, "sample of rows": False, "scores": True, "keys": False}


def test_times_with_and_without_a_zone_are_not_compared() -> None:
    """Mixed time zones are an error that names both populations."""
    table = portfolio(50)
    naive = table.append_column("at", pa.array([1_700_000_000] * 50, pa.timestamp("s")))
    aware = table.append_column("at", pa.array([1_700_000_000] * 50, pa.timestamp("s", tz="UTC")))
    study = spec("dev", "cur", columns={"time": "at"})
    with pytest.raises(DataError, match="has a time zone in population 'cur' and none in 'dev'"):
        collected(study, {"dev": naive, "cur": aware}, needs.Facts())


def test_an_engine_error_becomes_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the engine says is kept, shortened, and tied to the population."""

    def refuse(expression: Any, sql: str) -> Any:
        raise RuntimeError("Out of Memory Error: could not allocate\n\nPossible solutions: ...")

    monkeypatch.setattr(module, "run_sql", refuse)
    with pytest.raises(
        EngineError, match=r"^Population 'dev': facts and fingerprint: RuntimeError: Out of Memory Error: could"
    ):
        collected(spec("dev"), {"dev": portfolio(50)}, needs.Facts())
