"""The catalogue: 155 controls, each decided by what is on record, each with its sources as they stand."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import cel
import pytest

import secondline.checks
import secondline.govern.records  # noqa: F401 - declares the records
from secondline.core.check import CHECKS
from secondline.govern.record import RECORDS
from secondline.policy.catalogue import Control, controls
from secondline.policy.derived import KINDS
from secondline.policy.expressions import FUNCTIONS, Scope, Undecided
from secondline.policy.facts import LISTS, SUPPLY, bank_facts, exemplary, facts
from secondline.policy.regimes import rulebooks

NUMBERED = {
    "MRM-INV": 13, "MRM-TIER": 11, "MRM-GOV": 14, "MRM-DEV": 11, "MRM-DAT": 8, "MRM-VAL": 23, "MRM-FND": 7,
    "MRM-APR": 4, "MRM-PMA": 4, "MRM-DEP": 6, "MRM-MON": 8, "MRM-CHG": 5, "MRM-DEC": 1, "MRM-DOC": 1, "MRM-VEN": 5,
    "FL": 9, "AML": 9, "FRD": 4, "GAI": 9, "EU": 3,
}  # fmt: skip
EVERY = list(controls().values())
TODAY = "2026-11-25"
# The level of its only source yields to what the records prove: an emergency approval past its day.
PROVED_ALL_THE_SAME = {"MRM-VAL-02"}


def ids(control: Control) -> str:
    """Name a control in the list of tests."""
    return control.id


class Empty:
    """A view of the records in which nothing but one model is on record."""

    def __init__(self, **model: Any) -> None:
        self.model = {"id": "m", **model}

    def get(self, record: str, id_: str) -> dict[str, Any] | None:
        """Return the one model."""
        return self.model if (record, id_) == ("model", "m") else None

    def find(self, record: str, **_: Any) -> list[dict[str, Any]]:
        """Return the one model."""
        return [self.model] if record == "model" else []

    def past(self, record: str, id_: str) -> list[Any]:
        """Return no past."""
        del record, id_
        return []

    def unknown(self, record: str, facet: str) -> list[str]:
        """Return nothing: all names are on a list."""
        return []

    def count(self, record: str, *_: Any, **__: Any) -> dict[Any, int]:
        """Return no counts."""
        del record
        return {}


def test_there_are_155() -> None:
    """The ids are exactly those of the list: no gap, no number twice, nothing added."""
    wanted = {f"{prefix}-{number:02}" for prefix, last in NUMBERED.items() for number in range(1, last + 1)}
    assert len(wanted) == 155
    assert set(controls()) == wanted


@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_examples_come_out_as_they_say(control: Control) -> None:
    """Straight through the library: both examples arise, the compliant one holds and the violating one does not."""
    found = {
        example.case: tuple(
            cel.evaluate(text, cel.Context(variables={**exemplary(example.facts), "params": dict(control.params)},
                                           functions=FUNCTIONS))
            for text in (control.applies, control.check)
        )
        for example in control.examples
    }  # fmt: skip
    assert found == {"compliant": (True, True), "violating": (True, False)}


@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_a_violation_is_one_thing_amiss(control: Control) -> None:
    """Compliant and violating example differ, and in one kind of record (a date stands in entry and validation)."""
    compliant, violating = (example.facts for example in control.examples)
    other = {name for name in compliant.keys() | violating.keys() if compliant.get(name) != violating.get(name)}
    assert len(other) == 1 or other in ({"model", "validations"}, {"model", "attestations"})


@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_parameters_are_stated_and_used(control: Control) -> None:
    """A condition reads the parameters the control states, and no other."""
    used = set(re.findall(r"params\.(\w+)", f"{control.applies} {control.check}"))
    assert used == set(control.params)


@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_sources_stand_as_the_documents_do(control: Control) -> None:
    """Each clause repeats force and regime of its document, and its dates are days, never before the document's own."""
    for clause in control.sources:
        book = rulebooks()[clause.doc]
        assert (clause.regime, clause.force) == (book.regime, book.force)
        assert all(date.fromisoformat(day) for day in (clause.since, clause.until) if day)
        assert clause.clause or clause.doc in {"MA 93A", "NJ LAD", "NY FAIR", "CA Unruh", "FHA", "OFAC", "VAMP",
                                               "CO SB 26-189", "FINRA 2026", "MAS AIRG", "ISO/IEC 42001"}  # fmt: skip


