"""The checks and answers of the sample run, family by family."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from statistics import NormalDist
from typing import Any, Literal

import reports.sample_portfolio as data
from secondline.core.canonical import digest
from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence, PlannedCheck
from secondline.core.limit import Limit
from secondline.core.outcome import Errored, Inconclusive, NotApplicable, Outcome
from secondline.core.subject import Subject
from secondline.policy.judge import judge

DIMENSION = {
    "data.critical_completeness": "completeness",
    "data.completeness": "completeness",
    "data.uniqueness": "uniqueness",
    "data.rules": "validity",
    "data.overlap": "uniqueness",
    "data.point_in_time": "timeliness",
    "data.timeliness": "timeliness",
    "data.exclusions": "consistency",
    "data.reconcile": "accuracy",
    "data.label_maturity": "timeliness",
}
POPULATIONS = ("development", "current")
ECB = "ECB instructions for reporting validation results, 2019"
Ask = tuple[Subject, "Estimate | Outcome"]


class Builder:
    """Collects planned checks and their answers, numbering the evidence."""

    def __init__(self) -> None:
        self.checks: list[PlannedCheck] = []
        self.evidence: list[Evidence] = []

    def add(
        self,
        code: str,
        title: str,
        over: str,
        answers: Iterable[Ask],
        limit: Limit | None = None,
        *,
        role: Literal["gate", "screen", "report"] = "gate",
        unit: str = "share",
        params: dict[str, Any] | None = None,
        skipped: str = "",
    ) -> None:
        """Plan a check and answer it."""
        origin = "" if limit is None else ("model.yaml" if limit.tag == "house" else "default 2026.1")
        self.checks.append(
            PlannedCheck(
                code=code,
                title=title,
                over=over,
                role=role,
                params=params or {},
                limit=limit,
                limit_from=origin,
                skipped=skipped,
                dimension=DIMENSION.get(code, ""),
            )
        )
        given = list(answers)
        for subject, answer in given:
            p = getattr(answer, "p_value", None)
            adjusted = None if p is None else min(1.0, p * len(given))
            outcome = judge(answer, limit, adjusted, unit) if isinstance(answer, Estimate) else answer
            number = len(self.evidence) + 1
            self.evidence.append(
                Evidence(
                    id=f"E-{number}",
                    code=code,
                    subject=subject,
                    outcome=outcome,
                    limit=limit,
                    params=params or {},
                    looks=len(given),
                    p_adjusted=adjusted,
                    unit=unit,
                    statistics=(digest([code, subject.text]),) if isinstance(answer, Estimate) else (),
                    queries=(f"Q-{1 + POPULATIONS.index(subject.population)}",) if isinstance(answer, Estimate) else (),
                )
            )


def each(kind: str = "", **of: str) -> list[Subject]:
    """Return one subject a population."""
    return [Subject(population=p, **of) for p in POPULATIONS]


def one(value: float, half: float = 0.0, n: float = 9_000, p: float | None = None, **more: Any) -> Estimate:
    """Return an estimate with a symmetric interval, or none when *half* is zero."""
    low, high = (value - half, value + half) if half else (None, None)
    return Estimate(
        value=value, low=low, high=high, method=more.pop("method", "normal" if half else ""), n=n, p_value=p, **more
    )


def count(value: float, n: float) -> Estimate:
    """Return a share of the rows delivered, which has no sampling error."""
    return Estimate(value=value, n=n)


ZERO = Limit(at_most=0, judge_on="value", severity="major", tag="P", source="EBA handbook on validation, paragraph 82")
SHARE = Limit(at_most=0.01, judge_on="value", severity="medium", tag="R", because="customary", source="practice")


def _data(b: Builder) -> None:
    n = {"development": 21_000.0, "current": 9_000.0}
    random = Random(3)
    roles = ("pd", "default_12m", "decided_at", "customer_id", "limit_amount")
    b.add(
        "data.critical_completeness",
        "Columns that have a role are filled",
        "required",
        [(s, count(0.0, n[s.population])) for c in roles for s in each(column=c)],
        SHARE,
    )
    features = [
        (
            Subject(population=p, column=f),
            count(0.083 if (p, f) == ("current", "payment_ratio") else random.random() * 0.004, n[p]),
        )
        for p in POPULATIONS
        for f in data.FEATURES
    ]
    b.add(
        "data.completeness",
        "Features are filled",
        "feature",
        features,
        Limit(**{**SHARE.model_dump(), "at_most": 0.05}),
    )
    b.add("data.uniqueness", "No entity appears twice", "key", [(s, count(0.0, n[s.population])) for s in each()], ZERO)
    rules = [
        (s, count(0.0002 * (r == "balance_in_limit"), n[s.population]))
        for r in ("limit_positive", "balance_in_limit")
        for s in each(column=r)
    ]
    b.add("data.rules", "Declared row rules hold", "rule", rules, ZERO)
    b.add("data.overlap", "No entity is in both populations", "comparison", [(_shift(), count(0.0, 9_000))], ZERO)
    late = NotApplicable(because="model.yaml names no column for the role observed-at")
    b.add(
        "data.point_in_time",
        "No value was observed after the decision",
        "population",
        [(s, late) for s in each()],
        ZERO,
    )
    b.add(
        "data.timeliness",
        "The latest month is complete",
        "population",
        [(s, count(0.98, n[s.population])) for s in each()],
        Limit(at_least=0.95, judge_on="value"),
    )
    leaks = [
        (Subject(population="development", column=f), one(0.53 + 0.03 * i, 0.008, 21_000))
        for i, f in enumerate(data.FEATURES)
    ]
    b.add(
        "data.leakage",
        "No single feature separates the classes alone",
        "feature",
        leaks,
        Limit(at_most=0.95, tag="R", severity="major"),
        role="screen",
    )
    b.add(
        "data.exclusions",
        "The exclusions add up to the model set",
        "population",
        [(Subject(population="development"), count(0.0, 21_000))],
        ZERO,
    )
    broken = Errored(because="MemoryError: the pair count of 41 levels did not fit")
    b.add(
        "data.reconcile", "Amounts agree with the ledger", "population", [(Subject(population="current"), broken)], ZERO
    )
    b.add(
        "data.label_maturity",
        "Labels are mature",
        "population",
        [(s, count(1.0, n[s.population])) for s in each()],
        Limit(at_least=1, judge_on="value", severity="major"),
    )


def _shift(column: str | None = None) -> Subject:
    return Subject(population="current", reference="development", column=column)


def _discrimination(b: Builder) -> None:
    floor = Limit(
        at_least=0.70, severity="major", worse={"critical": 0.6}, tag="R", source="practice", because="customary floor"
    )
    whole = {p: data.auc(data.rows(p)) for p in POPULATIONS}
    b.add(
        "discrimination.auc",
        "The score ranks risk well enough",
        "population",
        [(s, whole[s.population]) for s in each()],
        floor,
    )
    gini = [
        (s, one(2 * (e := whole[s.population]).value - 1, 2 * (e.value - (e.low or 0)), e.n, events=e.events))
        for s in each()
    ]
    b.add(
        "discrimination.gini", "The Gini coefficient is high enough", "population", gini, Limit(at_least=0.4, tag="R")
    )
    b.add(
        "discrimination.ks",
        "The classes are far enough apart",
        "population",
        [(s, one(0.41, 0.014)) for s in each()],
        Limit(at_least=0.4, tag="R"),
    )
    drop = one(whole["development"].value - whole["current"].value, 0.0135)
    b.add(
        "discrimination.auc_drop",
        "Ranking power has not fallen since development",
        "comparison",
        [(_shift(), drop)],
        Limit(at_most=0.025, severity="major", tag="P", source=ECB),
    )
    b.add(
        "discrimination.rank_order",
        "Riskier bands default more",
        "population",
        [(s, count(0.0, 10)) for s in each()],
        Limit(at_most=0, judge_on="value"),
        unit="count",
    )
    b.add(
        "discrimination.capture",
        "The riskiest tenth holds enough events",
        "population",
        [(s, one(0.31, 0.02)) for s in each()],
    )
    b.add(
        "discrimination.average_precision",
        "Average precision beats prevalence",
        "population",
        [(s, one(0.52, 0.02)) for s in each()],
        role="report",
    )
    _cut(
        b,
        "discrimination.auc_by_segment",
        "The score ranks risk in every segment",
        data.auc,
        Limit(at_least=0.65, tag="R"),
        over="segment",
    )
    _cut(
        b,
        "discrimination.auc_by_period",
        "The score ranks risk in every month",
        data.auc,
        Limit(at_least=0.65, tag="R"),
        over="period",
    )
    gone = NotApplicable(because="model.yaml names no column for the role challenger")
    b.add(
        "discrimination.challenger",
        "The champion ranks no worse than the challenger",
        "population",
        [(s, gone) for s in each()],
        Limit(at_least=0),
    )
    for name in ("somers_d", "pietra", "cier", "brier_skill"):
        b.add(
            f"discrimination.{name}",
            f"Reported: {name.replace('_', ' ')}",
            "population",
            [(s, one(0.4, 0.02)) for s in each()],
            role="report",
        )


def _cut(b: Builder, code: str, title: str, measure: Any, limit: Limit, *, over: str) -> None:
    answers: list[Ask] = []
    cuts = (
        {"education": lambda r: r.education, "region": lambda r: r.region}
        if over == "segment"
        else {"@period": lambda r: r.month}
    )
    for population in POPULATIONS:
        for segment, key in cuts.items():
            for level, some in sorted(data.by(population, key).items()):
                answers.append((Subject(population=population, segment=segment, level=level), measure(some)))
    b.add(code, title, over, answers, limit, unit="ratio" if "expected" in code else "share")


def _calibration(b: Builder) -> None:
    bands = {p: data.calibration_bands(p) for p in POPULATIONS}
    ratios = [
        (s, data.ratio(data.rows(s.population)).model_copy(update={"detail": {"bands": bands[s.population]}}))
        for s in each()
    ]
    within = Limit(within=(0.9, 1.1), severity="major", tag="R", source="practice")
    b.add(
        "calibration.actual_expected", "Observed and predicted rates agree", "population", ratios, within, unit="ratio"
    )
    slope = {"development": one(1.001, 0.021), "current": one(0.962, 0.047)}
    house = Limit(within=(0.9, 1.1), because="bank standard MRM-7", tag="house")
    b.add(
        "calibration.slope",
        "The calibration slope is near one",
        "population",
        [(s, slope[s.population]) for s in each()],
        house,
        unit="",
    )
    b.add(
        "calibration.intercept",
        "The calibration intercept is near zero",
        "population",
        [(s, one(-0.02, 0.06)) for s in each()],
        Limit(within=(-0.1, 0.1)),
        unit="",
    )
    answers: list[Ask] = []
    for p in POPULATIONS:
        for row in bands[p]:
            gap = float(str(row["observed"])) - float(str(row["predicted"]))
            half = (float(str(row["high"])) - float(str(row["low"]))) / 2
            pvalue = 1 - NormalDist().cdf(gap / (half / data.Z))
            estimate = one(
                gap, half, float(str(row["rows"])), pvalue, method="Jeffreys", mde=1.27 * half, mde_unit="share"
            )
            answers.append((Subject(population=p, segment="@band", level=str(row["level"])), estimate))
    b.add(
        "calibration.jeffreys",
        "The PD is not understated in any band",
        "band",
        answers,
        Limit(p_at_least=0.05, detect=0.04, severity="medium", tag="P", source=ECB),
    )
    for name, values in {"hosmer_lemeshow": (0.41, 0.044), "spiegelhalter": (0.62, 0.21)}.items():
        given = [(s, one(9.0 + i, 0.0, 9_000, values[i])) for i, s in enumerate(each())]
        b.add(
            f"calibration.{name}",
            f"{name.replace('_', ' ').title()} does not reject",
            "population",
            given,
            Limit(p_at_least=0.05, tag="R"),
            unit="",
        )
    for name in ("ece", "brier", "log_loss"):
        b.add(
            f"calibration.{name}",
            f"Reported: {name.replace('_', ' ')}",
            "population",
            [(s, one(0.14, 0.004)) for s in each()],
            role="report",
            unit="",
        )
    wide = Limit(within=(0.8, 1.25), severity="major", tag="R", source="practice")
    _cut(
        b,
        "calibration.actual_expected_by_segment",
        "Observed and predicted rates agree in every segment",
        data.ratio,
        wide,
        over="segment",
    )
    _cut(
        b,
        "calibration.actual_expected_by_period",
        "Observed and predicted rates agree in every month",
        data.ratio,
        wide,
        over="period",
    )


def _stability(b: Builder) -> None:
    customary = Limit(
        at_most=0.1,
        worse={"major": 0.25},
        tag="R",
        because="customary, without an error rate",
        source="practice (Lewis)",
    )
    b.add(
        "stability.score_psi",
        "The score distribution has not moved",
        "comparison",
        [(_shift(), data.psi(data.band_shares))],
        customary,
        unit="",
    )
    random, noise = Random(5), 9 * (1 / 21_000 + 1 / 9_000)
    shifts: list[Ask] = []
    for feature in data.FEATURES:
        value = {"utilisation": 0.131, "bill_amount": 0.047}.get(feature, noise * (0.6 + random.random()))
        moved = [0.1 + 0.002 * (k - 4.5) * (value / noise) ** 0.5 for k in range(10)]
        bins = [
            {"label": f"bin {k + 1}", "reference": 0.1, "current": c, "contribution": value / 10}
            for k, c in enumerate(moved)
        ]
        detail = {"bins": bins, "expected_under_null": noise}
        shifts.append((_shift(feature), one(value, 0.25 * value, 9_000, 0.001 if value > 0.02 else 0.4, detail=detail)))
    b.add("stability.psi", "No feature has moved", "shift", shifts, customary, role="screen", unit="")
    b.add(
        "stability.ks_feature",
        "No feature has moved (Kolmogorov and Smirnov)",
        "shift",
        [(s, one(0.01 + 0.01 * i, 0.005)) for i, (s, _) in enumerate(shifts)],
        role="report",
    )
    b.add(
        "stability.missing_shift",
        "Features are missing no more often than before",
        "shift",
        [(s, one(0.079 if s.column == "payment_ratio" else 0.001, 0.002)) for s, _ in shifts],
        Limit(at_most=0.02, tag="R"),
        role="screen",
    )
    b.add(
        "stability.concentration",
        "No band holds too much of the portfolio",
        "population",
        [(s, one(0.12, 0.01)) for s in each()],
        Limit(at_most=0.3, tag="R"),
    )
    gone = NotApplicable(because="model.yaml names no column for the role previous-grade")
    for name in ("migration_upper", "migration_lower", "migration_z"):
        b.add(
            f"stability.{name}",
            f"Grades migrate as before ({name.split('_')[1]})",
            "population",
            [(s, gone) for s in each()],
            Limit(at_most=0.1),
        )
    domain = one(0.57, 0.02)
    b.add(
        "stability.domain_classifier",
        "A classifier cannot tell the populations apart",
        "comparison",
        [(_shift(), domain)],
        Limit(at_most=0.6, tag="R"),
    )


def _use(b: Builder) -> None:
    b.add(
        "use.override_rate",
        "Overrides are rare",
        "population",
        [(Subject(population="current"), one(0.041, 0.004))],
        Limit(at_most=0.05, tag="P", source=ECB),
    )
    few = Inconclusive(
        because="only 12 overridden accounts have an outcome", needed="at least 60 overridden accounts with an outcome"
    )
    b.add(
        "use.override_effect",
        "Overrides improve ranking",
        "population",
        [(Subject(population="current"), few)],
        Limit(at_least=0),
    )
    left_out = NotApplicable(because="skipped: no grades are assigned by hand")
    b.add(
        "use.unrated",
        "Every account has a current rating",
        "population",
        [(s, left_out) for s in each()],
        Limit(at_most=0.01),
        skipped="no grades are assigned by hand",
    )
    b.add(
        "use.outdated",
        "No rating is out of date",
        "population",
        [(s, left_out) for s in each()],
        Limit(at_most=0.01),
        skipped="no grades are assigned by hand",
    )


FAMILIES = (_data, _discrimination, _calibration, _stability, _use)
