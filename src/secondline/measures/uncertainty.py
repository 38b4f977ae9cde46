"""Measures of the uncertainty of single predictions, and of what development overstates."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.derive import derive
from secondline.core.estimate import Measured, Undefined
from secondline.core.evidence import PopulationFacts
from secondline.core.spec import ModelSpec
from secondline.core.tables import Sample, ScoreTable
from secondline.stats.robustness import conformal, overfit


def covered(reference: ScoreTable, table: ScoreTable, *, level: float = 0.95, coverage: float = 0.9) -> Measured:
    """Share of outcomes that their conformal set holds, of the class (event or no event) that is covered worse.

    Sets are split conformal and label-conditional, calibrated on the reference: "event" stays in the set of a score
    whose conformal p-value among the reference's events exceeds 1 - *coverage*, and so for "no event". Intervals are
    Clopper and Pearson's, simultaneous over both classes. ``p_value`` is the chance of so low a coverage were the rows
    exchangeable with the reference's: beta-binomial, Beta(n + 1 - l, l) with l = floor((n + 1)(1 - coverage)) being
    the law of the coverage over calibration samples. ``detail`` has both classes, how often a set holds both outcomes,
    one or none, and its mean size. Classes of fewer than 30 rows are not judged. Sources: Vovk, Gammerman and Shafer
    (2005), Algorithmic Learning in a Random World, 4.5; Vovk (2012), ACML.
    """
    sets = conformal.calibrated(reference, coverage)
    return sets if isinstance(sets, Undefined) else conformal.coverage(sets, table, level=level)


def covered_in_segment(
    reference: ScoreTable,
    table: ScoreTable,
    facts: PopulationFacts,
    spec: ModelSpec,
    *,
    level: float = 0.95,
    coverage: float = 0.9,
) -> Measured:
    """Share of outcomes held by the sets, in one segment of a current population.

    Sets are calibrated on the whole reference, so that a segment they fit worse shows; for the rest as coverage of the
    population. Not asked of the reference, which calibrates them.
    """
    if facts.name == spec.reference_name:
        return Undefined(because="the reference calibrates the sets", kind="not-applicable", n=table.n)
    return covered(reference, table, level=level, coverage=coverage)


def unseen(spec: ModelSpec, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Count of the two kinds of unseen rows, out-of-sample and out-of-time, that no population claims to be.

    Asked once, of the reference. A count of declarations: no interval.
    """
    if facts.name != spec.reference_name:
        return Undefined(because="it is asked once, of the reference", kind="not-applicable", n=facts.rows)
    return overfit.unseen({name: population.role or "" for name, population in spec.populations.items()}, level=level)


def not_later(rows: Sample, reference: Sample, facts: PopulationFacts, *, level: float = 0.95) -> Measured:
    """Share of rows of an out-of-time population dated no later than the last row of the reference.

    Wilson's interval on a sample, none where every row was seen. Asked only of populations whose role is out-of-time.
    """
    if facts.role != "out-of-time":
        because = f"the population does not claim to be out of time (its role is {facts.role})"
        return Undefined(because=because, kind="not-applicable", n=rows.size)
    return overfit.not_later(rows, reference, level=level)


_WHOLE = derive(
    "reference scores", lambda table: table, doing="calibrating prediction sets", table=needs.Scores(of="reference")
)
_FACTS, _SPEC = needs.Facts(), needs.Spec()
COVERAGE = Measure(covered, unit="share", reference=needs.Scores(of="reference"), table=needs.Scores())
COVERAGE_BY_SEGMENT = Measure(
    covered_in_segment, unit="share", reference=_WHOLE, table=needs.Scores(), facts=_FACTS, spec=_SPEC
)
OVERFIT = Measure(
    overfit.lost,
    unit="R2",
    reference=needs.Scores(of="reference"),
    current=needs.Scores(),
    facts=needs.Facts(of="reference"),
)
UNSEEN = Measure(unseen, unit="count", spec=_SPEC, facts=_FACTS)
NOT_LATER = Measure(not_later, unit="share", rows=needs.Rows(), reference=needs.Rows(of="reference"), facts=_FACTS)
