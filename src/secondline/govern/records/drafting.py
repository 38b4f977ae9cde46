"""Drafting: passages of a report that a program drafted, and what a person decided on each sentence.

The program that drafts never decides. A passage is finished when a person has decided every sentence and everything
adverse is still told by one that stands.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import independent_of_first_line, refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import SECOND_LINE

Link = tuple[int, int, str]
"""Beginning and end of a number in a text, and the evidence it comes from."""
TO_JUDGE = "[VALIDATOR JUDGEMENT REQUIRED]"


class Drafted(Form):
    """One sentence as it was drafted."""

    text: str = Field(min_length=1, description="Its template, with slots for numbers.")
    said: str = Field(default="", description="Its text with the slots filled.")
    links: tuple[Link, ...] = Field(default=(), description="Where in the text a number stands, and its evidence.")
    kind: str = Field(default="fact", max_length=20)
    predicates: tuple[str, ...] = ()
    rule: str = Field(default="", max_length=40)
    origin: str = Field(default="template", max_length=200, description="Who wrote it.")
    tells: tuple[str, ...] = Field(default=(), description="The adverse records it tells.")


class PassageFields(Form):
    """A section as it was drafted."""

    model: str = Field(min_length=1, max_length=80, description="Model.")
    run: str = Field(min_length=1, max_length=80, description="Run it reports on.")
    section: str = Field(min_length=1, max_length=40, description="Section of the report.")
    writer: str = Field(min_length=1, max_length=200, description="`template`, or the model that wrote it.")
    inputs: str = Field(min_length=64, max_length=64, description="SHA-256 of what it was drafted from.")
    sentences: tuple[Drafted, ...] = Field(default=(), max_length=2000)
    missing: tuple[str, ...] = Field(default=(), description="What could not be assessed.")
    must: tuple[str, ...] = Field(default=(), description="Adverse records that it must tell.")
    attempts: tuple[dict[str, Any], ...] = Field(default=(), description="Each try of a writer, with digests.")


class Passage(Doc, PassageFields):
    """A passage as it stands."""

    by: str = ""
    decisions: dict[str, dict[str, Any]] = Field(default={}, description="Decision on each sentence, by its number.")
    finished_by: str = ""


class DecisionForm(Form):
    """What a person decides on one sentence as it was drafted."""

    sentence: int = Field(ge=1, description="Number of the sentence.")
    decision: Literal["accepted", "rejected"] = Field(description="Whether it stands as drafted.")


class EditForm(Form):
    """A sentence in a person's own words, as the product filled and verified it."""

    sentence: int = Field(ge=1, description="Number of the sentence.")
    text: str = Field(min_length=1, description="Its new template, with slots for numbers.")
    said: str = Field(default="", description="Its text with the slots filled.")
    links: tuple[Link, ...] = Field(default=(), description="Where in the text a number stands, and its evidence.")
    tells: tuple[str, ...] = Field(default=(), description="The adverse records it still tells.")
    notes: tuple[str, ...] = Field(default=(), description="What the verifier has against the edited words.")
    distance: int = Field(default=0, ge=0, description="Characters changed.")


PASSAGE = declare(
    Record("passage", "Drafted passage", "passages", Passage, ("model", "run", "section", "writer", "by"), "PS")
)


def _of_run(now: Situation) -> None:
    run = now.look.get("run", now.form.run)
    if run is None:
        raise UnknownRecord.of("run", now.form.run)
    if run.get("model") != now.form.model:
        raise SpecError(f"{now.form.run} is a run of {run.get('model')!r}, not of {now.form.model!r}.")


def _a_person(now: Situation) -> None:
    """A program never decides on what it drafted, under whatever name."""
    writers = {now.doc.get("writer"), *(s.get("origin") for s in now.doc.get("sentences", ()))}
    if now.actor in writers or "monitor" in now.roles:
        refuse(now.actor, now.act.title.lower(), "a program drafted it, and a person decides")


