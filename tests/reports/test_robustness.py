"""The robustness section tells and draws what its evidence holds, and says so where there is none."""

from __future__ import annotations

from typing import Any

import pytest

from reports.sample_run import sample_run
from secondline.core.estimate import Estimate
from secondline.core.evidence import Evidence, PlannedCheck, Run
from secondline.core.outcome import NotApplicable
from secondline.core.subject import Subject
from secondline.reports.blocks import Chart, Paragraph, Section, Table
from secondline.reports.charts import to_svg
from secondline.reports.pictures import robustness as pictures
from secondline.reports.sections.robustness import section
from secondline.reports.view import View
from secondline.reports.words import plain

REGION = {
    "region": "region = north", "kind": "understated", "n": 2_335, "events": 155, "observed": 0.066, "predicted": 0.045,
    "effect": 1.46, "low": 1.15, "high": 1.86, "p adjusted": 0.001, "share": 0.197,
}  # fmt: skip
SEARCHED = {
    "regions": [REGION], "not confirmed": [REGION | {"region": "income is missing", "p adjusted": 0.8}], "echoes": [],
    "worst": "region = north", "searched": 30_546, "columns": ["region", "income"], "left out as leaks": ["letters"],
}  # fmt: skip
POINT = {"loss": 0.5, "low": 0.4, "high": 0.6, "promised": 0.45}
DETAILS: dict[str, dict[str, Any]] = {
    "weak_regions": SEARCHED,
    "noise_curve": {"curve": [{"scale": 0.1, "lost": 0.01, "low": 0.0, "high": 0.02}]},
    "sensitivity": {"moves": [{"step": 1, "change": 0.2}, {"step": -1, "change": -0.1}]},
    "missingness": {},
    "worst_subpopulation": {
        "curve": [{"share": s, **POINT} for s in (0.5, 0.2, 0.1)], "all rows": 0.3, "all rows promised": 0.3,
        "who": [{"region": "income <= 100", "of them": 0.9, "of the others": 0.1}],
    },
    "operating_boundary": {"conditions": [
        {"column": "income", "at_least": 0.0, "at_most": 9.5, "may_be_missing": True, "outside": 0.01,
         "outside low": 0.0, "outside high": 0.02},
        {"column": "word", "one_of": ["a", "b"], "may_be_missing": False, "outside": 0.0, "outside low": 0.0,
         "outside high": 0.01},
    ]},
}  # fmt: skip


def with_answers(run: Run, **details: dict[str, Any]) -> View:
    """Return a view of the run with one answer for each detail, about its newest population."""
    latest = View(run).latest
    answers = [
        Evidence(
            id=f"E-9{i}", code=f"robustness.{name}", subject=Subject(population=latest, column="income"),
            outcome=NotApplicable(
                estimate=Estimate(value=0.1, low=0.05, high=0.2, n=100, detail=detail), because="no limit is set"),
        )
        for i, (name, detail) in enumerate(details.items())
    ]  # fmt: skip
    planned = [
        PlannedCheck(code=f"robustness.{name}", title=name, over="population", role="report") for name in details
    ]
    plan = run.plan.model_copy(update={"checks": (*run.plan.checks, *planned)})
    return View(run.model_copy(update={"plan": plan, "evidence": (*run.evidence, *answers)}))


@pytest.fixture(scope="module")
def view() -> View:
    return with_answers(sample_run(), **DETAILS)


def texts(found: Section) -> str:
    spans = [s for part in found.sections for b in part.blocks if isinstance(b, Paragraph) for s in b.spans]
    return "".join(plain(span) for span in spans)


def test_every_picture_is_drawn_and_told(view: View) -> None:
    """Each chart becomes SVG, has words for those who cannot see it, and names what it shows."""
    charts = list(pictures.everything(view))
    assert [c.id for c in charts] == ["c-weak-regions", "c-noise", "c-worst", "c-tornado", "c-outages"]
    for chart in charts:
        assert to_svg(chart.spec).startswith("<svg")
        assert len(chart.alt) > 20
    assert "region = north" in charts[0].alt
    assert "+~%" in str(charts[3].spec)


def test_the_section_says_what_was_found(view: View) -> None:
    """The search, its size, its leaks, the worst-served rows and the conditions of use are in words and tables."""
    found = section(view)
    said = texts(found)
    assert "30,546 regions of one and two of 2 columns were looked at; 1 region was confirmed (region = north)" in said
    assert "Left out, because it alone tells the outcome: letters." in said
    assert "income <= 100 (90.0 % of them, 10.0 % of others)" in said
    tables = {b.id: b for part in found.sections for b in part.blocks if isinstance(b, Table)}
    assert tables["t-weak-regions"].rows[0][1].text == "more than predicted"
    assert [row[1].text for row in tables["t-conditions"].rows] == ["0 to 9.500", "a and b"]


def test_without_evidence_the_section_says_what_is_missing() -> None:
    """Nothing is drawn, and each part says what it would take."""
    found = section(View(sample_run()))
    assert not [b for part in found.sections for b in part.blocks if isinstance(b, Chart)]
    assert texts(found).count("Not evidenced") >= 2


def test_nothing_confirmed_is_said_so() -> None:
    """Without a confirmed region the strongest candidate is named as one."""
    none = with_answers(sample_run(), weak_regions=SEARCHED | {"regions": [], "left out as leaks": []})
    assert "no regions were confirmed: the strongest candidate is" in texts(section(none))
