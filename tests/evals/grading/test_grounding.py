"""Citations, grounding and retrieval: what an answer rests on."""

from __future__ import annotations

from math import log2

import pytest

from graders import PASSAGES, answer, asked, grade, rested
from secondline.evals.nouns import Chunk

FEE = "The overdraft fee is EUR 12.50 per month"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"{FEE} [fees#1].", "pass"),
        (f"{FEE} [fees].", "pass"),
        (f"{FEE} [1].", "pass"),
        (f"{FEE} [fees#1; cards#1].", "pass"),
        (f"{FEE} [fees#9].", "pass"),
        (f"{FEE} [loans#1].", "fail"),
        (f"{FEE} [7].", "fail"),
        (f"{FEE}.", "fail"),
        ("I cannot find this in the documents.", "pass"),
        (f"{FEE} [a link](https://x.example).", "fail"),
    ],
)
def test_citation_exists(text: str, outcome: str) -> None:
    """A citation names a passage, a document or its place; an invented one fails, and none; a decline need not."""
    assert grade("citation-exists", rested(text)).outcome == outcome


def test_citation_resolves() -> None:
    """A quote must stand in the document cited beside it; the place is told; changed numbers and sources fail."""
    good = grade("citation-resolves", rested('"The overdraft fee is EUR 12.50 per month" [fees#1]'))
    assert (good.outcome, good.spans) == ("pass", (("fees#1", 0, 40),))
    assert grade("citation-resolves", rested('"The overdraft fee is EUR 15.00 per month" [fees#1]')).outcome == "fail"
    assert grade("citation-resolves", rested('"The overdraft fee is EUR 12.50 per month" [cards#1]')).outcome == "fail"
    assert (
        grade("citation-resolves", rested('"The overdraft fee is EUR 12.50 per month", as I said.')).outcome == "pass"
    )
    assert grade("citation-resolves", rested("Nothing quoted.")).outcome == "pass"
    assert grade("citation-resolves", rested("Nothing quoted."), quote=True).outcome == "fail"
    assert grade("citation-resolves", answer('"The overdraft fee is EUR 12.50 per month"')).outcome == "fail"


def test_citation_supports() -> None:
    """The passage cited must hold what the sentence says; right words under the wrong source fail."""
    assert grade("citation-supports", rested(f"{FEE} [fees#1].")).outcome == "pass"
    wrong = grade(
        "citation-supports", rested(f"{FEE} [cards#1]. A lost card must be reported within 24 hours [cards#1].")
    )
    assert (wrong.outcome, wrong.value) == ("fail", 0.5)
    assert grade("citation-supports", rested(f"{FEE}.")).details == {"citing": 0}


def test_staleness() -> None:
    """An expired document that is retrieved or cited fails; so does one that is not current."""
    said = rested(f"{FEE} [fees#1].")
    assert grade("staleness", said, expired=["old"]).outcome == "pass"
    assert grade("staleness", said, expired=["cards"]).outcome == "pass"
    assert grade("staleness", said, expired=["cards"], retrieved=True).outcome == "fail"
    assert grade("staleness", answer("As in [old-fees]."), expired=["old-fees"]).outcome == "fail"
    assert grade("staleness", said, current=["fees"], retrieved=True).reason == "It rests on cards."
    assert grade("staleness", said).outcome == "unscored"


@pytest.mark.parametrize(
    ("text", "outcome", "value"),
    [
        (f"{FEE}.", "pass", 1.0),
        (f"{FEE}. Transfers above EUR 5,000 require approval of the manager.", "pass", 1.0),
        ("The overdraft fee is EUR 15 per month.", "fail", 0.0),
        (f"{FEE}. Savings must be closed within 3 days.", "fail", 0.5),
        (f"{FEE}. Our branches look bright and friendly.", "pass", 0.5),
        ("Thank you for asking.", "pass", None),
        ("", "pass", None),
        ("I cannot find this in the documents.", "pass", None),
    ],
)
def test_claims_grounded(text: str, outcome: str, value: float | None) -> None:
    """Supported claims pass; a contradicted or unsupported material one fails; another lowers the share."""
    made = grade("claims-grounded", rested(text))
    assert (made.outcome, made.value) == (outcome, value)


def test_grounding_without_passages() -> None:
    """Claims with nothing to rest on cannot be graded; all claims may be made material, or a share asked for."""
    assert grade("claims-grounded", answer(f"{FEE}.")).outcome == "unscored"
    loose = rested(f"{FEE}. Our branches look bright and friendly.")
    assert grade("claims-grounded", loose, all_material=True).outcome == "fail"
    assert grade("claims-grounded", loose, least=0.9).outcome == "fail"
    assert grade("claims-grounded", rested("", status="refused")).outcome == "pass"


