"""The rules of drafted sentences: each refuses what it is for, and lets its neighbour stand."""

from __future__ import annotations

import pytest

from assist.shelf import FINDING, ITEMS, shelf
from secondline.assist.lexicon import REQUIRED
from secondline.assist.sentences import Kind, Sentence, predicate
from secondline.assist.verify import omitted, tells, verify, verify_section

FELL = "The auc fell from {{E2.about}} ({{E2.auc}}) to {{E1.about}} ({{E1.auc}})."
BETTER = "The auc improved from {{E1.about}} ({{E1.auc}}) to {{E2.about}} ({{E2.auc}})."
CLEAR = "On {{E2.about}} the auc of {{E2.auc}} is significant."
HEAD = "{{E2.title}} ({{E2.about}}): {{E2.auc}}"
TOLD = "outcome {{E2.outcome}}"
GOOD: tuple[tuple[str, tuple[str, ...]], ...] = (
    (f"{HEAD}, {TOLD}.", ()),
    (f"{HEAD} [{{{{E2.low}}}}, {{{{E2.high}}}}] on {{{{E2.n}}}} rows, {TOLD}.", ()),
    ("On {{E2.about}} the auc is {{E2.auc|.3f}}.", ()),
    (f"{HEAD} is below the limit of {{{{E2.limit}}}}, {TOLD}.", ("lt(E2.auc, E2.limit)",)),
    ("The auc fell from {{E1.about}} ({{E1.auc}}) to {{E2.about}} ({{E2.auc}}).", ("gt(E1.auc, E2.auc)",)),
    ("The auc worsened from {{E1.about}} ({{E1.auc}}) to {{E2.about}} ({{E2.auc}}).", ("gt(E1.auc, E2.auc)",)),
    ("On {{E3.about}} the psi of {{E3.psi}} exceeds the limit of {{E3.limit}}.", ("gt(E3.psi, E3.limit)",)),
    ("On {{E3.about}} the psi of {{E3.psi}} failed.", ("is(E3.outcome, failed)",)),
    ("On {{E3.about}} the psi of {{E3.psi}} is significant.", ("p_below(E3.p, E3.alpha)",)),
    ("On {{E4.about}} the ks of {{E4.ks}} is significant.", ("ci_excludes(E4.low, E4.high, E4.alpha)",)),
    ("{{C1.label}}: difference of {{C1.difference}}.", ()),
    ("Finding {{F1.name}}, severity {{F1.severity}}, due {{F1.due}}, states: {{F1.statement}}", ()),
    ("{{P1.name}}: {{P1.rows}} rows, ratio of {{P1.share|.1%}}.", ()),
)
BAD: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("FREE_DIGIT", "On {{E2.about}} the auc is 0.782.", ()),
    ("FREE_DIGIT", f"{HEAD}, {TOLD}, rank \u0663.", ()),
    ("FREE_DIGIT", f"{HEAD}, {TOLD}, \u00bd.", ()),
    ("FREE_DIGIT", f"{HEAD}, {TOLD}, \u4e03.", ()),
    ("NUMBER_WORD", f"{HEAD}, {TOLD}, on twelve checks.", ()),
    ("NUMBER_WORD", f"{HEAD}, {TOLD}, on twenty-two checks.", ()),
    ("NUMBER_WORD", f"{HEAD}, {TOLD}, in a third.", ()),
    ("NUMBER_WORD", f"{HEAD}, {TOLD}, a percent.", ()),
    ("NUMBER_WORD", f"{HEAD}, {TOLD}, part XIV.", ()),
    ("NUMBER_WORD", f"{HEAD}, {TOLD}, part V.", ()),
    ("QUANTITY", f"{HEAD}, {TOLD}, as in all checks.", ()),
    ("BAD_CHARACTER", f"{HEAD}, {TOLD}, tw\u0435lve.", ()),
    ("BAD_CHARACTER", f"{HEAD}, {TOLD}, tw\u200belve.", ()),
    ("BAD_CHARACTER", f"{HEAD} %, {TOLD}.", ()),
    ("BAD_SLOT", "On {{E2.about}} the auc is {{E2.auc}.", ()),
    ("NO_EVIDENCE", "The measure is reported.", ()),
    ("UNKNOWN_EVIDENCE", "On {{E9.about}} the auc is {{E9.auc}}.", ()),
    ("UNKNOWN_FIELD", "On {{E2.about}} the auc is {{E2.gini}}.", ()),
    ("UNKNOWN_FIELD", "On {{E3.about}} the psi of {{E3.psi}} failed.", ("gt(E3.psi, E9.limit)",)),
    ("BAD_FORMAT", "On {{E2.about}} the auc is {{E2.auc|.1f}}.", ()),
    ("BAD_FORMAT", "On {{E2.about}} the auc is {{E2.auc|.9f}}.", ()),
    ("BAD_FORMAT", "On {{E2.about}} the auc is {{E2.auc|.3%}}.", ()),
    ("WRONG_SLOT", "On {{E1.about}} the auc is {{E2.auc}}.", ()),
    ("WRONG_SLOT", "The auc is {{E2.auc}}.", ()),
    ("WRONG_SLOT", "On {{E2.about}} the estimate is {{E2.auc}}.", ()),
    ("WRONG_SLOT", "{{E1.title}} ({{E2.about}}): {{E2.auc}}, outcome {{E2.outcome}}.", ()),
    ("WRONG_SLOT", "{{E2.title}} ({{E2.about}}): {{E2.auc}}.", ()),
    ("WRONG_SLOT", "{{E2.about}} ({{E2.title}}): {{E2.auc}}, outcome {{E2.outcome}}.", ()),
    ("WRONG_SLOT", "On {{E2.about}} the auc is {{E2.auc}}, as on {{E1.about}}.", ()),
    ("WRONG_CUE", "On {{E2.about}} the auc is {{E2.low}}.", ()),
    ("WRONG_CUE", "On {{E2.about}} the auc is {{E2.n}}.", ()),
    ("WRONG_CUE", "On {{E2.about}} the auc is {{E2.auc}} rows.", ()),
    ("WRONG_CUE", "On {{E2.about}} the auc is {{E2.limit}}.", ()),
    ("WRONG_CUE", f"{HEAD} [{{{{E2.high}}}}, {{{{E2.low}}}}], {TOLD}.", ()),
    ("WRONG_CUE", f"{HEAD}, outcome {{{{E2.because}}}}", ()),
    ("WRONG_UNIT", "On {{E2.about}} the auc is {{E2.auc}} days.", ()),
    ("WRONG_NAME", "On {{E2.about}} the ks auc is {{E2.auc}}.", ()),
    ("WRONG_NAME", "On {{E2.about}}, development, the auc is {{E2.auc}}.", ()),
    ("REPEATED", "On {{E2.about}} the auc is {{E2.auc}}, that is {{E2.auc}}.", ()),
    ("UNKNOWN_WORD", "On {{E2.about}} the auc outstrips {{E2.auc}}.", ()),
    ("UNKNOWN_WORD", f"{HEAD} because of the population, {TOLD}.", ()),
    ("UNKNOWN_WORD", f"{HEAD}, {TOLD}, and is tested.", ()),
    ("UNKNOWN_WORD", f"{HEAD}, {TOLD}, as expected.", ()),
    ("UNKNOWN_WORD", f"{HEAD}, {TOLD}, and should be used.", ()),
    ("UNKNOWN_WORD", f"{HEAD}, {TOLD}, in the rows of the data.", ()),
    ("NO_PREDICATE", f"{HEAD} is inside the limits, {TOLD}.", ()),
    ("NO_PREDICATE", f"{HEAD} is outside the limits, {TOLD}.", ()),
    ("NEGATION", f"{HEAD} is not below the limit of {{{{E2.limit}}}}, {TOLD}.", ("lt(E2.auc, E2.limit)",)),
    ("NO_PREDICATE", f"{HEAD} is below the limit of {{{{E2.limit}}}}, {TOLD}.", ()),
    ("NO_PREDICATE", f"{HEAD} is above the limit of {{{{E2.limit}}}}, {TOLD}.", ("lt(E2.auc, E2.limit)",)),
    ("NO_PREDICATE", "On {{E2.about}} the auc is {{E2.auc}}, at least {{E1.about}}.", ()),
    ("NO_PREDICATE", FELL, ("gt(E1.auc, E2.auc)",)),
    ("NO_PREDICATE", BETTER, ("gt(E1.auc, E2.auc)",)),
    ("NO_PREDICATE", "On {{E2.about}} the auc of {{E2.auc}} is stable.", ()),
    ("NO_PREDICATE", "On {{E2.about}} the auc of {{E2.auc}} passed.", ("is(E2.outcome, failed)",)),
    ("FALSE_PREDICATE", f"{HEAD} is above the limit of {{{{E2.limit}}}}, {TOLD}.", ("gt(E2.auc, E2.limit)",)),
    ("FALSE_PREDICATE", BETTER, ("lt(E1.auc, E2.auc)",)),
    ("FALSE_PREDICATE", "On {{E3.about}} the psi of {{E3.psi}} passed.", ("is(E3.outcome, passed)",)),
    ("FALSE_PREDICATE", CLEAR, ("ci_excludes(E2.low, E2.high, E2.limit)",)),
    ("INCOMPARABLE", "On {{E2.about}} the auc is {{E2.auc}}.", ("gt(E2.auc, E3.psi)",)),
    ("INCOMPARABLE", "On {{E2.about}} the auc is {{E2.auc}}.", ("is(E3.outcome, failed)",)),
    ("INCOMPARABLE", "On {{E2.about}} the auc is {{E2.auc}}.", ("is(E2.about, current)",)),
    ("INCOMPARABLE", "On {{E2.about}} the auc is {{E2.auc}}.", ("p_below(E2.auc, E2.alpha)",)),
    ("JUDGEMENT", f"{HEAD}, {TOLD}, which is adequate.", ()),
    ("JUDGEMENT", REQUIRED, ()),
)  # fmt: skip


