"""Pages of drafts: sections, sentences with what they rest on, and decisions by people who may decide."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from secondline.assist.entering import entered
from secondline.assist.plans import GENERATIVE
from secondline.reports.blocks import Paragraph
from secondline.reports.draft import draft
from web.answered import EVALUATION
from web.drafted import PASSAGE, desk_in
from web.lively import RUN
from web.site import Bank

HOME, SECTIONS = f"/passages/{PASSAGE}", f"/drafts/{RUN.id}"
MINE = "{{E211.title}}, on {{E211.about}}: {{E211.override_rate}}, outcome {{E211.outcome}}."


@pytest.fixture
def desk(tmp_path: Path) -> Bank:
    """A bank of one's own with a passage on which one sentence is decided."""
    return desk_in(tmp_path)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    """The same bank, for what is refused and so changes nothing."""
    return desk_in(tmp_path_factory.mktemp("still"))


def sent(desk: Bank, person: str = "vera", place: str = HOME, **typed: Any) -> Any:
    """Send a form as a browser would."""
    client = desk.as_(person)
    return client.post(place, data={"csrf": desk.csrf(client), **typed})


def doc(desk: Bank) -> dict[str, Any]:
    """Return the passage as it stands."""
    return desk.ledger.records.need("passage", PASSAGE)


def test_sections_are_listed_with_their_progress(town: Bank) -> None:
    """Each section of the report is there, with what is adverse and how far people decided."""
    rows = list(csv.DictReader(io.StringIO(town.as_("aud").get(f"{SECTIONS}.csv").text)))
    assert len(rows) == 11
    (use,) = [row for row in rows if row["title"] == "Use and overrides"]
    assert (use["passage"], use["decided"], use["adverse"]) == (PASSAGE, "1 of 3", "0 of 1")
    assert f'href="{SECTIONS}"' in town.as_("aud").get(f"/runs/{RUN.id}").text


def test_a_sentence_shows_what_it_rests_on(town: Bank) -> None:
    """Numbers lead to their evidence; values, predicates with their truth and the verifier's word stand below."""
    text = town.as_("vera").get(HOME).text
    assert f'<a href="/runs/{RUN.id}/E-211">0.041</a>' in text
    assert "override rate of Overrides are rare (current)" in text
    assert '0.041 is below 0.05, <span class="good">true</span>' in text
    assert text.count("The verifier lets it stand.") == 3
    assert 'not decided</span> <a href="/runs/20260801-7f3a9c/E-212">E-212</a> Overrides improve ranking' in text
    assert 'href="#s-2"' in text


def test_who_only_looks_is_offered_nothing(town: Bank) -> None:
    """First line and auditors see the draft and no form to decide; the second line sees it."""
    people = ("dev", "olga", "aud", "vera", "mira")
    forms = {p: f'method="post" action="{HOME}"' in town.as_(p).get(HOME).text for p in people}
    assert forms == {"dev": False, "olga": False, "aud": False, "vera": True, "mira": True}


def test_a_passage_is_decided_finished_and_reported(desk: Bank) -> None:
    """Accepted, edited with slots, finished; the text enters the report as the validator's."""
    assert sent(desk, sentence="2", decision="accepted").headers["location"] == f"{HOME}#s-3"
    done = sent(desk, sentence="3", decision="edited", text=MINE, reason="Plainer.")
    assert done.headers["location"] == f"{HOME}#finish"
    one = doc(desk)["decisions"]["3"]
    assert (one["decision"], one["by"], one["why"]) == ("edited", "vera", "Plainer.")
    client = desk.as_("vera")
    text = client.get(HOME).text
    assert "Everything is decided and told." in text
    assert "Drafted as: Overrides are rare" in text
    assert "/do/passage.finished" in text
    assert desk.do(client, "passage.finished", PASSAGE).status_code == 303
    assert "It stands in the" in client.get(HOME).text
    assert "Text of vera (PS-1)" in client.get(f"/runs/{RUN.id}/report/html").text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"decision": "edited", "text": "The rate is 0.041."}, "FREE_DIGIT"),
        ({"decision": "edited", "text": "On {{E999.about}} it is so."}, "UNKNOWN_EVIDENCE"),
        ({"decision": "edited", "text": "{{E211.about}} {{E211.made_up}}"}, "UNKNOWN_FIELD"),
        ({"decision": "edited", "text": " "}, "1 to 1200 characters"),
        ({"decision": "edited", "text": "x" * 5000}, "1 to 1200 characters"),
        ({"decision": "rejected"}, "needs a reason"), ({"decision": "perhaps"}, "Accept the sentence, edit it"),
        ({}, "Accept the sentence, edit it"),
    ],
)  # fmt: skip
def test_what_may_not_stand_is_told_and_nothing_typed_is_lost(still: Bank, typed: dict[str, str], says: str) -> None:
    """A number from nowhere, a slot that names nothing, no words, too many, no reason: said at the sentence."""
    answer = sent(still, sentence="3", reason="My reason.", **typed) if "edited" in typed.values() else sent(
        still, sentence="3", **typed)  # fmt: skip
    assert answer.status_code == 422
    assert says in answer.text
    assert 'role="alert"' in answer.text
    if typed.get("decision") == "edited":
        assert "My reason." in answer.text
    assert set(doc(still)["decisions"]) == {"1"}


@pytest.mark.parametrize("number", ["0", "4", "", "x", "99999999999", "-1"])
def test_a_sentence_that_is_none_is_refused(still: Bank, number: str) -> None:
    """Zero, beyond the last, no number or far too long a one."""
    assert sent(still, sentence=number, decision="accepted").status_code == 422
    assert set(doc(still)["decisions"]) == {"1"}


