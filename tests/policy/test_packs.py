"""Packs and plans: dated, sourced, typed, and hashed before data are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import secondline.checks  # noqa: F401 - registers the checks
from portfolios import spec
from secondline.core.check import CHECKS
from secondline.core.errors import SpecError, UnknownCheck, UnknownPack
from secondline.core.evidence import GRADES, OpinionRule
from secondline.core.limit import Limit
from secondline.policy.opinion import propose_opinion
from secondline.policy.packs import Pack, adjusted, load_pack, pack_names, pack_text, parse_pack, read_pack
from secondline.policy.plans import build_plan

AS_OF = "2026-11-24"
NAMED = "controls:\n  - "
OWN = "own:\n  - {id: OWN-1, title: Own, sources: [{regime: HOUSE, doc: S}], check: 'true'}\n"
PACK = "id: mine\nversion: '1'\ntitle: Mine\neffective_from: '2026-01-01'\n"


def written(folder: Path, text: str) -> str:
    """Write a pack and return its path."""
    path = folder / "mine.yaml"
    path.write_text(text)
    return str(path)


def planned(*packs: Pack, **fields: Any) -> Any:
    """Return the plan of a small study."""
    return build_plan(spec("dev", "cur", **fields), packs or (load_pack("default", AS_OF),), CHECKS, AS_OF)


@pytest.mark.parametrize("name", pack_names())
def test_built_in_packs(name: str) -> None:
    """Every limit names a check that exists and says why, on whose authority, and how sure that is."""
    pack = read_pack(name)
    assert load_pack(name, max(pack.effective_from, min(AS_OF, pack.effective_to or AS_OF))) == pack
    assert set(pack.limits) | set(pack.parameters) <= set(CHECKS)
    assert {code for chosen in pack.selection().values() for code in chosen.checks} <= set(CHECKS)
    assert all(limit.because and limit.source and limit.tag for limit in pack.limits.values())
    assert all(chosen.clauses for chosen in pack.selection().values())
    assert pack.verify_by
    assert pack.superseded_by is None or pack.superseded_by in pack_names()


def test_every_gate_has_a_limit_or_is_reported() -> None:
    """A gate without a limit would judge nothing."""
    pack = load_pack("default", AS_OF)
    limited = {*pack.limits, *pack.report_only, *load_pack("genai", AS_OF).limits}
    assert {c.code for c in CHECKS.values() if c.role == "gate"} - limited <= {
        "discrimination.capture", "discrimination.gini",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (PACK + "limitz: {}\n", r"`limitz` is not a known key \(line 5\)\. Did you mean 'limits'\?"),
        (PACK + "limits:\n  discrimination.auc: {at_least: high}\n", r"line 6"),
        (PACK + "effective_to: '2026-06-30'\nsuperseded_by: next\n", r"expired on 2026-06-30\. Use 'next' instead"),
        (PACK.replace("2026-01-01", "2027-01-01"), r"in force from 2027-01-01, not yet on 2026-11-24"),
        (PACK.replace("'2026-01-01'", "soon"), r"effective_from"),
        ("id: mine\n", r"version"),
        (PACK + "documents: [SR 26-3]\n", r"`documents` names 'SR 26-3'. Did you mean 'SR 26-2'"),
        (PACK + NAMED + "MRM-VAL-01\n  - MRM-VAL-99\n", r"`controls\.1` \(line 7\): there is no control"),
        (PACK + NAMED + "{id: MRM-MON-01, level: block}\n", r"`controls\.0` \(line 6\): MRM-MON-01 may not block"),
        (PACK + NAMED + "{id: MRM-VAL-01, levle: warn}\n", r"`controls\.0\.levle` is not a known key \(line 6\)"),
        (PACK + NAMED + "{id: MRM-VAL-01, params: {weeks: 3}}\n", r"\(line 6\): MRM-VAL-01 has no parameter 'weeks'"),
        (PACK + NAMED + "{id: MRM-VAL-01, doc: SR 26-3}\n", r"\(line 6\): `doc` names 'SR 26-3'. Did you mean"),
        (PACK + "without: {MRM-VAL-01: ''}\n", r"`without` needs a control of the catalogue and a reason"),
        (PACK + OWN.replace("'true'", "modle.tier"), r"`own\.0` \(line 6\): .*uses the name 'modle'"),
        (PACK + OWN.replace("title: Own", "title: Own, level: block"), r"OWN-1 may not block"),
        (PACK + OWN.replace("OWN-1", "MRM-VAL-01"), r"is in the catalogue; name it under `controls`"),
        (PACK + OWN.replace("title: Own", "title: Own, alternatives: [OWN-2]"), r"alternative 'OWN-2' of 'OWN-1'"),
    ],
)
def test_a_pack_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    """Says which pack, where and what next."""
    with pytest.raises(SpecError, match=says):
        load_pack(written(tmp_path, text), AS_OF)


def test_an_unknown_pack() -> None:
    """Names those there are."""
    with pytest.raises(UnknownPack, match=r"Known packs: ca-osfi-e23, default, ecoa-2026, .*, us-sr26-2"):
        load_pack("eu", AS_OF)


def test_an_unknown_check_in_a_pack(tmp_path: Path) -> None:
    """A limit for a check that does not exist judges nothing, so it is refused."""
    pack = load_pack(written(tmp_path, PACK + "limits:\n  discrimination.auk: {at_least: 0.7}\n"), AS_OF)
    with pytest.raises(UnknownCheck, match=r"Did you mean 'discrimination\.auc'"):
        planned(pack)


def test_who_wins(tmp_path: Path) -> None:
    """model.yaml before later packs before earlier ones, and the plan says whose limit it is."""
    mine = load_pack(written(tmp_path, PACK + "limits:\n  discrimination.auc: {at_least: 0.7}\n"), AS_OF)
    default = load_pack("default", AS_OF)

    def auc(plan: Any) -> tuple[float, str]:
        check = next(c for c in plan.checks if c.code == "discrimination.auc")
        return check.limit.at_least, check.limit_from

    assert auc(planned(default)) == (0.65, "pack default 2026.1")
    assert auc(planned(default, mine)) == (0.7, "pack mine 1")
    assert auc(planned(default, mine, limits={"discrimination.auc": {"at_least": 0.8}})) == (0.8, "model.yaml")


def test_the_digest_changes_with_what_is_asked_and_only_with_that() -> None:
    """Any limit, parameter or skipped check changes it; the order of keys does not."""
    same = {planned().digest(), planned().digest(), planned(skip={}).digest()}
    other = {
        planned(limits={"discrimination.auc": {"at_least": 0.651}}).digest(),
        planned(parameters={"calibration.binomial_correlated": {"rho": 0.06}}).digest(),
        planned(skip={"discrimination.ks": "not used here"}).digest(),
        planned(version="2").digest(),
    }
    assert len(same) == 1
    assert len(other) == 4
    assert not same & other
    two = {"discrimination.auc": {"at_least": 0.7}, "discrimination.ks": {"at_least": 0.3}}
    assert planned(limits=two).digest() == planned(limits=dict(reversed(two.items()))).digest()


def test_patterns_choose_checks() -> None:
    """``checks: [calibration.*]`` asks just those; a pattern that fits nothing is an error."""
    chosen = planned(checks=["calibration.*"])
    assert {c.code.split(".")[0] for c in chosen.checks} == {"calibration"}
    with pytest.raises(SpecError):
        planned(checks=["calibratoin.*"])


def test_a_skip_is_visible() -> None:
    """A check left out stays in the plan with its reason."""
    plan = planned(skip={"discrimination.ks": "agreed with the owner"})
    assert next(c for c in plan.checks if c.code == "discrimination.ks").skipped == "agreed with the owner"


def test_the_roll_up() -> None:
    """The first rule that matches proposes; no rule is silently missing; grade 1 never claims that a model is sound."""
    rules = load_pack("default", AS_OF).opinion_rules
    assert propose_opinion((), (), rules).grade == 1
    assert "sound" not in " ".join(GRADES.values())
    assert propose_opinion((), (), rules).status == "proposed"
    with pytest.raises(SpecError, match="No opinion rule matches"):
        propose_opinion((), (), (OpinionRule(grade=4, severity="critical"),))


@pytest.mark.parametrize(
    "limit",
    [
        {},
        {"at_least": 1, "at_most": 2},
        {"within": (2, 1)},
        {"p_at_least": 0},
        {"p_at_least": 1},
        {"at_most": float("nan")},
    ],
)
def test_a_limit_that_cannot_be_held(limit: dict[str, Any]) -> None:
    """Exactly one rule, in the right order, finite."""
    with pytest.raises(ValueError, match=r"limit|within|p_at_least|finite"):
        Limit(**limit)


def chosen(text: str) -> dict[str, Any]:
    """Return what a pack selects."""
    return dict(parse_pack(PACK + text, "mine").selection())


def test_documents_select_controls() -> None:
    """All controls with a clause of the documents are asked, but those left out with a reason."""
    every = chosen("documents: [SR 26-2]\n")
    fewer = chosen("documents: [SR 26-2]\nwithout: {MRM-MON-01: monitored elsewhere}\n")
    assert set(every) - set(fewer) == {"MRM-MON-01"}
    assert {c.doc for one in every.values() for c in one.clauses} == {"SR 26-2"}


def test_a_pack_changes_what_it_names() -> None:
    """Level, checks and the passage of the bank's own standard are laid over the catalogue's."""
    text = "documents: [SR 26-2]\ncontrols: [{id: MRM-VAL-01, level: record, checks: [data.label], clause: '4.1'}]\n"
    one = chosen(text)["MRM-VAL-01"]
    assert (one.level, one.checks) == ("record", ("data.label",))
    assert [c.text for c in one.clauses] == ["SR 26-2 V", "pack mine 4.1"]
    assert one.clauses[1].force == "binding"


def test_guidance_does_not_block_and_the_banks_own_rule_may() -> None:
    """The same control warns under SR 26-2 and blocks where the bank's own standard asks for it."""
    soft = chosen("documents: [SR 26-2]\n")["MRM-VAL-01"]
    hard = chosen("controls: [{id: MRM-VAL-01, clause: '4.1'}]\n")["MRM-VAL-01"]
    by_name = chosen("controls: [MRM-VAL-01]\n")["MRM-VAL-01"]
    assert soft.level_on(soft.clauses) == by_name.level_on(by_name.clauses) == "warn"
    assert hard.level_on(hard.clauses) == hard.level == "block"


