"""Deciding: a person decides every sentence, the program none, and nothing adverse is lost on the way to the report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.sample_run import sample_run
from secondline.assist.deciding import decide, decided, distance, edit, exhibits_of, keep, owed, stale
from secondline.assist.drafting import draft
from secondline.assist.entering import entered, report_of
from secondline.assist.plans import plan_of
from secondline.core.errors import OutOfTurn, Refused, SecondlineError, SpecError, UnknownRecord
from secondline.ledger.store import Ledger
from secondline.reports.blocks import Figure, Paragraph
from secondline.reports.draft import draft as whole
from secondline.web.pages import runs
from secondline.workflow.findings import take_from_run
from secondline.workflow.write import render

RUN = sample_run().model_copy(update={"previous": None})
PEOPLE = {"ada": ["admin"], "dev": ["developer", "validator"], "own": ["owner"], "val": ["validator"]}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger with people, a model, its plan and its run."""
    found = Ledger.open(tmp_path, clock=lambda: "2026-08-02T10:00:00.000Z")
    for name, roles in PEOPLE.items():
        found.act("person.added", "ada", name, {"name": name, "roles": roles})
    found.act("model.registered", "own", "retail-pd", {"name": "Retail PD", "owner": "own", "developer": "dev"})
    version = {"model": "retail-pd", "version": "2.3.0", "developers": ["dev"]}
    found.act("version.registered", "own", "retail-pd@2.3.0", version)
    found.record_plan(RUN.plan, "val")
    found.record_run(RUN, "val")
    return found


def kept(ledger: Ledger, section: str = "use", actor: str = "val") -> str:
    """Draft a section and put it on record."""
    return keep(ledger, draft(plan_of(section), exhibits_of(ledger, RUN)), actor).id


def finished(ledger: Ledger, section: str = "use") -> str:
    """Return a passage of which every sentence is accepted."""
    id_ = kept(ledger, section)
    for number in range(1, len(ledger.records.need("passage", id_)["sentences"]) + 1):
        decide(ledger, id_, number, "accepted", "val")
    ledger.act("passage.finished", "val", id_)
    return id_


def test_accepted_text_enters_the_report(ledger: Ledger) -> None:
    """It stands at the head of its section, as decided, with links to its evidence and whose text it is."""
    assert report_of(ledger, RUN) == whole(RUN)
    finished(ledger)
    (section,) = [s for s in report_of(ledger, RUN).sections if s.id == "use"]
    texts = [b for b in section.blocks[:4] if isinstance(b, Paragraph)]
    assert any(isinstance(span, Figure) and span.evidence.startswith("E-") for span in texts[2].spans)
    assert texts[-1].spans == ("Text of val (PS-1); drafted from templates, 0 of its 3 sentences edited, 0 rejected.",)


def test_the_report_says_how_much_a_model_wrote(ledger: Ledger) -> None:
    """Of a passage of two hands it tells how many sentences are the model's."""
    drafted = draft(plan_of("use"), exhibits_of(ledger, RUN))
    mixed = replace(drafted, sentences=(replace(drafted.sentences[0], origin="m-1"), *drafted.sentences[1:]))
    id_ = keep(ledger, mixed, "val").id
    for number in (1, 2, 3):
        decide(ledger, id_, number, "accepted", "val")
    ledger.act("passage.finished", "val", id_)
    (section,) = [s for s in report_of(ledger, RUN).sections if s.id == "use"]
    said = [b.spans for b in section.blocks if isinstance(b, Paragraph)]
    assert any("drafted by m-1 (1 of 3, the rest from templates), 0 of its 3" in str(spans[0]) for spans in said)


def test_what_is_adverse_is_told_open_or_lost(ledger: Ledger) -> None:
    """While its sentence waits it is open, then told; rejected it is lost, and other words that tell it count."""
    id_ = kept(ledger)

    def states() -> list[tuple[str, tuple[int, ...], str]]:
        return [(o.source, o.sentences, o.state) for o in owed(ledger.records.need("passage", id_))]

    assert states() == [("E-212", (2,), "open")]
    decide(ledger, id_, 2, "accepted", "val")
    assert states() == [("E-212", (2,), "told")]
    decide(ledger, id_, 2, "rejected", "val", reason="No.")
    assert states() == [("E-212", (), "lost")]
    edit(ledger, id_, 2, "By hand, {{E212.title}} ({{E212.about}}): outcome {{E212.outcome}}.", "val")
    assert states() == [("E-212", (2,), "told")]
    assert decided(ledger.records.need("passage", id_), 2).text.startswith("By hand")


