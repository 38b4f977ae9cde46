"""Regimes: what was in force when, and the errors about it that circulate."""

from __future__ import annotations

import pytest

from secondline.core.errors import SpecError
from secondline.policy.catalogue import controls
from secondline.policy.coverage import Demand, Held, assess, demands
from secondline.policy.facts import exemplary
from secondline.policy.packs import pack_names, read_pack
from secondline.policy.regimes import rulebook, rulebooks, successor

TODAY = "2026-11-25"


def asked(pack: str, day: str, *, voluntary: bool = False) -> dict[str, Demand]:
    """Return what a pack asks for on a day."""
    found = read_pack(pack)
    return {i: d for i, d in demands([Held(found, found.effective_from, voluntary=voluntary)], day).items() if d.now}


def in_force(doc: str, day: str) -> bool:
    """Whether a document is in force on a day."""
    return rulebook(doc).in_force(day)


@pytest.mark.parametrize(
    ("doc", "first", "last"),
    [
        ("SR 26-2", "2026-04-17", ""),
        ("SR 11-7", "2011-04-04", "2026-04-16"),
        ("SR 21-8", "2021-04-09", "2026-04-16"),
        ("SS1/23", "2024-05-17", ""),
        ("OSFI E-23", "2027-05-01", ""),
        ("EU AI Act", "2027-12-02", ""),
        ("EU AI Act article 50", "2026-08-02", ""),
        ("CCD2", "2026-11-20", ""),
        ("CO SB 26-189", "2027-01-01", ""),
        ("Regulation B", "2026-07-21", ""),
        ("Regulation B before 2026", "2011-12-30", "2026-07-20"),
        ("CFPB Circular 2022-03", "2022-05-26", "2025-05-11"),
        ("ECB guide", "2025-07-28", ""),
        ("VAMP", "2026-04-01", ""),
    ],
)
def test_dates(doc: str, first: str, last: str) -> None:
    """The dates of the documents are those of the digest the catalogue was written from."""
    book = rulebook(doc)
    assert (book.since, book.until) == (first, last)
    assert book.in_force(first)
    assert not last or (book.in_force(last) and not book.in_force("2099-01-01"))


def test_sr_11_7_is_not_current() -> None:
    """After 16 April 2026 no clause of it counts, its pack asks nothing, and the chain leads to SR 26-2."""
    assert in_force("SR 11-7", "2026-04-16")
    assert not in_force("SR 11-7", "2026-04-17")
    assert successor("SR 11-7", TODAY) == successor("SR 21-8", TODAY) == "SR 26-2"
    assert not any(c.doc in {"SR 11-7", "SR 21-8"} for k in controls().values() for c in k.clauses(TODAY))
    assert asked("us-sr11-7-legacy", "2026-04-16")
    assert not asked("us-sr11-7-legacy", TODAY)
    kept = asked("us-sr11-7-legacy", TODAY, voluntary=True)
    assert kept
    assert all(a.voluntary and a.level != "block" for d in kept.values() for a in d.by)


def test_no_annual_validation_is_required_in_the_us() -> None:
    """SR 26-2 asks for no calendar: the cap on the time between validations is other regimes'."""
    assert "MRM-VAL-08" not in asked("us-sr26-2", TODAY)
    assert not {c.regime for c in controls()["MRM-VAL-08"].clauses(TODAY)} & {"US", "US-FEDERAL"}


def test_eu_high_risk_duties_begin_in_december_2027() -> None:
    """Neither on 2 August 2026 nor today does a duty for high-risk systems count."""
    for day in ("2026-08-02", TODAY, "2027-12-01"):
        assert not any(c.doc == "EU AI Act" for k in controls().values() for c in k.clauses(day))
    assert {"EU-01", "EU-02", "EU-03"} <= set(asked("eu-ai-act", "2027-12-02"))


def test_the_colorado_law_of_2024_never_applied() -> None:
    """It was repealed before its first day; that of 2026 begins on 1 January 2027."""
    book = rulebook("CO SB 24-205")
    assert not any(book.in_force(day) for day in ("2026-05-13", "2026-06-30", "2026-07-01", TODAY))
    assert book.standing("2026-07-01") == "repealed before it took effect; see CO SB 26-189"
    assert "FL-07" not in asked("state-fair-lending", "2026-12-31")
    assert "FL-07" in asked("state-fair-lending", "2027-01-01")


def test_cfpb_circulars_are_withdrawn() -> None:
    """No control rests on one; the regulation itself is cited."""
    assert not in_force("CFPB Circular 2022-03", TODAY)
    assert not in_force("CFPB Circular 2023-03", TODAY)
    assert not any("CFPB" in c.doc for k in controls().values() for c in k.clauses(TODAY))
    assert "Regulation B" in {c.doc for c in controls()["FL-04"].clauses(TODAY)}


def test_the_four_fifths_rule_is_no_lending_rule() -> None:
    """Wherever the number stands, it says that it is an analogy and is not tagged as read in a lending rule."""
    limits = [limit for name in pack_names() for limit in read_pack(name).limits.values()]
    cited = [limit for limit in limits if "1607.4" in limit.source]
    assert cited
    assert all("not a rule of lending law" in limit.source and limit.tag != "P" for limit in cited)
    assert not any("1607" in c.clause for k in controls().values() for c in k.sources)


def test_federal_law_has_no_effects_test() -> None:
    """Since 21 July 2026 no clause of Regulation B asks about effects; states and the FHA do."""
    now = {c.doc for c in controls()["FL-02"].clauses(TODAY)}
    assert not now & {"Regulation B", "Regulation B before 2026"}
    assert in_force("Regulation B before 2026", "2026-07-20")
    assert not in_force("Regulation B before 2026", "2026-07-21")
    assert not any(limit for limit in read_pack("ecoa-2026").limits if "adverse_impact" in limit)


def test_fraud_detection_is_not_eu_high_risk() -> None:
    """A fraud model that profiles and is outside Annex III owes no such duty; a credit score may not say so."""

    def statuses(family: str) -> dict[str, str]:
        model = {"family": family, "jurisdictions": ["EU"], "machine_learning": True, "eu_role": "both",
                 "annex_iii": "none", "profiling": True}  # fmt: skip
        facts = exemplary({"model": model, "today": "2027-12-02"})
        found = assess(asked("eu-ai-act", "2027-12-02"), facts, "2027-12-02", "m")
        return {id_: found[id_].status for id_ in ("EU-01", "EU-02", "EU-03")}

    assert statuses("fraud") == {"EU-01": "met", "EU-02": "not_applicable", "EU-03": "not_applicable"}
    assert statuses("credit")["EU-01"] == "not_met"


def test_every_chain_ends() -> None:
    """Whatever a document is superseded by exists, and following the chain ends at one in force or at none."""
    assert all(successor(name, TODAY) in rulebooks() for name in rulebooks())
    with pytest.raises(SpecError, match="Did you mean 'SR 26-2'"):
        rulebook("SR 26-3")


def test_what_is_only_proposed_is_never_in_force() -> None:
    """A document without a date counts on no day, and says so."""
    book = rulebook("MAS AIRG")
    assert not book.in_force("2099-01-01")
    assert not book.upcoming("2000-01-01")
    assert book.standing(TODAY) == "proposed, no date is known"