def made(text: str, predicates: tuple[str, ...], kind: Kind = "fact", rule: str = "") -> Sentence:
    """Return a sentence."""
    return Sentence(text, kind, tuple(map(predicate, predicates)), rule)


@pytest.mark.parametrize(("text", "predicates"), GOOD)
def test_what_is_right_stands(text: str, predicates: tuple[str, ...]) -> None:
    """Nothing is held against a sentence that keeps the rules."""
    assert not verify(made(text, predicates), shelf())


@pytest.mark.parametrize(("code", "text", "predicates"), BAD)
def test_what_is_wrong_is_named(code: str, text: str, predicates: tuple[str, ...]) -> None:
    """Each kind of error is refused by its own code."""
    found = verify(made(text, predicates), shelf())
    assert code in {problem.code for problem in found}
    assert all(str(problem).startswith(problem.code) for problem in found)


def test_a_judgement_needs_the_rule_that_implies_it() -> None:
    """A word that a cited rule implies may stand in a judgement that names the rule, and nowhere else."""
    text = "{{R1.name}}: grade {{R1.grade}}, that is adequate."
    assert not verify(made(text, (), "judgement", "R1"), shelf())
    assert verify(made(text, (), "judgement"), shelf())
    assert verify(made(text, (), "fact", "R1"), shelf())
    assert verify(made("{{R1.name}}: grade {{R1.grade}}, that is sound.", (), "judgement", "R1"), shelf())
    assert not verify(made(REQUIRED, (), "judgement"), shelf())


def test_stale_evidence_carries_nothing() -> None:
    """No sentence stands on a run that may not be reported on any more."""
    assert [p.code for p in verify(made(*GOOD[0]), shelf("A later run is on record."))] == ["STALE"]


def test_naming_is_not_telling() -> None:
    """A failed check counts as told with its outcome, a finding with severity and statement."""
    assert not tells(made("On {{E2.about}} the auc is {{E2.auc}}.", ()), ITEMS[1])
    assert tells(made(*GOOD[0]), ITEMS[1])
    assert not tells(made("Finding {{F1.name}}, due {{F1.due}}.", ()), FINDING)
    assert [p.what for p in omitted([made(*GOOD[0])], (ITEMS[1], FINDING))] == ["F-1"]


def test_only_what_stands_counts_as_told() -> None:
    """A refused sentence does not tell the failed check it cites."""
    wrong = made(f"{HEAD}, {TOLD}, on twelve checks.", ())
    verdict = verify_section([wrong], shelf(), (ITEMS[1],))
    assert not verdict.holds
    assert verdict.codes == ("NUMBER_WORD", "OMITTED")
    assert verify_section([made(*GOOD[0])], shelf(), (ITEMS[1],)).holds