def test_who_may_not_decide(ledger: Ledger) -> None:
    """A developer of the model, an owner, and the program itself under its own name."""
    id_ = kept(ledger)
    for person in ("dev", "own"):
        with pytest.raises(Refused):
            decide(ledger, id_, 1, "accepted", person)
    ledger.act("person.added", "ada", "template", {"name": "Template", "roles": ["validator"]})
    with pytest.raises(Refused, match="a person decides"):
        decide(ledger, id_, 1, "accepted", "template")
    with pytest.raises(Refused, match="a person decides"):
        ledger.act("passage.finished", "template", id_)


def test_nothing_is_finished_before_all_is_decided(ledger: Ledger) -> None:
    """A sentence left open keeps the passage open, and it says which."""
    id_ = kept(ledger)
    decide(ledger, id_, 2, "accepted", "val")
    with pytest.raises(OutOfTurn, match="nobody decided: 1, 3"):
        ledger.act("passage.finished", "val", id_)


def test_a_failed_gate_is_never_lost(ledger: Ledger) -> None:
    """Rejecting the sentence that tells it, or editing it away, keeps the passage from being finished."""
    id_ = kept(ledger)
    doc = ledger.records.need("passage", id_)
    (adverse,) = [n for n, s in enumerate(doc["sentences"], 1) if s["tells"]]
    for number in {1, 2, 3} - {adverse}:
        decide(ledger, id_, number, "accepted", "val")
    decide(ledger, id_, adverse, "rejected", "val", reason="Not needed.")
    with pytest.raises(OutOfTurn, match="leaves out what is adverse: E-212"):
        ledger.act("passage.finished", "val", id_)
    doc = edit(ledger, id_, adverse, "Overrides were looked at on {{P2.name}} with {{P2.rows}} rows.", "val").doc
    assert doc["decisions"][str(adverse)]["tells"] == []
    with pytest.raises(OutOfTurn, match="E-212"):
        ledger.act("passage.finished", "val", id_)
    edit(ledger, id_, adverse, "Ranking by hand, {{E212.title}} ({{E212.about}}): outcome {{E212.outcome}}.", "val")
    ledger.act("passage.finished", "val", id_)


def test_an_edit_keeps_its_distance_and_what_is_against_it(ledger: Ledger) -> None:
    """The record holds the edited text, the characters changed, and what the verifier notes; free words are allowed."""
    id_ = kept(ledger)
    text = "Overrides are rarely used at {{E211.about}}: {{E211.override_rate}}, outcome {{E211.outcome}}."
    doc = edit(ledger, id_, 3, text, "val", reason="Plainer.").doc
    one = doc["decisions"]["3"]
    assert (one["decision"], one["by"], one["why"], one["text"]) == ("edited", "val", "Plainer.", text)
    assert one["distance"] == distance(doc["sentences"][2]["text"], text) > 0
    assert any(note.startswith("UNKNOWN_WORD") for note in one["notes"])
    assert one["said"] == "Overrides are rarely used at current: 0.041, outcome passed."
    assert one["links"] == [[38, 43, "E-211"]]


@pytest.mark.parametrize(
    "text", ["Overrides: 4.1 %.", "On {{E999.about}}.", "On {{E211.nothing}}.", "{{E211.override_rate|.0f}}", "{{E211"]
)
def test_what_even_a_person_may_not_write(ledger: Ledger, text: str) -> None:
    """A number from nowhere, a slot that names nothing, digits that hide the value, broken slots."""
    with pytest.raises(SpecError, match="may not stand"):
        edit(ledger, kept(ledger), 3, text, "val")