def test_a_map_names_clauses_and_records() -> None:
    """A pack can say which clause of a known document asks for a control; a map holds nobody to more than a record."""
    text = "strictest: record\ncontrols: [{id: MRM-VAL-01, doc: NIST AI RMF, clause: 'MEASURE 2.5'}]\n"
    one = chosen(text)["MRM-VAL-01"]
    assert [(c.text, c.regime, c.tag) for c in one.clauses] == [("NIST AI RMF MEASURE 2.5", "NIST", "R")]
    assert one.level == "record"
    for name in ("nist-ai-rmf", "nist-600-1", "iso-42001"):
        assert {s.level for s in read_pack(name).selection().values()} == {"record"}


def test_regimes_set_their_own_numbers() -> None:
    """The calendar is the UAE's and the euro area's own, and SR 26-2 has none."""
    days = {name: read_pack(name).selection()["MRM-VAL-08"].params["days"] for name in ("uae-mms", "eu-irb")}
    assert days == {"uae-mms": [1096, 1827, 1827], "eu-irb": [366, 366, 366]}
    assert "MRM-VAL-08" not in read_pack("us-sr26-2").selection()


def test_a_parameter_that_no_control_has() -> None:
    """The bank cannot set a number that nothing reads."""
    with pytest.raises(SpecError, match="has no parameter 'weeks'"):
        adjusted(chosen("controls: [MRM-VAL-01]\n")["MRM-VAL-01"], {"weeks": 3})


def test_the_template() -> None:
    """The template of a bank's own standard is itself a valid pack, with an own control and its examples."""
    pack = parse_pack(pack_text("house"), "house")
    assert [c.id for c in pack.own] == ["HOUSE-1"]
    assert {e.case for e in pack.own[0].examples} == {"compliant", "violating", "not-applicable"}
    assert pack.own[0].sources[0].since == pack.effective_from


def test_a_plan_lists_each_control_once() -> None:
    """Controls of several packs stand once in a plan, with all their clauses; those about the bank are left out."""
    plan = planned(load_pack("us-sr26-2", AS_OF), load_pack("uk-ss1-23", AS_OF))
    ids = [c.id for c in plan.controls]
    assert len(ids) == len(set(ids))
    one = next(c for c in plan.controls if c.id == "MRM-VAL-05")
    assert "SS1/23 4.3" in one.source
    assert "soundness.parity" in one.checks
    assert "MRM-GOV-01" not in ids
