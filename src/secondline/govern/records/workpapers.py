"""Workpapers of a validation: what was requested, reviewed and challenged, and which developer tests it relies on."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import developers, independent_of_first_line, owners, refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.records.validation import UNSIGNED, members, tier_of
from secondline.govern.roles import FIRST_LINE, SECOND_LINE
from secondline.govern.severity import HEAD
from secondline.govern.validating import TYPES, Area, Reviewed, may_rely

Rating = Literal["adequate", "minor", "major", "severe", "not-applicable"]
RATINGS: tuple[Rating, ...] = ("not-applicable", "adequate", "minor", "major", "severe")


class InValidation(Form):
    """Which validation and which model it belongs to."""

    validation: str = Field(min_length=1, max_length=40, description="Validation (V-n).")


class RequestFields(InValidation):
    """Something asked of the first line."""

    what: str = Field(min_length=1, description="What is needed.")
    to: str = Field(min_length=1, max_length=80, description="Who is asked.")
    due: date = Field(description="Day it is needed by.")


class Request(Doc, RequestFields):
    """A request as it stands."""

    model: str = ""
    by: str = ""
    evidence: tuple[str, ...] = ()
    note: str = ""
    rejections: tuple[dict[str, str], ...] = ()


class ProvideForm(Form):
    """What is handed over."""

    note: str = Field(min_length=1, description="What is handed over and where it is.")
    evidence: tuple[str, ...] = Field(default=(), description="Evidence on record (EV-n).")


class ChallengeFields(InValidation):
    """A question that puts a choice of the developer in doubt."""

    question: str = Field(min_length=1, description="What is put in doubt, and why.")
    to: str = Field(min_length=1, max_length=80, description="Who is asked.")
    about: str = Field(default="", max_length=200, description="Part of the model or document it is about.")


class Challenge(Doc, ChallengeFields):
    """A challenge as it stands."""

    model: str = ""
    by: str = ""
    answer: str = ""
    answered_by: str = ""
    changed: bool = False
    outcome: str = Field(default="", description="What changed, or why nothing did.")
    disputes: tuple[dict[str, str], ...] = ()
    settled_by: str = ""
    decision: str = ""


class ChallengeAnswer(Form):
    """The answer to a challenge, and what follows from it."""

    answer: str = Field(min_length=1, description="The answer.")
    changed: bool = Field(description="Whether the model, its documents or its use change.")
    outcome: str = Field(min_length=1, description="What changes, or why nothing does.")


class DecisionForm(Form):
    """How an escalated challenge ends."""

    decision: str = Field(min_length=1, description="What is decided, and why.")


class ReviewFields(InValidation):
    """A structured review by a questionnaire."""

    part: Reviewed = Field(description="Part of the validation it serves.")
    questionnaire: str = Field(min_length=1, max_length=80, description="Questionnaire it follows.")
    digest: str = Field(default="", max_length=64, description="SHA-256 of the questionnaire.")
    questions: tuple[str, ...] = Field(min_length=1, description="Ids of its questions.")
    subject: str = Field(default="", max_length=200, description="What is reviewed: document and edition, or commit.")


class Review(Doc, ReviewFields):
    """A review as it stands."""

    model: str = ""
    by: str = ""
    answers: dict[str, dict[str, Any]] = Field(default={}, description="Answers by question.")
    rating: str = ""
    conclusion: str = ""


class NoteForm(Form):
    """One answer of a review."""

    question: str = Field(min_length=1, max_length=80, description="Question it answers.")
    rating: Rating = Field(description="How good it is.")
    answer: str = Field(min_length=1, description="What was found; for `not-applicable`, why.")
    evidence: tuple[str, ...] = Field(default=(), description="Evidence: RUN/E-n, EV-n, or a place in a document.")
    finding: str = Field(default="", max_length=40, description="Finding raised for it (F-n).")


class ConclusionForm(Form):
    """What the review comes to."""

    conclusion: str = Field(min_length=1, description="What the answers come to, taken together.")


class RelianceFields(InValidation):
    """A test of the developer that is relied on instead of one's own."""

    test: str = Field(min_length=1, max_length=200, description="Test relied on.")
    area: Area = Field(description="What it tests.")
    because: str = Field(min_length=1, description="Why it can be relied on: who made it, how it was checked.")
    evidence: tuple[str, ...] = Field(min_length=1, description="Where the test is on record.")


class Reliance(Doc, RelianceFields):
    """A reliance as it stands."""

    model: str = ""
    by: str = ""