def _sentence(now: Situation) -> dict[str, Any]:
    sentences = now.doc.get("sentences", ())
    if now.form.sentence > len(sentences):
        raise SpecError(f"{now.id} has {len(sentences)} sentences; there is no number {now.form.sentence}.")
    found: dict[str, Any] = sentences[now.form.sentence - 1]
    return found


def _decidable(now: Situation) -> None:
    found = _sentence(now)
    if now.form.decision == "accepted" and found["text"] == TO_JUDGE:
        raise SpecError("This is the place for your judgement: write it (edit), or reject the sentence with a reason.")
    if now.form.decision == "rejected" and not now.reason.strip():
        raise SpecError("A rejected sentence needs a reason.")


def _editable(now: Situation) -> None:
    found, form = _sentence(now), now.form
    if form.text == found["text"]:
        raise SpecError("That is the sentence as drafted: accept it instead.")
    uncited = [name for name in form.tells if "{{" + re.sub(r"[^A-Za-z0-9]", "", name) + "." not in form.text]
    if uncited or set(form.tells) - set(found.get("tells", ())):
        raise SpecError("An edited sentence tells only what the drafted one told and its own text still cites.")


def _decided(now: Situation) -> dict[str, Any]:
    found = _sentence(now)
    kept = {"said": found.get("said", ""), "links": found.get("links", ()), "tells": found.get("tells", ())}
    return _entered(now, {"decision": now.form.decision, **(kept if now.form.decision == "accepted" else {})})


def _edited(now: Situation) -> dict[str, Any]:
    return _entered(now, {"decision": "edited", **now.form.model_dump(mode="json", exclude={"sentence"})})


def _entered(now: Situation, one: dict[str, Any]) -> dict[str, Any]:
    """Return a decision in place of any before it on the same sentence."""
    before = dict.fromkeys(now.doc.get("decisions", {}).get(str(now.form.sentence), {}))
    return {
        "decisions": {str(now.form.sentence): {**before, **one, "by": now.actor, "on": now.today, "why": now.reason}}
    }


def _all_decided(now: Situation) -> None:
    decisions = now.doc.get("decisions", {})
    left = [n for n in range(1, len(now.doc.get("sentences", ())) + 1) if str(n) not in decisions]
    if left:
        raise OutOfTurn(f"{now.id} has sentences nobody decided: {', '.join(map(str, left[:8]))} ({len(left)} in all).")
    told = {name for one in decisions.values() if one["decision"] != "rejected" for name in one.get("tells", ())}
    lost = [name for name in now.doc.get("must", ()) if name not in told]
    if lost:
        raise OutOfTurn(f"{now.id} leaves out what is adverse: {', '.join(lost[:8])}. Accept a sentence that tells it.")


def _acts() -> None:
    """Enter the acts in the law."""
    drafted, independent = frozenset({"drafted"}), independent_of_first_line("decide on a draft about it")
    for act in (
        Act("passage.drafted", "passage", "Keep a drafted passage", SECOND_LINE, PassageFields, creates=True,
            after="drafted", rules=(_of_run,), made=True,
            changes=lambda now: {**now.form.model_dump(mode="json"), "by": now.actor}),
        Act("passage.decided", "passage", "Decide on a sentence", SECOND_LINE, DecisionForm, before=drafted,
            rules=(_a_person, independent, _decidable), changes=_decided),
        Act("passage.edited", "passage", "Edit a sentence", SECOND_LINE, EditForm, before=drafted,
            rules=(_a_person, independent, _editable), changes=_edited, made=True),
        Act("passage.finished", "passage", "Finish the passage", SECOND_LINE, Nothing, before=drafted, after="finished",
            rules=(_a_person, independent, _all_decided), changes=lambda now: {"finished_by": now.actor}),
        Act("passage.reopened", "passage", "Take the passage up again", SECOND_LINE, Nothing,
            before=frozenset({"finished"}), after="drafted", rules=(independent,), reasoned=True),
        Act("passage.dropped", "passage", "Drop the passage", SECOND_LINE, Nothing,
            before=frozenset({"drafted", "finished"}), after="dropped", rules=(independent,), reasoned=True),
    ):  # fmt: skip
        allow(act)


_acts()