@pytest.mark.parametrize("person", ["dev", "olga", "aud", "abe", "ada"])
def test_others_may_not_decide(still: Bank, person: str) -> None:
    """Only the second line decides, whatever is sent."""
    assert sent(still, person, sentence="2", decision="accepted").status_code == 403
    assert sent(still, person, SECTIONS, section="data").status_code == 403
    assert set(doc(still)["decisions"]) == {"1"}


def test_a_developer_who_also_validates_may_not_decide(desk: Bank) -> None:
    """Independence is of the law, not of the page."""
    built = {"model": "retail-pd", "version": "2.4.0", "developers": ["dev", "vito"]}
    desk.ledger.act("version.registered", "dev", "retail-pd@2.4.0", built)
    assert sent(desk, "vito", sentence="2", decision="accepted").status_code == 403
    assert set(doc(desk)["decisions"]) == {"1"}


def test_a_form_of_another_site_does_nothing(still: Bank) -> None:
    """Without the token of the page nothing is decided or drafted."""
    client = still.as_("vera")
    assert client.post(HOME, data={"sentence": "2", "decision": "accepted"}).status_code == 403
    assert client.post(SECTIONS, data={"section": "data"}).status_code == 403


def test_a_section_is_drafted_once(desk: Bank) -> None:
    """A second draft waits until the first is finished or dropped; a section that is none is refused."""
    assert sent(desk, place=SECTIONS, section="data").headers["location"] == "/passages/PS-2"
    assert sent(desk, place=SECTIONS, section="data").status_code == 409
    assert sent(desk, place=SECTIONS, section="sumary").status_code == 422
    client = desk.as_("vera")
    assert desk.do(client, "passage.dropped", "PS-2", "Anew.").status_code == 303
    assert sent(desk, place=SECTIONS, section="data").headers["location"] == "/passages/PS-3"


def test_what_is_adverse_cannot_be_rejected_away(desk: Bank) -> None:
    """With its only sentence rejected the page says left out, offers no finish, and the law refuses one."""
    assert sent(desk, sentence="2", decision="rejected", reason="Not needed.").status_code == 303
    assert sent(desk, sentence="3", decision="accepted").status_code == 303
    client = desk.as_("vera")
    text = client.get(HOME).text
    assert "left out</span>" in text
    assert "/do/passage.finished" not in text
    assert desk.do(client, "passage.finished", PASSAGE).status_code == 409


def test_the_place_for_a_judgement_asks_for_one(desk: Bank) -> None:
    """It cannot be accepted; a person writes it or rejects it."""
    place = sent(desk, place=SECTIONS, section="summary").headers["location"]
    text = desk.as_("vera").get(place).text
    last = text.count('id="s-')
    assert "Write your judgement" in text
    assert sent(desk, place=place, sentence=str(last), decision="accepted").status_code == 422
    said = "The model is fit for its use, as {{R1.name}} of {{R1.grade}} says."
    assert sent(desk, place=place, sentence=str(last), decision="edited", text=said).status_code == 303


def test_what_a_model_sent_and_was_refused_is_shown_as_text(desk: Bank) -> None:
    """Markup in a refused sentence does nothing; its problems stand beside it."""
    form = doc(desk)
    fields = {k: form[k] for k in ("model", "run", "inputs", "sentences", "must")}
    tries = [{"writer": "m-1", "outcome": "refused", "codes": ["BAD_CHARACTER"], "omitted": ["E-212"],
              "refused": [{"text": "<script>alert(1)</script>", "problems": ["BAD_CHARACTER: <"]}]}]  # fmt: skip
    made = desk.ledger.act("passage.drafted", "vera", "", {**fields, "section": "use", "writer": "m-1",
                                                           "attempts": tries})  # fmt: skip
    text = desk.as_("vera").get(f"/passages/{made.id}").text
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text
    assert "left out E-212" in text
    assert "written with m-1" in text


def test_a_run_that_was_followed_is_not_drafted(desk: Bank) -> None:
    """Where a later run of the version exists, the page says so and offers no draft."""
    later = RUN.model_copy(update={"id": "later", "finished_at": "2026-09-01T00:00:00Z"})
    desk.ledger.record_run(later, "vera")
    text = desk.as_("vera").get(SECTIONS).text
    assert "Nothing can be drafted from this run." in text
    assert "Draft it" not in text
    assert "Run later of the same version" in desk.as_("vera").get(HOME).text


def test_the_report_of_a_generative_system_takes_its_parts(town: Bank) -> None:
    """Its sections are the parts of section 9, and each of them is a section that its report has."""
    rows = town.as_("aud").get(f"/drafts/{EVALUATION}.json").json()["rows"]
    run = town.ledger.run(EVALUATION)
    parts = {part.id for section in draft(run).sections for part in (section, *section.sections)}
    ids = {plan.id for plan in GENERATIVE}
    assert ids <= parts
    assert len(rows) == len(ids)
    made = {
        "section": "outcomes-attacks", "sentences": [{"said": "It held.", "links": []}], "writer": "template",
        "decisions": {"1": {"decision": "accepted", "said": "It held."}}, "finished_by": "vera", "id": "PS-9",
    }  # fmt: skip
    whole = entered(draft(run), [made])
    (nine,) = [s for s in whole.sections if s.id == "outcomes"]
    (attacks,) = [s for s in nine.sections if s.id == "outcomes-attacks"]
    assert attacks.blocks[0] == Paragraph(("It held.",))
