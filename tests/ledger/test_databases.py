"""The same ledger on a file and on a server: acts, views of the past, refusals, one chain."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.estates import change, grown, peopled, register
from secondline.core.errors import Conflict, LedgerError, MissingExtra, Refused, SpecError
from secondline.govern.record import merged
from secondline.ledger.database import Database, open_engine, shown
from secondline.ledger.keeping import rebuild_derived
from secondline.ledger.projection import batches
from secondline.ledger.sql import run
from secondline.ledger.store import Ledger
from secondline.ledger.verify import verify


def test_acts_documents_lists_and_counts(ledger: Ledger, url: str) -> None:
    """A record is found by id, by facets, in pages and in counts, and the whole verifies."""
    grown(ledger, 10, 20)
    assert ledger.records.need("model", "m3")["entity"] == "E1"
    assert [m["id"] for m in ledger.records.find("model", family="credit")] == ["m1", "m3", "m5", "m7", "m9"]
    assert ledger.records.count("model", ["family"]) == {"credit": 5, "fraud": 5}
    page = ledger.records.page("model", {"entity": "E1"}, order="id", limit=3)
    rest = ledger.records.page("model", {"entity": "E1"}, order="id", limit=50, after=page.after)
    assert [row["id"] for row in (*page.rows, *rest.rows)] == [f"m{i}" for i in range(10)]
    assert [done.act for done in ledger.records.past("model", "m3")] == ["model.registered", *["model.changed"] * 2]
    assert verify(ledger.folder, database=url).problems == ()


def test_the_past_is_what_it_was(ledger: Ledger) -> None:
    """After every event, the view as of that event equals the fold of the events up to it."""
    grown(ledger, 3, 9)
    ledger.act("model.changed", "ann", "m1", {"family": "aml", "entity": ""})
    with ledger.database.reading() as connection:
        events = [event for batch in batches(connection) for event in batch]
    docs: dict[str, dict[str, object]] = {}
    for event in events:
        if event.record == "model":
            docs[event.id] = merged(docs.get(event.id, {}), event.changes)
        then = ledger.as_of(event.seq)
        shown_then = {d["id"]: {k: v for k, v in d.items() if k not in {"id", "seq"}} for d in then.find("model")}
        assert shown_then == docs
        families = [str(doc["family"]) for doc in docs.values()]
        assert then.count("model", ["family"]) == {name: families.count(name) for name in set(families)}


def test_find_orders_by_age_then_and_now(ledger: Ledger) -> None:
    """The oldest record comes first, whatever was changed last, now and as of an event."""
    peopled(ledger)
    ledger.acts([register(name, family="fraud") for name in ("zeta", "alpha", "mid")])
    ledger.acts([change("zeta", entity="X")])
    for view in (ledger.records, ledger.as_of(6)):
        assert [m["id"] for m in view.find("model", family="fraud")] == ["zeta", "alpha", "mid"]
        assert [m["id"] for m in view.find("model", family__in=["fraud"])] == ["zeta", "alpha", "mid"]


def test_all_or_none(ledger: Ledger) -> None:
    """When one of several acts is wrong, none is written; a refused one is put on record alone."""
    grown(ledger, 1)
    before = len(ledger.database.read())
    with pytest.raises(SpecError, match="already"):
        ledger.acts([register("new"), register("m0")])
    assert len(ledger.database.read()) == before
    with pytest.raises(Refused, match="vera"):
        ledger.act("model.registered", "vera", "other", {"name": "Other"})
    assert [event.kind for event in ledger.database.read()][before:] == ["act.refused"]
    assert ledger.records.get("model", "new") is None


def test_seen_is_the_event_last_read(ledger: Ledger) -> None:
    """Two editors who read the same state: one writes, the other is told."""
    grown(ledger, 1)
    seen = ledger.records.need("model", "m0")["seq"]
    ledger.act("model.changed", "ann", "m0", {"entity": "A"}, seen=seen)
    with pytest.raises(Conflict, match="was changed since you read it"):
        ledger.act("model.changed", "ann", "m0", {"entity": "B"}, seen=seen)
    assert ledger.records.need("model", "m0")["entity"] == "A"


def test_times_never_run_backwards(tmp_path: Path, url: str) -> None:
    """A clock set back does not make an event older than the one before it."""
    last = "2026-05-03T10:00:00.000Z"
    times = iter(["2026-05-02T10:00:00.000Z", "2026-05-01T10:00:00.000Z", last])
    ledger = Ledger.open(tmp_path, database=url, clock=lambda: next(times, last))
    peopled(ledger)
    ledger.acts([register("m")])
    found = [event.at for event in ledger.database.read()]
    assert found == sorted(found)
    assert ledger.as_of("2026-05-02").count("model") == {(): 0}
    assert ledger.as_of("2026-05-03").count("model") == {(): 1}


def test_rebuilt_tables_equal_those_kept(ledger: Ledger, url: str) -> None:
    """What acts keep up event by event is what folding all events again gives, row by row."""
    grown(ledger, 4, 12)
    tables = ("docs", "now_model", "was_model", "now_person")

    def rows() -> list[list[tuple[object, ...]]]:
        with ledger.database.reading() as connection:
            return [sorted(run(connection, f"SELECT * FROM {t}").fetchall(), key=repr) for t in tables]  # fmt: skip

    before = rows()
    assert rebuild_derived(ledger) == 6
    assert rows() == before
    assert verify(ledger.folder, database=url).problems == ()


@pytest.mark.parametrize(
    "statement", ["UPDATE events SET reason = 'x'", "DELETE FROM events", "DELETE FROM checkpoints"]
)
def test_the_database_refuses_to_change_the_past(ledger: Ledger, statement: str) -> None:
    """An UPDATE or DELETE by accident fails in the database itself."""
    grown(ledger, 1, 260)
    with pytest.raises(LedgerError, match="append-only"), ledger.database.writing() as connection:
        run(connection, statement)
    assert len(ledger.database.read()) == 263


def test_a_failed_transaction_leaves_the_ledger_usable(ledger: Ledger) -> None:
    """After an error inside a transaction the next act goes through."""
    peopled(ledger)
    with pytest.raises(LedgerError), ledger.database.writing() as connection:
        run(connection, "SELECT nothing FROM nowhere")
    ledger.acts([register("m")])
    assert ledger.records.count("model") == {(): 1}


def test_a_reader_sees_one_moment(ledger: Ledger) -> None:
    """Events written while a reader looks do not appear before it has finished."""
    peopled(ledger)
    with ledger.database.reading() as connection:
        first = run(connection, "SELECT count(*) FROM events").fetchone()
        ledger.acts([register("m")])
        assert run(connection, "SELECT count(*) FROM events").fetchone() == first


def test_a_server_named_by_the_environment_is_used(
    tmp_path: Path, fresh_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With SECONDLINE_DATABASE no file is made, and the ledger counts as there."""
    monkeypatch.setenv("SECONDLINE_DATABASE", fresh_url)
    assert Ledger.exists(tmp_path)
    peopled(Ledger.open(tmp_path))
    assert not (tmp_path / "ledger.sqlite").exists()
    assert verify(tmp_path).events == 2


