"""Counts that are kept: exact whatever is written in between, on both databases, and no more than there is room for."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from ledger.estates import change, grown, peopled, register
from secondline.ledger.keeping import rebuild_derived
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.tallies import Tallies, added, asked

QUESTIONS: tuple[tuple[tuple[str, ...], dict[str, object]], ...] = (((), {}), (("family",), {}), (("state", "tier"),
    {}), (("entity",), {"family": "fraud"}),
             ((), {"entity__in": ("E0", "E1"), "tier__le": 3}), ((), {"name__like": "model"}))  # fmt: skip


def counted(view: Records) -> list[dict[object, int]]:
    """Return the answers to some questions."""
    return [view.count("model", by, where) for by, where in QUESTIONS]


def test_kept_counts_are_what_a_count_gives(ledger: Ledger) -> None:
    """After every write, counts carried forward equal counts made anew, now and as of every place before."""
    grown(ledger, 6)
    orders = [[change(f"m{i % 6}", entity=f"E{i % 3}", family=("aml", "fraud", "credit")[i % 3])] for i in range(8)]
    orders += [[register("late", family="fraud"), change("m0", description="no facet moves")]]
    for batch in orders:
        ledger.acts(batch)
        assert counted(ledger.records) == counted(Records(ledger.database.reading))
    for place in range(1, ledger.records.events(newest_first=True, limit=1)[0].seq + 2):
        plain = Records(ledger.database.reading, place)
        assert counted(ledger.as_of(place)) == counted(plain) == counted(ledger.as_of(place))
    rebuild_derived(ledger)
    assert counted(ledger.records) == counted(Records(ledger.database.reading))


def test_a_count_inside_a_transaction_that_fails_is_not_kept(ledger: Ledger) -> None:
    """What was rolled back is in no count, although its place is given to another event."""
    peopled(ledger)
    assert ledger.records.count("model") == {(): 0}
    try:
        ledger.acts([register("gone"), change("nobody")])
    except Exception:  # noqa: BLE001 - any refusal will do
        assert ledger.records.count("model") == {(): 0}
    ledger.acts([register("here")])
    assert ledger.records.count("model") == {(): 1}


def test_names_that_no_record_has(ledger: Ledger) -> None:
    """Runs of models that nobody listed are named, until somebody lists them; the past still names them."""
    peopled(ledger)
    facts = {"object": "o", "digest": "d", "version": "1", "finished_at": "2026-05-01T00:00:00Z"}
    ledger.act("run.finished", "vera", "r1", {**facts, "model": "shadow"})
    place = ledger.act("run.finished", "vera", "r2", {**facts, "model": "m1"}).event.seq
    assert ledger.records.unknown("run", "model") == ["m1", "shadow"]
    ledger.acts([register("m1")])
    assert ledger.records.unknown("run", "model") == ["shadow"]
    assert ledger.as_of(place).unknown("run", "model") == ["m1", "shadow"]
    assert Records(ledger.database.reading).unknown("run", "model") == ["shadow"]


def test_every_row_is_in_the_pages_whatever_they_are_sorted_by(ledger: Ledger) -> None:
    """A day that is not stated counts as least: page by page, both ways, nothing is lost and nothing comes twice."""
    grown(ledger, 9)
    for i in (1, 4, 7):
        ledger.act("model.changed", "ann", f"m{i}", {"owner": f"o{i}"})
        ledger.act("model.scheduled", "vera", f"m{i}", {"next_validation": f"2030-01-0{i}"}, reason="due")
    for order in ("next_validation", "owner", "tier", "id"):
        for down in (False, True):
            found, after = list[str](), ""
            while True:
                page = ledger.records.page("model", order=order, descending=down, limit=2, after=after)
                found += [row["id"] for row in page.rows]
                after = page.after
                if not after:
                    break
            assert sorted(found) == [f"m{i}" for i in range(9)]
    dated = ledger.records.page("model", order="next_validation", descending=True, limit=9).rows
    assert [row["id"] for row in dated][:3] == ["m7", "m4", "m1"]


def test_states_are_merged_in_the_order_of_days(ledger: Ledger) -> None:
    """A list of several states by day is the same as the list of all, sorted, page by page."""
    grown(ledger, 8)
    for i in range(8):
        ledger.act("model.scheduled", "vera", f"m{i}", {"next_validation": f"2030-01-0{8 - i}"}, reason="due")
        if i % 2:
            ledger.act("model.development-begun", "ann", f"m{i}")
    where = {"state__in": ("proposed", "in-development", "approved"), "next_validation__le": "2030-01-07"}
    first = ledger.records.page("model", where, order="next_validation", limit=3)
    rest = ledger.records.page("model", where, order="next_validation", limit=9, after=first.after)
    assert [row["id"] for row in (*first.rows, *rest.rows)] == [f"m{i}" for i in range(7, 0, -1)]


def test_texts_are_found_by_how_they_begin(ledger: Ledger) -> None:
    """Letter by letter, and signs of the pattern language are letters."""
    peopled(ledger)
    ledger.acts([register("a", entity="Bank_1"), register("b", entity="BankX1"), register("c", entity="bank_2")])
    assert [r["id"] for r in ledger.records.page("model", {"entity__begins": "Bank_"}).rows] == ["a"]
    assert [r["id"] for r in ledger.records.page("model", {"entity__begins": "Bank"}).rows] == ["a", "b"]


def since(place: int, start: int) -> dict[object, int]:
    """Return what came between two places."""
    return {"a": place - start}


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 50)), max_size=80))
def test_no_more_is_kept_than_there_is_room_for(steps: list[tuple[int, int]]) -> None:
    """Whatever is asked, the groups kept never exceed the room, and every answer is the right one."""
    tallies = Tallies(room=20)
    for question, place in steps:
        key = asked("model", (str(question),), {})
        wanted = {"a": place, "b": question + 1}
        found = tallies.get(key, place, wanted.copy, partial(since, place))
        assert found == wanted
        assert tallies.held <= 20


def test_groups_that_nothing_is_left_of_are_gone() -> None:
    """A group counted down to nothing is no group."""
    assert added({"a": 1, "b": 2}, {"a": -1, "c": 1}) == {"b": 2, "c": 1}


def test_the_values_of_a_facet_are_found_step_by_step(ledger: Ledger) -> None:
    """Each value once, in order, no more than asked for; what is not stated is no value."""
    grown(ledger, 6, 4)
    assert ledger.records.values("model", "family", 9) == ["credit", "fraud"]
    assert ledger.records.values("model", "id", 3) == ["m0", "m1", "m2"]
    assert ledger.records.values("model", "next_validation", 3) == []
    assert ledger.records.values("model", "tier", 5) == [0]


def test_all_of_a_kind_is_read_anew_when_one_changes(ledger: Ledger) -> None:
    """People kept in memory are those on record, also after a change that no list shows; a caller changes nothing."""
    peopled(ledger)
    for role in ("auditor", "approver"):
        ledger.records.find("person")[0]["roles"] = []
        ledger.act("role.granted", "ann", "vera", {"role": role}, reason="needed")
        assert ledger.records.find("person") == Records(ledger.database.reading).find("person")
        assert role in ledger.records.find("person")[1]["roles"]
