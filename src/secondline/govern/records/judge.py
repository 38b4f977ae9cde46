"""Judge cards: whether a judge may grade, decided by the second line on its card, until the card ends."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import independent_of_first_line, known, not_the_one_who, not_themselves
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import FIRST_LINE, SECOND_LINE

SHA = r"^[0-9a-f]{64}$"
SHA_OR_NOTHING = r"^([0-9a-f]{64})?$"


class Share(Form):
    """A share with its interval, and the labels that it rests on."""

    value: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    labels: int = Field(ge=0)


class Slice(Form):
    """Sensitivity and specificity in one slice; None where it has no such label."""

    by: str
    slice: str
    sensitivity: Share | None = None
    specificity: Share | None = None


class JudgeFields(Form):
    """The card of a judge on one criterion: what the judge is, what it was held against, and what came of it."""

    model: str = Field(description="System whose answers it grades.")
    judge: str = Field(min_length=1, max_length=120, description="Name of the judge.")
    criterion: str = Field(min_length=1, max_length=120, description="Criterion that it grades.")
    card: str = Field(pattern=SHA, description="SHA-256 of the whole card.")
    identity: str = Field(pattern=SHA, description="SHA-256 of the judge: its rubric, model, prompt and decoding.")
    grader: str = Field(default="", max_length=200, description="Model that judges, as it named itself.")
    family: str = Field(default="", max_length=120, description="Family of that model.")
    rubric: str = Field(pattern=SHA, description="SHA-256 of the rubric.")
    rubric_version: str = Field(default="", max_length=80, description="Version of the rubric.")
    prompt: str = Field(pattern=SHA, description="SHA-256 of what the judge is told.")
    labels: str = Field(pattern=SHA, description="SHA-256 of the labels of people it was held against.")
    anchors: str = Field(default="", pattern=SHA_OR_NOTHING, description="SHA-256 of the answers it grades again.")
    n: int = Field(ge=1, description="Labelled answers.")
    doubled: int = Field(default=0, ge=0, description="Answers that two people labelled.")
    sensitivity: Share | None = Field(default=None, description="Of what people pass, the share it passes.")
    specificity: Share | None = Field(default=None, description="Of what people fail, the share it fails.")
    slices: tuple[Slice, ...] = Field(default=(), max_length=200, description="Both in each slice.")
    ceiling: float | None = Field(default=None, description="Agreement of two people with each other (Gwet's AC1).")
    fit: bool = Field(description="Whether its figures allow it to grade.")
    because: str = Field(default="", description="Why they do not.")
    made: date = Field(description="Day the card was made.")
    expires: date = Field(description="Last day of the card.")
    makers: tuple[str, ...] = Field(default=(), max_length=20, description="Who made the judge.")


class JudgeCardDoc(Doc, JudgeFields):
    """A judge's card on record."""


JUDGE = declare(
    Record("judge", "Judge card", "judges", JudgeCardDoc,
           ("model", "judge", "criterion", "expires", "identity", "fit"), prefix="J")
)  # fmt: skip
ON_FILE, ELIGIBLE = frozenset({"carded"}), frozenset({"eligible"})


def _in_date(now: Situation) -> None:
    if str(now.field("expires")) < now.today:
        raise OutOfTurn(f"The card ended on {now.field('expires')}. Calibrate the judge again, and card it anew.")


def _ends_after_it_was_made(now: Situation) -> None:
    if now.form.expires <= now.form.made or str(now.form.made) > now.today:
        raise SpecError(f"A card ends after it is made, and is not made ahead: {now.form.made} to {now.form.expires}.")


def _figures_allow_it(now: Situation) -> None:
    if not now.doc["fit"]:
        raise OutOfTurn(
            f"The figures of {now.id} do not let {now.doc['judge']} grade: {now.doc.get('because') or 'not told why'}. "
            "Refuse it; labels of people decide alone until a better judge is carded."
        )


def _carded(now: Situation) -> dict[str, Any]:
    return dict(now.form.model_dump(mode="json", exclude_none=True))


ACCEPTS = (
    independent_of_first_line("decide on the card of the judge"),
    not_the_one_who("judge.carded", what="decide on its card"),
    not_themselves("makers", "decide on the card of the judge"),
)
allow(Act("judge.carded", "judge", "Card a judge", FIRST_LINE | SECOND_LINE, JudgeFields, creates=True,
          after="carded", changes=_carded, made=True,
          rules=(known("model", "model"), _ends_after_it_was_made, _in_date)))  # fmt: skip
allow(Act("judge.made-eligible", "judge", "Let the judge grade", SECOND_LINE, Nothing, before=ON_FILE,
          after="eligible", rules=(*ACCEPTS, _in_date, _figures_allow_it), reasoned=True))  # fmt: skip
allow(Act("judge.refused", "judge", "Refuse the judge", SECOND_LINE, Nothing, before=ON_FILE, after="refused",
          rules=ACCEPTS, reasoned=True))  # fmt: skip
allow(Act("judge.withdrawn", "judge", "Withdraw the judge", SECOND_LINE, Nothing, before=ON_FILE | ELIGIBLE,
          after="withdrawn", reasoned=True))  # fmt: skip