def test_decisions_that_make_no_sense_are_refused(ledger: Ledger) -> None:
    """A sentence that is not there, a rejection without a reason, an edit without a text, a judgement left open."""
    id_ = kept(ledger, "findings")
    last = len(ledger.records.need("passage", id_)["sentences"])
    with pytest.raises(SpecError, match="there is no number 99"):
        decide(ledger, id_, 99, "accepted", "val")
    with pytest.raises(SpecError, match="there is no number 99"):
        edit(ledger, id_, 99, "x", "val")
    with pytest.raises(SpecError, match="needs a reason"):
        decide(ledger, id_, 1, "rejected", "val")
    with pytest.raises(SpecError, match="1 to 1200"):
        edit(ledger, id_, 1, " ", "val")
    with pytest.raises(SpecError, match="accept it instead"):
        edit(ledger, id_, 1, ledger.records.need("passage", id_)["sentences"][0]["text"], "val")
    with pytest.raises(SpecError, match="decision"):
        decide(ledger, id_, 1, "edited", "val")
    with pytest.raises(SpecError, match="place for your judgement"):
        decide(ledger, id_, last, "accepted", "val")
    with pytest.raises(SpecError, match="`text`"):
        ledger.act("passage.decided", "val", id_, {"sentence": 1, "decision": "accepted", "text": "x"})
    with pytest.raises(UnknownRecord):
        edit(ledger, "PS-9", 1, "x", "val")
    edit(ledger, id_, last, "Taken together the findings limit the use.", "val")


def test_nobody_claims_to_tell_what_their_text_does_not_cite(ledger: Ledger) -> None:
    """Also through the act itself, an edited sentence tells only what it cites and told before."""
    id_ = kept(ledger)
    fields = {"sentence": 2, "text": "Nothing.", "said": "Nothing.", "tells": ["E-212"]}
    with pytest.raises(SpecError, match="tells only"):
        ledger.act("passage.edited", "val", id_, fields)
    other = {**fields, "text": "{{E1.about}}", "tells": ["E-1"]}
    with pytest.raises(SpecError, match="tells only"):
        ledger.act("passage.edited", "val", id_, other)


def test_reopened_and_dropped_passages_leave_the_report(ledger: Ledger) -> None:
    """Only a finished passage is in the report."""
    id_ = finished(ledger)
    ledger.act("passage.reopened", "val", id_, reason="New data.")
    assert report_of(ledger, RUN) == whole(RUN)
    ledger.act("passage.dropped", "val", id_, reason="Written anew.")
    assert report_of(ledger, RUN) == whole(RUN)
    assert entered(whole(RUN), []) == whole(RUN)


def test_a_run_that_was_followed_is_stale(ledger: Ledger) -> None:
    """Once the version was run again later, the earlier run is not drafted from any more; the later one is."""
    later = RUN.model_copy(update={"id": "later", "finished_at": "2027-01-01T00:00:00Z"})
    assert stale(ledger.records, RUN) == ""
    ledger.record_run(later, "val")
    assert "Run later" in stale(ledger.records, RUN)
    assert stale(ledger.records, later) == ""
    passage = draft(plan_of("use"), exhibits_of(ledger, RUN))
    assert passage.sentences == ()
    assert "is stale" in passage.missing[0]


def test_open_findings_of_the_ledger_must_be_told(ledger: Ledger) -> None:
    """Taken up or only proposed, no open finding is lost; one that is withdrawn need not be told."""
    proposed = {i.source for i in exhibits_of(ledger, RUN).of_kind("finding")}
    take_from_run(ledger, RUN.id, "val")
    docs = ledger.records.find("finding")
    assert {i.source for i in exhibits_of(ledger, RUN).of_kind("finding")} == {d["id"] for d in docs}
    assert len(docs) == len(proposed)
    ledger.act("finding.withdrawn", "val", docs[0]["id"], reason="A mistake.")
    assert docs[0]["id"] not in {i.source for i in exhibits_of(ledger, RUN).of_kind("finding")}


def test_a_passage_is_of_a_run_on_record(ledger: Ledger) -> None:
    """A draft about another run, or of another model than the run's, is not kept."""
    other = draft(plan_of("use"), exhibits_of(ledger, RUN.model_copy(update={"id": "nowhere"})))
    with pytest.raises(UnknownRecord):
        keep(ledger, other, "val")
    with pytest.raises(SecondlineError):
        kept(ledger, actor="own")


def test_the_report_of_the_pages_holds_it_too(ledger: Ledger) -> None:
    """What `secondline report` writes and what the web page gives are the same report."""
    finished(ledger)
    page = runs._report(ledger, RUN, "html")
    assert page == render(RUN, ".html", value=report_of(ledger, RUN))
    assert b"Text of val (PS-1)" in page
