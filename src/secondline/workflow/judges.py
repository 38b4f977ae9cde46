"""Judges: put their cards on record for the second line to decide on, and know how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from secondline.core.evidence import CardOnRecord
from secondline.core.spec import ModelSpec
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Order, Receipt

if TYPE_CHECKING:
    from secondline.workflow.answered import Answered


def put_on_record(
    ledger: Ledger, found: Answered, model: str, judge: str, actor: str, *, makers: Sequence[str] = (), via: str = ""
) -> list[Receipt]:  # fmt: skip
    """Put the cards of a judge on record, one a criterion, for the second line to decide on; all or none.

    Raises:
        SpecError: there is no such judge, it grades nothing, or the model is not in the inventory.
        DataError: no answer that it graded has a label.
        Refused: the actor may not card a judge.
    """
    from datetime import date

    from secondline.workflow.answered import cards

    made = cards(found, judge, date.fromisoformat(ledger.today))
    identity = found.kept.config[f"judge/{judge}"]
    orders = [
        Order("judge.carded", actor, "", stated(card, identity) | {"model": model, "makers": tuple(makers)}, via=via)
        for card in made
    ]
    return ledger.acts(orders)


def stated(card: Any, identity: str) -> dict[str, Any]:
    """Return a card as the form of its act: what the judge is, and its figures."""
    figures = card.figures
    detail = figures["youden"].get("detail", {})
    people = figures["agreement"].get("detail", {}).get("two people") or {}
    return {
        "judge": card.judge, "criterion": card.criterion, "card": card.digest, "identity": identity,
        "grader": card.model, "family": card.family, "rubric": card.rubric, "rubric_version": card.rubric_version,
        "prompt": card.prompt, "labels": card.labels, "anchors": card.anchors, "n": card.n, "doubled": card.doubled,
        "sensitivity": detail.get("sensitivity"), "specificity": detail.get("specificity"),
        "slices": detail.get("slices", ()), "ceiling": people.get("Gwet AC1"), "fit": figures["eligible"],
        "because": figures["because"], "made": card.made, "expires": card.expires,
    }  # fmt: skip


def on_record(records: Records, spec: ModelSpec, parts: Mapping[str, str], today: str) -> tuple[CardOnRecord, ...]:
    """Return how the card of each judge stands for each criterion, on a day; *parts* are those of the configuration.

    Nothing where the model is not in the inventory: there nobody has a say yet, and the figures of the study decide.
    """
    genai = spec.genai
    if genai is None or records.get("model", spec.model) is None:
        return ()
    judged = [(name, said.judge) for name, said in genai.criteria.items() if said.judge]
    return tuple(_standing(records, spec.model, judge, name, parts[f"judge/{judge}"], today) for name, judge in judged)


def _standing(
    records: Records, model: str, judge: str, criterion: str, identity: str, today: str
) -> CardOnRecord:  # fmt: skip
    every = records.find("judge", model=model, judge=judge, criterion=criterion)
    mine = [card for card in every if card["identity"] == identity]
    if not mine:
        why = "it is another judge than the one that was carded" if every else "it has no card on record"
        return CardOnRecord(judge=judge, criterion=criterion, holds=False, state="none", because=why)
    return _as_it_stands(records, max(mine, key=lambda c: (state_of(c, today) == "eligible", c["seq"])), today)


def state_of(card: Mapping[str, Any], today: str) -> str:
    """Return the state of a card on a day: an accepted one whose last day is over is ``expired``."""
    over = card["state"] == "eligible" and str(card["expires"]) < today
    return "expired" if over else str(card["state"])


def _as_it_stands(records: Records, card: Mapping[str, Any], today: str) -> CardOnRecord:
    state, done = state_of(card, today), records.past("judge", card["id"])[-1]
    why = {
        "carded": "nobody of the second line has decided on its card",
        "refused": "the second line refused it", "withdrawn": "it was withdrawn",
        "expired": f"its card ended on {card['expires']}",
    }.get(state, "")  # fmt: skip
    return CardOnRecord(
        judge=card["judge"], criterion=card["criterion"], holds=not why, card=card["id"], state=state,
        by=done.actor, on=done.at[:10], expires=str(card["expires"]), because=why,
    )  # fmt: skip
