"""Standing: are there enough cases and labels, did people catch seeded errors, and is every risk answered?"""

from __future__ import annotations

import numpy as np

from secondline.core.declared.genai import RISKS, GenAI
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.spec import ModelSpec
from secondline.core.tables import Graded
from secondline.core.tables.graded import TRIAGE
from secondline.stats.genai.attacks import failures_by
from secondline.stats.genai.rates import pass_rate
from secondline.stats.genai.rows import items
from secondline.stats.genai.sizes import zero_failure_table

NO_PART = Undefined(because="model.yaml has no `genai` part", kind="not-applicable")


def sample_size(
    graded: Graded,
    *,
    level: float = 0.95,  # noqa: ARG001 - counts of what was delivered have no interval
    cases: int = 300,
    clusters: int = 0,
    labels: int = 0,
) -> Measured:
    """The scarcest of cases, clusters and labels, as a share of how many the tier asks for: 1 or more is enough.

    *cases* and *clusters* are counted where a verdict was given; *labels* only where a judge graded. 0 asks for none.
    ``detail`` has each count, and how many clean cases bound a harm.
    """
    found = items(graded)
    judge = np.isin(graded["scorer"].astype(str), ("judge", TRIAGE))
    told = int((np.isfinite(graded.number("label")) & judge).sum())
    have = {"cases": len(found.mean), "clusters": found.clusters, "labels": told}
    asked = {"cases": cases, "clusters": clusters, "labels": labels if judge.any() else 0}
    shares = {name: have[name] / wanted for name, wanted in asked.items() if wanted}
    if not shares:
        return Undefined(because="no number of cases, clusters or labels is asked for", kind="not-applicable")
    scarce = min(shares, key=lambda name: shares[name])
    return Estimate(value=shares[scarce], method="count", n=float(have["cases"]),
                    detail={"scarcest": scarce, "have": have, "asked": asked,
                            "clean cases that bound a harm": zero_failure_table()})  # fmt: skip


def catch_rate(graded: Graded, *, level: float = 0.95) -> Measured:
    """Share of seeded errors that reviewers caught, with reviewers as clusters.

    Rows are reviewers' verdicts on items: ``verdict`` is 1 where the reviewer was right, ``cluster`` the reviewer,
    ``kind`` benign for items without an error. The rate is of the others, and ``detail`` has false alarms on the
    benign ones, and the rate by severity, stratum and reviewer. Intervals as for any pass rate. Undefined without a
    seeded error.
    """
    seeded = graded.where(graded["kind"].astype(str) != "benign")
    clean = graded.where(graded["kind"].astype(str) == "benign")
    # An item several reviewers saw is one row of each: reviewers, not items, are what repeats.
    found = pass_rate(_each_review(seeded), level=level)
    if isinstance(found, Undefined):
        return Undefined(because="no reviewer saw a seeded error", kind="not-applicable")
    alarms = 1 - float(np.nanmean(clean.number("verdict"))) if np.isfinite(clean.number("verdict")).any() else None
    more = {
        "false alarms": alarms,
        "missed by reviewer": failures_by(seeded, "cluster"),
        "missed by severity": failures_by(seeded, "severity"),
        "missed by stratum": failures_by(seeded, "stratum"),
    }
    return found.model_copy(update={"detail": found.detail | more})


def _each_review(graded: Graded) -> Graded:
    pairs = zip(graded["case"].tolist(), graded["cluster"].tolist(), graded.number("replicate").tolist(), strict=True)
    names = np.array([f"{case} by {reviewer} ({n:g})" for case, reviewer, n in pairs], dtype=object)
    return Graded({**graded.columns, "case": names})


def risks_answered(spec: ModelSpec, *, level: float = 0.95) -> Measured:  # noqa: ARG001 - a count has no interval
    """How many of the twelve risks of NIST AI 600-1 are not answered: a bare count.

    A risk is answered that applies and names checks, or does not apply and says why. ``detail`` has each.
    """
    if spec.genai is None:
        return NO_PART
    told = {name: _answer(spec.genai, name) for name in RISKS}
    open_ = [name for name, answer in told.items() if answer.startswith("not answered")]
    return Estimate(value=float(len(open_)), method="count", n=float(len(RISKS)), events=float(len(open_)),
                    detail={"risks": told})  # fmt: skip


def _answer(genai: GenAI, name: str) -> str:
    risk = genai.risks.get(name)
    if risk is None:
        return "not answered: not named"
    if risk.applies:
        return f"applies: {', '.join(risk.checks)}" if risk.checks else "not answered: it applies, and names no check"
    return (
        f"does not apply: {risk.because}" if risk.because.strip() else "not answered: no reason why it does not apply"
    )
