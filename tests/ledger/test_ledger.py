"""The ledger: what is sealed stays sealed, whatever is altered is named, and nobody judges their own model."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.sample_run import sample_run
from secondline.core.errors import LedgerError, SpecError, UnknownRun
from secondline.govern.records.runs import RunFields
from secondline.ledger.database import FILE
from secondline.ledger.events import Event
from secondline.ledger.keeping import rebuild_derived
from secondline.ledger.proof.seals import GENESIS
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify

AT = "2026-11-24T10:00:00Z"
RUN = sample_run()


def filled(folder: Path) -> Ledger:
    """Return a ledger with a plan, two runs and an opinion."""
    ledger = Ledger.open(folder)
    ledger.record_plan(RUN.plan, "vera", AT)
    ledger.record_run(RUN.model_copy(update={"previous": None}), "vera")
    ledger.record_run(RUN.model_copy(update={"id": "second"}), "vera")
    ledger.decide_opinion("second", RUN.opinion.proposed_grade, "vera", "", AT)
    return ledger


@pytest.fixture(scope="session")
def intact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fill a ledger once; tests spoil copies of it."""
    folder = tmp_path_factory.mktemp("ledger")
    filled(folder)
    return folder


def copy_of(folder: Path, to: Path) -> Path:
    """Return a copy to spoil."""
    return Path(shutil.copytree(folder, to / "copy"))


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind the ledger's back."""
    connection = sqlite3.connect(folder / FILE)
    with connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {trigger}")
        connection.execute(statement, values)
    connection.close()


def test_an_intact_ledger_verifies(intact: Path) -> None:
    """And its head can be noted elsewhere and found again."""
    found = verify(intact)
    assert (found.events, found.problems) == (4, ())
    assert found.head == Ledger.open(intact).head()
    assert not verify(intact, expected_head=found.head).problems
    assert not verify(intact, expected_head=GENESIS).problems


COLUMNS = ("at", "actor", "kind", "subject", "body", "reason", "via", "signature", "previous", "seal")


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("seq", [1, 2, 3, 4])
def test_any_altered_field_is_named(intact: Path, tmp_path: Path, seq: int, column: str) -> None:
    """Whichever field of whichever event is changed, verification names that event or the next."""
    folder = copy_of(intact, tmp_path)
    old = sqlite3.connect(folder / FILE).execute(f"SELECT {column} FROM events WHERE seq = ?", (seq,)).fetchone()[0]
    new = ("0" * 64 if old != "0" * 64 else "1" * 64) if column in {"previous", "seal"} else old + "x"
    if column == "body":
        new = old[:-1] + ', "added": 1}'
    change(folder, f"UPDATE events SET {column} = ? WHERE seq = ?", new, seq)
    problems = verify(folder).problems
    assert problems
    assert any(f"event {seq}" in p.what or f"event {seq + 1}" in p.what for p in problems)


@pytest.mark.parametrize("seq", [1, 2, 3])
def test_a_removed_event_is_missed(intact: Path, tmp_path: Path, seq: int) -> None:
    """From the beginning or the middle."""
    folder = copy_of(intact, tmp_path)
    change(folder, "DELETE FROM events WHERE seq = ?", seq)
    kinds = {problem.kind for problem in verify(folder).problems}
    assert {"missing", "broken link"} <= kinds


def test_a_cut_ledger_is_caught_by_its_noted_head(intact: Path, tmp_path: Path) -> None:
    """Without the noted head a cut end cannot be seen; with it, it is."""
    folder = copy_of(intact, tmp_path)
    head = verify(folder).head
    change(folder, "DELETE FROM events WHERE seq = 4")
    rebuild_derived(Ledger.open(folder))
    assert not verify(folder).problems
    assert [p.kind for p in verify(folder, expected_head=head).problems] == ["rewritten or cut"]


def test_reordered_events_are_seen(intact: Path, tmp_path: Path) -> None:
    """Two runs swapped."""
    folder = copy_of(intact, tmp_path)
    for old, new in ((2, 20), (3, 2), (20, 3)):
        change(folder, "UPDATE events SET seq = ? WHERE seq = ?", new, old)
    assert {"altered", "broken link"} <= {problem.kind for problem in verify(folder).problems}


ADDED = {"out of order", "broken link", "altered"}  # older, unlinked; and the document does not know it


def test_an_added_event_is_seen(intact: Path, tmp_path: Path) -> None:
    """Even one with a right seal of its own, between two others."""
    folder = copy_of(intact, tmp_path)
    forged = Event(5, AT, "eve", "opinion.decided", "run/second", '{"set":{"grade":1}}', previous="f" * 64).sealed()
    change(folder, f"INSERT INTO events VALUES ({', '.join('?' * 11)})", *astuple(forged))
    assert {problem.kind for problem in verify(folder).problems} == ADDED