REQUEST = declare(Record("request", "Request", "requests", Request, ("validation", "model", "to", "due", "by"), "RQ"))
CHALLENGE = declare(
    Record("challenge", "Challenge", "challenges", Challenge, ("validation", "model", "to", "by", "changed"), "CH")
)
REVIEW = declare(
    Record("review", "Review", "reviews", Review, ("validation", "model", "part", "questionnaire", "rating"), "RV")
)
RELIANCE = declare(Record("reliance", "Reliance", "reliances", Reliance, ("validation", "model", "area", "test"), "RL"))


def _project(now: Situation) -> dict[str, Any]:
    name = str(now.field("validation"))
    found = now.look.get("validation", name)
    if found is None:
        raise UnknownRecord.of("validation", name)
    return found


def _team_works(now: Situation) -> None:
    """The validation is still being done, and whoever acts is in its team and independent."""
    project = _project(now)
    if project.get("state") not in UNSIGNED:
        raise OutOfTurn(f"{project['id']} is {project.get('state')}; its papers are closed.")
    if now.actor not in members(project):
        refuse(now.actor, now.act.title.lower(), f"they are not in the team of {project['id']}")
    if now.actor in developers(now.look, project["model"]) | owners(now.look, project["model"]):
        refuse(now.actor, now.act.title.lower(), f"they develop or own {project['model']}")


def _asks_somebody(now: Situation) -> None:
    if now.look.get("person", now.form.to) is None:
        raise UnknownRecord.of("person", now.form.to)
    if now.form.to in members(_project(now)):
        raise SpecError(f"{now.form.to!r} is in the team; questions go to those who built or own the model.")


def _asked(now: Situation) -> None:
    model = str(now.doc["model"])
    if now.actor not in {now.doc["to"]} | developers(now.look, model) | owners(now.look, model):
        refuse(now.actor, now.act.title.lower(), f"{now.id} is put to {now.doc['to']!r}")


def _asker(now: Situation) -> None:
    if now.actor != now.doc["by"]:
        refuse(now.actor, now.act.title.lower(), f"{now.doc['by']!r} asked")


def _no_party(now: Situation) -> None:
    independent_of_first_line("decide the challenge")(now)
    if now.actor in {now.doc["by"], now.doc.get("answered_by")}:
        refuse(now.actor, "decide the challenge", "they asked or answered it")


def _evidence_known(now: Situation) -> None:
    for name in now.form.evidence:
        if name.startswith("EV-") and now.look.get("evidence", name) is None:
            raise UnknownRecord.of("evidence", name)


def _made(now: Situation) -> dict[str, Any]:
    project = _project(now)
    return {**now.form.model_dump(mode="json"), "model": project["model"], "by": now.actor}


def _rejected(now: Situation) -> dict[str, Any]:
    one = {"because": now.reason, "by": now.actor, "on": now.today}
    return {"rejections": [*now.doc.get("rejections", ()), one]}


def _disputed(now: Situation) -> dict[str, Any]:
    one = {"because": now.reason, "by": now.actor, "on": now.today}
    return {"disputes": [*now.doc.get("disputes", ()), one]}


