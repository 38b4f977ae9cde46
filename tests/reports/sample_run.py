"""A realistic run for the tests of reports: fixed, complete, and nowhere near as pretty as everyone hopes.

`sample_run()` has about fifty checks and two hundred answers with all five outcomes, findings, queries, controls with
and without evidence. `hostile_run()` is the same with names that try to break out of a page.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import reports.sample_portfolio as data
from reports.sample_answers import FAMILIES, POPULATIONS, Builder
from secondline.core.canonical import digest
from secondline.core.evidence import (
    ControlStatus,
    Environment,
    OpinionRule,
    PackRef,
    Plan,
    PopulationFacts,
    Query,
    Run,
    Timing,
)
from secondline.core.spec import ModelSpec
from secondline.policy.findings import propose
from secondline.policy.opinion import propose_opinion


def spec(**changes: Any) -> ModelSpec:
    """Return the model as its model.yaml describes it."""
    described: dict[str, Any] = {
        "model": "retail-pd",
        "version": "2.3.0",
        "title": "Retail cards application PD",
        "purpose": {"kind": "credit-decision", "regime-relevant": True, "decisions-per-year": 400_000},
        "tier": 1,
        "owner": "cards-risk",
        "developer": "card-models",
        "validator": "model-validation",
        "uses": [
            {
                "id": "card-origination",
                "population": "new card applications, US",
                "decision": "approve, decline or refer",
            }
        ],
        "artefact": "models/champion.onnx",
        "populations": {
            "development": {"data": "dev.parquet", "role": "reference", "description": "applications decided in 2025"},
            "current": {
                "data": "oot.parquet",
                "role": "out-of-time",
                "description": "applications decided in the first half of 2026",
            },
        },
        "columns": {
            "score": "pd",
            "label": "default_12m",
            "time": "decided_at",
            "entity": "customer_id",
            "exposure": "limit_amount",
            "override": "overridden",
            "segments": ["education", "region"],
            "protected": ["sex", "age_band"],
        },
        "waterfall": {
            "source-rows": 24_180,
            "steps": [
                {"reason": "fraud or deceased", "rows": 312, "events": 201},
                {"reason": "less than 12 months of performance", "rows": 2_406},
                {"reason": "policy declines", "rows": 462, "events": 118},
            ],
        },
        "claims": {
            "monotone": {"utilisation": "increasing", "payment_ratio": "decreasing"},
            "excluded": ["marital_status"],
        },
    }
    return ModelSpec.model_validate(described | changes)


CONTROLS = (
    ("MRM-VAL-03", "Conceptual soundness reviewed", (), "a section of the report and its evidence"),
    (
        "MRM-VAL-04",
        "Outcomes analysis against real outcomes",
        ("discrimination.auc", "calibration.actual_expected"),
        "",
    ),
    ("MRM-VAL-05", "Implementation verified: production reproduces the approved model", (), "an implementation sample"),
    ("MRM-VAL-06", "Benchmark or challenger", ("discrimination.challenger",), "a challenger score"),
    (
        "MRM-VAL-10",
        "Tests and limits fixed in the plan before results",
        (),
        "the plan's digest and the time it was recorded",
    ),
    ("MRM-VAL-12", "Confidence in results stated", ("calibration.jeffreys",), ""),
    ("MRM-VAL-15", "Explainability assessed for the intended use", (), "attributions and reason codes"),
    ("MRM-DAT-02", "Data quality assessed", ("data.completeness", "data.uniqueness", "data.rules"), ""),
    (
        "MRM-DAT-05",
        "Development data represent the population of use",
        ("stability.score_psi", "stability.psi"),
        "",
    ),
    ("MRM-USE-01", "Overrides are tracked", ("use.override_rate",), ""),
)


def _plan(b: Builder, of: ModelSpec) -> Plan:
    source = "SR 26-2, section V"
    controls = [
        ControlStatus(id=i, title=t, source=source, tag="V", checks=c, satisfied_by=s, force="guidance")
        for i, t, c, s in CONTROLS
    ]
    packs = [
        PackRef(id=i, version="2026.1", title=t, sha256=digest(i))
        for i, t in (("default", "Default limits"), ("us-sr26-2", "SR 26-2"))
    ]
    rules = (
        OpinionRule(grade=4, severity="critical"),
        OpinionRule(grade=3, severity="major", count=3),
        OpinionRule(grade=2, severity="medium"),
        OpinionRule(grade=2, unanswered=True),
        OpinionRule(grade=1),
    )
    return Plan(
        spec=of,
        checks=tuple(b.checks),
        packs=tuple(packs),
        controls=tuple(controls),
        opinion_rules=rules,
        as_of="2026-07-31",
    )


def _facts(of: ModelSpec) -> tuple[PopulationFacts, ...]:
    types = dict.fromkeys(data.FEATURES, "float64") | {
        "pd": "float64",
        "default_12m": "int64",
        "decided_at": "timestamp",
    }
    out = []
    for name, population in of.populations.items():
        rows = data.rows("current" if name == "current" else "development")
        span = ("2026-01-01", "2026-06-30") if name == "current" else ("2025-01-01", "2025-12-31")
        out.append(
            PopulationFacts(
                name=name,
                role=population.role or "current",
                source=population.data,
                engine="duckdb",
                rows=len(rows),
                columns=types,
                features=data.FEATURES,
                fingerprint=digest(["rows of", name]),
                fingerprint_method="sum of row hashes (duckdb)",
                events=sum(r.label for r in rows),
                time_first=span[0],
                time_last=span[1],
            )
        )
    return tuple(out)


def _queries() -> tuple[Query, ...]:
    sql = 'SELECT\n  "pd",\n  COUNT(*) AS rows,\n  SUM("default_12m") AS event_rows\nFROM {}\nGROUP BY 1'
    return tuple(
        Query(
            id=f"Q-{i}",
            population=p,
            engine="duckdb",
            sql=sql.format(f'"{p}"'),
            rows_scanned=len(data.rows(p)),
            purpose="score table",
            answer=digest(p),
        )
        for i, p in enumerate(POPULATIONS, 1)
    )


def build(of: ModelSpec) -> Run:
    """Return the run of the study *of*."""
    b = Builder()
    for part in FAMILIES:
        part(b)
    plan = _plan(b, of)
    findings = propose(b.evidence, plan)
    return Run(
        id="20260801-7f3a9c",
        plan_digest=plan.digest(),
        plan=plan,
        started_at="2026-08-01T10:02:12Z",
        finished_at="2026-08-01T10:02:14Z",
        fixed_at="2026-08-01T10:02:11Z",
        environment=Environment(
            secondline="0.1.0",
            python="3.11.9",
            platform="Linux x86_64",
            packages={"duckdb": "1.5.0", "numpy": "2.1.0", "scipy": "1.15.0"},
        ),
        populations=_facts(of),
        queries=_queries(),
        timings=(Timing(query="Q-1", seconds=0.21), Timing(query="Q-2", seconds=0.13, resumed=True)),
        evidence=tuple(b.evidence),
        findings=findings,
        opinion=propose_opinion(findings, b.evidence, plan.opinion_rules),
        deviations=("discrimination.capture was added after the plan was fixed: asked for by the committee.",),
        previous="20260201-1b2c3d",
        changes=(
            "The current population is 1,200 rows larger.",
            "The limit of calibration.slope was narrowed to [0.9, 1.1].",
        ),
    )


@cache
def sample_run() -> Run:
    """Return the run all tests of reports share."""
    return build(spec())


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


@cache
def hostile_run() -> Run:
    """Return a run whose names, reasons and SQL try to break out of whatever they are printed in."""
    base = sample_run()
    evidence = [
        e.model_copy(update={"subject": e.subject.model_copy(update={"column": HOSTILE})}) for e in base.evidence[:40]
    ]
    queries = [q.model_copy(update={"sql": f"SELECT '{HOSTILE}' -- ]]>"}) for q in base.queries]
    named = spec(title=HOSTILE, owner=HOSTILE, uses=[{"id": HOSTILE, "population": HOSTILE}])
    plan = base.plan.model_copy(update={"spec": named})
    findings = [f.model_copy(update={"statement": HOSTILE, "effect": HOSTILE}) for f in base.findings]
    changed = {
        "evidence": (*evidence, *base.evidence[40:]),
        "queries": tuple(queries),
        "plan": plan,
        "findings": tuple(findings),
    }
    return base.model_copy(update=changed | {"deviations": (HOSTILE,)})