def test_tags_follow_how_the_text_was_read() -> None:
    """OSFI, ECB, EBA, UAE were read [P]; US and UK hold by copies [V]; EU AI, Colorado, CCD2 are secondary [S]."""
    tags = {(c.doc, c.tag) for control in EVERY for c in control.sources}
    expected = {"OSFI E-23": "P", "ECB validation reporting": "P", "EBA handbook": "P", "CBUAE MMS": "P",
                "SR 26-2": "V", "EU AI Act": "S", "CO SB 26-189": "S", "CCD2": "S", "Regulation B": "R", "CRR": "R",
                "ISO/IEC 42001": "R", "practice": "R"}  # fmt: skip
    assert {tag for doc, tag in tags if doc in expected} == set(expected.values())
    assert all(tag == expected[doc] for doc, tag in tags if doc in expected)


def test_recalled_passages_say_so() -> None:
    """What is only recalled of a text that was read otherwise is tagged R: 504(b) and (c), SS1/23 5.3."""
    recalled = {(c.doc, c.clause) for control in EVERY for c in control.sources if c.tag == "R"}
    assert {("NY 504", "(b)"), ("NY 504", "(c)"), ("SS1/23", "5.3")} <= recalled


def test_levels_follow_force() -> None:
    """Text that only a US agency's guidance asks for is recorded, not warned of; what blocks is proven by records."""
    only = {c.id for c in EVERY if {s.regime for s in c.sources} == {"US"}}
    assert {c.id for c in EVERY if c.level == "record"} == only - PROVED_ALL_THE_SAME
    assert Counter(c.level for c in EVERY)["block"] == 12


@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_checks_exist(control: Control) -> None:
    """Each check that evidences a control is one that a run can answer, and each one a condition names is listed."""
    assert set(control.checks) <= set(CHECKS)
    named = set(re.findall(r"'([a-z]+\.[a-z_]+)'", f"{control.applies} {control.check}"))
    families = {code.split(".")[0] for code in CHECKS}
    assert {code for code in named if code.split(".")[0] in families} <= set(CHECKS)


@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_it_tells_what_to_do(control: Control) -> None:
    """Each control says why it is asked, what meets it and what to do otherwise, in whole sentences."""
    for text in (control.intent, control.satisfied_by, control.fix):
        assert text[0].isupper()
        assert text.endswith(".")
    assert not control.title.endswith(".")


def test_bank_controls_see_the_bank_only() -> None:
    """Controls about the bank are met by firm-wide facts; those about models name a model's."""
    about = {c.id for c in EVERY if c.about == "bank"}
    assert about == {"MRM-INV-02", "MRM-TIER-06", "MRM-GOV-01", "MRM-GOV-05", "MRM-GOV-08", "MRM-GOV-09", "MRM-GOV-10",
                     "AML-08"}  # fmt: skip


@cache
def _worlds() -> tuple[dict[str, Any], ...]:
    kinds: tuple[dict[str, Any], ...] = (
        {}, {"family": "aml", "tags": ["screening"], "machine_learning": True}, {"family": "fraud"},
        {"kind": "genai", "generative": True, "agentic": True, "components": {"judge": "j"}},
        {"origin": "vendor", "adaptive": True, "variant_of": "z", "tier": 4}, {"kind": "spreadsheet"},
        {"family": "credit", "protected_relevant": True, "jurisdictions": ["US", "EU"], "annex_iii": "5(b)", "tier": 1},
    )  # fmt: skip
    states = ("proposed", "in-validation", "in-use", "restricted", "decommissioned", "exempt")
    return tuple(facts(Empty(state=s, **kind), "m", TODAY) for s in states for kind in kinds)


@pytest.mark.skipif("approval" not in RECORDS, reason="approvals are not part of this build")
@pytest.mark.parametrize("control", EVERY, ids=ids)
def test_nothing_on_record_is_decided_too(control: Control) -> None:
    """With nothing but the entry on record, a condition says yes or no: every field it reads is there, if blank."""
    worlds = [bank_facts(Empty(), TODAY)] if control.about == "bank" else _worlds()
    for world in worlds:
        scope = Scope(world).having(params=dict(control.params))
        if control.arising.decide(scope) is not False:
            assert not isinstance(control.holding.decide(scope), Undecided)


@pytest.mark.parametrize("name", sorted({**LISTS, **SUPPLY}))
def test_neutral_facts_are_records(name: str) -> None:
    """The ground that examples are laid on holds no field that a record could not have."""
    record = {**LISTS, **SUPPLY}[name]
    if record not in RECORDS:
        pytest.skip(f"{record} is not part of this build")
    stated = exemplary({name: [{}]})[name] if name not in {"plans", "reliances"} else []
    assert all(set(doc) <= {"id", "seq", *RECORDS[record].shape.model_fields} for doc in stated)


def test_kinds_of_evidence_are_those_on_file() -> None:
    """Conditions ask for the kinds of evidence that can be filed."""
    from typing import get_args

    assert set(KINDS) == set(get_args(RECORDS["evidence"].shape.model_fields["kind"].annotation))
    asked = {kind for c in EVERY for kind in c.evidence}
    assert asked <= set(KINDS)