def _answered(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json"), "answered_by": now.actor}


def _part_asked(now: Situation) -> None:
    """Further reviews than the kind demands are welcome; the same part twice is not."""
    same = now.look.find("review", validation=now.form.validation, part=now.form.part)
    if any(one.get("questionnaire") == now.form.questionnaire for one in same):
        raise SpecError(f"{now.form.questionnaire} is under review in {now.form.validation} already: {same[0]['id']}.")
    if len(set(now.form.questions)) != len(now.form.questions):
        raise SpecError("A questionnaire asks each question once.")


def _question_asked(now: Situation) -> None:
    if now.form.question not in now.doc["questions"]:
        raise SpecError(f"{now.doc['questionnaire']} has no question {now.form.question!r}.")
    if now.form.rating == "adequate" and not now.form.evidence:
        raise SpecError("An adequate rating names the evidence it rests on.")
    finding = now.look.get("finding", now.form.finding) if now.form.finding else None
    if now.form.finding and (finding or {}).get("model") != now.doc["model"]:
        raise SpecError(f"{now.form.finding} is no finding of {now.doc['model']!r}.")


def _noted(now: Situation) -> dict[str, Any]:
    one = now.form.model_dump(mode="json", exclude={"question"})
    return {"answers": {now.form.question: {**one, "by": now.actor, "on": now.today}}}


def _all_answered(now: Situation) -> None:
    answers = now.doc.get("answers", {})
    left = [q for q in now.doc["questions"] if q not in answers]
    if left:
        raise OutOfTurn(f"{now.id} has questions without an answer: {', '.join(left[:6])} ({len(left)} in all).")
    bare = [q for q, a in answers.items() if a["rating"] in {"major", "severe"} and not a.get("finding")]
    if bare:
        raise OutOfTurn(f"{', '.join(bare)}: rated major or severe. Raise a finding and name it in the answer.")


def _concluded(now: Situation) -> dict[str, Any]:
    rated = [answer["rating"] for answer in now.doc["answers"].values()]
    return {"conclusion": now.form.conclusion, "rating": max(rated, key=RATINGS.index)}


def _reliance_permitted(now: Situation) -> None:
    project = _project(now)
    tier = tier_of(now.look, project["model"])
    if not may_rely(project["kind"], now.form.area, tier):
        allowed = ", ".join(sorted(TYPES[project["kind"]].relies)) or "nothing"
        raise SpecError(
            f"A validation of kind {project['kind']} at tier {tier or 'unrated'} may rely on developer tests of "
            f"{allowed}, not of {now.form.area}. Test it yourself."
        )
    if now.form.area == "back-testing" and not project.get("own_runs"):
        raise SpecError("Back-testing by the developer only adds to one's own: attach a run the team made first.")


def _acts() -> None:
    """Enter the acts in the law."""
    open_, provided = frozenset({"open", "rejected"}), frozenset({"provided"})
    asked, answered = frozenset({"asked", "disputed"}), frozenset({"answered"})
    for act in (
        Act("request.made", "request", "Request something", SECOND_LINE, RequestFields, creates=True, after="open",
            rules=(_team_works, _asks_somebody), changes=_made),
        Act("request.provided", "request", "Hand over what was requested", FIRST_LINE, ProvideForm, before=open_,
            after="provided", rules=(_asked, _evidence_known)),
        Act("request.accepted", "request", "Accept what was handed over", SECOND_LINE, Nothing, before=provided,
            after="accepted", rules=(_team_works,)),
        Act("request.rejected", "request", "Send back what was handed over", SECOND_LINE, Nothing, before=provided,
            after="rejected", rules=(_team_works,), changes=_rejected, reasoned=True),
        Act("request.withdrawn", "request", "Withdraw the request", SECOND_LINE, Nothing, before=open_,
            after="withdrawn", rules=(_team_works,), reasoned=True),
        Act("challenge.asked", "challenge", "Challenge", SECOND_LINE, ChallengeFields, creates=True, after="asked",
            rules=(_team_works, _asks_somebody), changes=_made),
        Act("challenge.answered", "challenge", "Answer the challenge", FIRST_LINE, ChallengeAnswer, before=asked,
            after="answered", rules=(_asked,), changes=_answered),
        Act("challenge.settled", "challenge", "Settle the challenge", SECOND_LINE, Nothing, before=answered,
            after="settled", rules=(_asker,), changes=lambda now: {"settled_by": now.actor}),
        Act("challenge.disputed", "challenge", "Dispute the answer", SECOND_LINE, Nothing, before=answered,
            after="disputed", rules=(_asker,), changes=_disputed, reasoned=True),
        Act("challenge.escalated", "challenge", "Escalate to the head", SECOND_LINE, Nothing,
            before=frozenset({"disputed"}), after="escalated", rules=(_team_works,), reasoned=True),
        Act("challenge.decided", "challenge", "Decide the challenge", HEAD, DecisionForm,
            before=frozenset({"escalated"}), after="settled", rules=(_no_party,),
            changes=lambda now: {"decision": now.form.decision, "settled_by": now.actor}),
        Act("review.opened", "review", "Open a review", SECOND_LINE, ReviewFields, creates=True, after="open",
            rules=(_team_works, _part_asked), changes=_made),
        Act("review.noted", "review", "Answer a question of the review", SECOND_LINE, NoteForm,
            before=frozenset({"open"}), rules=(_team_works, _question_asked, _evidence_known), changes=_noted),
        Act("review.concluded", "review", "Conclude the review", SECOND_LINE, ConclusionForm,
            before=frozenset({"open"}), after="answered", rules=(_team_works, _all_answered), changes=_concluded),
        Act("review.reopened", "review", "Take the review up again", SECOND_LINE, Nothing, before=answered,
            after="open", rules=(_team_works,), reasoned=True),
        Act("reliance.declared", "reliance", "Declare reliance on a developer's test", SECOND_LINE, RelianceFields,
            creates=True, after="declared", rules=(_team_works, _reliance_permitted, _evidence_known), changes=_made),
        Act("reliance.withdrawn", "reliance", "Withdraw the reliance", SECOND_LINE, Nothing,
            before=frozenset({"declared"}), after="withdrawn", rules=(_team_works,), reasoned=True),
    ):  # fmt: skip
        allow(act)


_acts()