@pytest.mark.parametrize(
    ("text", "params", "outcome"),
    [
        ("It is 12.50 EUR; the limit is 5,000.", {}, "pass"),
        ("It is 13 EUR.", {}, "fail"),
        ("You asked for 77.", {}, "pass"),
        ("You asked for 77.", {"question": False}, "fail"),
        ("It is 150 a year (12.50 times twelve).", {}, "fail"),
        ("Together they come to 5,012.50.", {"derived": True}, "pass"),
        ("No number.", {}, "pass"),
        ("It is 12.50 EUR [fees12#3].", {}, "pass"),
        ("It is 13 EUR [fees#13].", {}, "fail"),
        ("24 %", {}, "pass"),
    ],
)
def test_number_in_context(text: str, params: dict[str, bool], outcome: str) -> None:
    """Every number must stand in the passages or the question; a derived one only where that is allowed."""
    assert grade("number-in-context", rested(text), asked("Is it 77?"), **params).outcome == outcome


def test_number_without_passages() -> None:
    """Without passages a number cannot be placed."""
    assert grade("number-in-context", answer("It is 5.")).outcome == "unscored"


def test_recall_and_ndcg_by_hand() -> None:
    """Recall@k and nDCG@k of a worked example; a passage that is listed ten times counts once."""
    found = [Chunk(id=i, document=i[0]) for i in ("x1", "a1", "a1", "b1")]
    said = answer("x", retrieved=found)
    case = asked(gold=["a1", "b1"])
    assert grade("retrieval-recall", said, case, k=2).value == 0.5
    assert grade("retrieval-recall", said, case, k=3).outcome == "pass"
    ideal = 1 + 1 / log2(3)
    assert grade("retrieval-ndcg", said, case, k=3).value == pytest.approx((1 / log2(3) + 1 / log2(4)) / ideal)
    many = answer("x", retrieved=[Chunk(id="a1", rank=r) for r in range(10)])
    assert grade("retrieval-ndcg", many, asked(gold=["a1"])).value == 1.0


def test_retrieval_by_rank_and_document() -> None:
    """Ranks order what was listed otherwise; gold may name documents; no gold and a blocked question are unscored."""
    found = [Chunk(id="x1", document="x", rank=2), Chunk(id="a1", document="a", rank=1)]
    assert grade("retrieval-recall", answer("x", retrieved=found), asked(gold=["a"]), k=1).outcome == "pass"
    assert grade("retrieval-recall", answer("x", retrieved=found)).outcome == "unscored"
    assert grade("retrieval-recall", answer("", status="blocked-in"), asked(gold=["a"])).outcome == "unscored"
    assert grade("retrieval-recall", answer("x"), asked(gold=["a"])).value == 0.0


def test_context_sufficient() -> None:
    """What was before the model held the facts, or not."""
    assert grade("context-sufficient", rested("?"), facts=[FEE]).outcome == "pass"
    assert grade("context-sufficient", rested("?"), facts=[FEE, "Loans end after 10 years"]).value == 0.5
    assert grade("context-sufficient", rested("?")).outcome == "unscored"


def test_access_kept() -> None:
    """What a persona may not see is not retrieved, cited or repeated; nothing declared is unscored."""
    case, access = asked(persona="customer"), {"fees": ["staff"]}
    leak = grade("access-kept", rested("It is free."), case, access=access)
    assert (leak.outcome, leak.details["how"], leak.value) == ("fail", ["retrieved"], 0.0)
    told = grade("access-kept", answer(f"{PASSAGES[0].text} [fees]"), case, access=access, texts=[PASSAGES[0].text])
    assert told.details["how"] == ["cited", "repeated"]
    assert grade("access-kept", rested("Free."), asked(persona="staff"), access=access).outcome == "pass"
    assert grade("access-kept", answer("Free."), case, access=access).outcome == "pass"
    assert grade("access-kept", rested("Free."), case, forbidden=["cards"]).outcome == "fail"
    assert grade("access-kept", rested("Free."), case).outcome == "unscored"


def test_stale_and_contradictory() -> None:
    """A superseded fact fails; documents that contradict one another must be told so, unless one prevails."""
    new, old = FEE, "The overdraft fee is EUR 10 per month"
    assert grade("stale-facts", answer(f"{FEE}."), stale=[old]).outcome == "pass"
    assert grade("stale-facts", answer(f"{old}."), stale=[old]).outcome == "fail"
    assert grade("stale-facts", answer("x")).outcome == "unscored"
    both = f"The documents differ: {new} in one, and {old} in the other."
    assert grade("contradictory-documents", answer(both), facts=[new, old]).outcome == "pass"
    assert grade("contradictory-documents", answer(f"{new}."), facts=[new, old]).outcome == "fail"
    assert grade("contradictory-documents", answer(f"{new}."), facts=[new, old], prevails=new).outcome == "pass"
    assert grade("contradictory-documents", answer(f"{old}."), facts=[new, old], prevails=new).outcome == "fail"
    assert grade("contradictory-documents", answer("Please ask us."), facts=[new, old]).outcome == "pass"
    assert grade("contradictory-documents", answer("x"), facts=[new]).outcome == "unscored"
