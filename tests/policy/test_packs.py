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
from secondline.policy.packs import Pack, load_pack, pack_names
from secondline.policy.plans import build_plan

AS_OF = "2026-11-24"
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
    pack = load_pack(name, AS_OF)
    assert set(pack.limits) | set(pack.parameters) <= set(CHECKS)
    assert {code for control in pack.controls for code in control.checks} <= set(CHECKS)
    assert all(limit.because and limit.source and limit.tag for limit in pack.limits.values())
    assert all(control.sources for control in pack.controls)
    assert pack.verify_by


def test_every_gate_has_a_limit_or_is_reported() -> None:
    """A gate without a limit would judge nothing."""
    pack = load_pack("default", AS_OF)
    assert {c.code for c in CHECKS.values() if c.role == "gate"} - set(pack.limits) - set(pack.report_only) <= {
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
    ],
)
def test_a_pack_that_cannot_be_used(tmp_path: Path, text: str, says: str) -> None:
    """Says which pack, where and what next."""
    with pytest.raises(SpecError, match=says):
        load_pack(written(tmp_path, text), AS_OF)


def test_an_unknown_pack() -> None:
    """Names those there are."""
    known = "Known packs: default, ecoa-2026, fair-lending, state-fair-lending, us-sr26-2"
    with pytest.raises(UnknownPack, match=known):
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