@given(data=st.data())
@settings(max_examples=25)
def test_any_altered_byte_of_any_object_is_seen(
    intact: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """One byte anywhere in the evidence."""
    folder = copy_of(intact, tmp_path_factory.mktemp("spoilt"))
    files = sorted((folder / "objects").glob("??/*"))
    path = data.draw(st.sampled_from(files))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(bytes(content))
    assert any(problem.kind == "altered" for problem in verify(folder).problems)


def test_a_missing_object_is_named(intact: Path, tmp_path: Path) -> None:
    """And the event that needs it."""
    folder = copy_of(intact, tmp_path)
    path = min((folder / "objects").glob("??/*"))
    path.unlink()
    problems = verify(folder).problems
    assert problems
    assert {problem.kind for problem in problems} == {"missing"}
    assert all("event" in problem.detail for problem in problems)


def test_reading_an_altered_record_is_refused(intact: Path, tmp_path: Path) -> None:
    """It is never shown as if it were sound."""
    folder = copy_of(intact, tmp_path)
    for path in (folder / "objects").glob("??/*"):
        path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(LedgerError, match="was altered after it was sealed"):
        Ledger.open(folder).run("latest")


def test_runs_are_found_by_id_beginning_and_latest(intact: Path) -> None:
    """With the opinion as it stands now; an unknown id gets a hint."""
    ledger = Ledger.open(intact)
    assert ledger.run("latest").id == ledger.run("sec").id == "second"
    assert ledger.run("second").opinion.status == "confirmed"
    assert ledger.run(RUN.id).opinion.status == "proposed"
    assert [summary.id for summary in ledger.runs()] == ["second", RUN.id]
    with pytest.raises(UnknownRun, match="Did you mean 'second'"):
        ledger.run("secnd")
    assert ledger.evidence("latest", "E-1").id == "E-1"
    with pytest.raises(UnknownRun, match="has no evidence 'E-99999'; it has E-1 to"):
        ledger.evidence("latest", "E-99999")


@pytest.mark.parametrize(
    ("grade", "actor", "reason", "says"),
    [
        (9, "vera", "", "graded 1 to 4; got 9"),
        (0, "vera", "why not", "graded 1 to 4; got 0"),
        (1, " ", "fine", "needs a name"),
        (1, "vera", "  ", "needs a reason"),
        (1, "OWNER", "fine", "is the model's owner"),
        (1, "Developer", "fine", "is the model's developer"),
    ],
)
def test_who_may_decide(tmp_path: Path, grade: int, actor: str, reason: str, says: str) -> None:
    """A named, independent person, with a reason for any other grade than the proposed one."""
    spec = RUN.plan.spec.model_copy(update={"owner": "owner", "developer": "developer"})
    opinion = RUN.opinion.model_copy(update={"proposed_grade": 3, "grade": 3})
    run = RUN.model_copy(update={"plan": RUN.plan.model_copy(update={"spec": spec}), "opinion": opinion})
    ledger = Ledger.open(tmp_path)
    ledger.record_run(run, "vera")
    with pytest.raises(SpecError, match=says):
        ledger.decide_opinion(run.id, grade, actor, reason, AT)
    assert ledger.run(run.id).opinion.status == "proposed"


def test_an_override_keeps_the_proposal(tmp_path: Path) -> None:
    """Grade, reason and name are recorded beside what was proposed."""
    ledger = Ledger.open(tmp_path)
    ledger.record_run(RUN, "vera")
    other = 1 if RUN.opinion.proposed_grade != 1 else 2
    ledger.decide_opinion(RUN.id, other, "vera", "the leak is known and removed", AT)
    opinion = ledger.run(RUN.id).opinion
    assert (opinion.grade, opinion.status, opinion.by) == (other, "overridden", "vera")
    assert opinion.proposed_grade == RUN.opinion.proposed_grade
    assert not verify(tmp_path).problems


WRITER = """
import sys
from pathlib import Path
from reports.sample_run import sample_run
from secondline.ledger.store import Ledger
ledger, run = Ledger.open(Path(sys.argv[1])), sample_run()
for i in range(5):
    ledger.record_run(run.model_copy(update={"id": f"{sys.argv[2]}{i}"}), sys.argv[2])
"""


def test_two_writers_at_once_keep_one_chain(tmp_path: Path) -> None:
    """Processes that write at the same time queue up; no event is lost and every link holds."""
    Ledger.open(tmp_path)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), name], env=environment) for name in ("a", "b")
    ]
    assert [writer.wait() for writer in writers] == [0, 0]
    found = verify(tmp_path)
    assert (found.events, found.problems) == (10, ())


def test_what_is_no_ledger_is_refused(tmp_path: Path) -> None:
    """A file that is no database, and an answer that does not match its digest."""
    (tmp_path / FILE).write_bytes(b"hello")
    with pytest.raises(LedgerError):
        Ledger.open(tmp_path).runs()
    with pytest.raises(LedgerError, match="does not match its digest"):
        Ledger.open(tmp_path / "new").record_run(RUN, "vera", {"0" * 64: b"other"})


def test_an_event_that_lies_about_its_run_is_named(tmp_path: Path) -> None:
    """Whoever writes the event of a run by hand, the sealed run tells what it really said."""
    ledger = filled(tmp_path)
    form = {k: v for k, v in ledger.records.need("run", "second").items() if k in RunFields.model_fields}
    ledger.act(
        "run.finished", "vera", "third", {**form, "failed": 0, "outcomes": {"discrimination.auc": {"a": "passed"}}}
    )
    (found,) = verify(tmp_path).problems
    assert found.kind == "untrue"
    assert "event 5" in found.what
    assert "failed, outcomes" in found.detail


def test_time_never_runs_backwards(tmp_path: Path) -> None:
    """A clock that is set back counts as the time of the last event, for rules as for the record."""
    ticks = iter(["2026-01-02T00:00:00.000Z", "2026-01-01T00:00:00.000Z"])
    ledger = Ledger.open(tmp_path, clock=lambda: next(ticks))
    for person in ("ada", "bea"):
        ledger.act("person.added", "ada", person, {"name": person, "roles": ["admin"]})
    assert [e.at for e in ledger.database.read()] == ["2026-01-02T00:00:00.000Z"] * 2