@pytest.mark.parametrize(
    "url", ["postgresql://u:s3cret@nowhere.invalid/x", "mysql://u:s3cret@h/x", "postgresql://u:s3cret@[h/x", "s3cret"]
)
def test_a_password_is_never_shown(tmp_path: Path, url: str) -> None:
    """A server that cannot be reached, another kind of server, and what is no URL: the password stays out of it."""
    with pytest.raises(LedgerError) as caught:
        Ledger.open(tmp_path, database=url)
    assert "s3cret" not in str(caught.value)


def test_a_shown_url_hides_its_password() -> None:
    """User and host stay readable."""
    assert shown("postgresql://ann:s3cret@db/x") == "postgresql+psycopg://ann:***@db/x"


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the message says which extra to install."""
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match=r"secondline\[postgres\]"):
        open_engine("postgresql://u@h/x")


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30).filter(
    lambda t: t == t.strip()
)


@given(steps=st.lists(st.tuples(st.sampled_from(["a", "b"]), TEXT, st.booleans()), min_size=1, max_size=8))
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_sealed_as_it_is(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, bool]]
) -> None:
    """Whatever letters people write, the ledger verifies and the document is what was stated."""
    folder = tmp_path_factory.mktemp("any")
    ledger = peopled(Ledger.open(folder))
    ledger.acts([register("a"), register("b")])
    for name, text, flag in steps:
        ledger.act("model.changed", "ann", name, {"description": text, "adaptive": flag}, reason=text)
        assert ledger.records.need("model", name)["description"] == text.strip()
    assert verify(folder).problems == ()


def test_the_clock_is_utc(tmp_path: Path) -> None:
    """Events are dated in UTC to the millisecond, so that text order is time order."""
    ledger = peopled(Ledger.open(tmp_path))
    at = ledger.database.read()[0].at
    assert abs((datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()) < 60
    assert at.endswith("Z")
    assert json.loads(ledger.database.read()[0].body)["set"]["name"] == "Ann"


def test_opening_twice_changes_nothing(tmp_path: Path, url: str) -> None:
    """The second opening finds the tables made and the derived ones fresh."""
    grown(Ledger.open(tmp_path, database=url), 2)
    again = Ledger.open(tmp_path, database=url)
    assert not Database(url or tmp_path / "ledger.sqlite").migrated
    assert again.records.count("model") == {(): 2}
