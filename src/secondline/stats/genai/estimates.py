"""The rate of a criterion by whoever graded it: code and people as they are, a judge only as corrected by people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from secondline.core.errors import SpecError
from secondline.core.estimate import Estimate, Measured, Undefined
from secondline.core.tables import Graded
from secondline.core.tables.graded import TRIAGE
from secondline.stats import intervals
from secondline.stats.clusters import ratio, share_interval
from secondline.stats.genai import correction
from secondline.stats.genai.cards import NO_CARD, eligible
from secondline.stats.genai.correction import Corrected
from secondline.stats.genai.labelled import Labelled, labelled, of_answers
from secondline.stats.genai.rates import mean_value, pass_rate, slices
from secondline.stats.genai.rows import accounted, codes, few, first, judged, nothing, scored, totals
from secondline.stats.intervals import Interval

LEAST_FAILURES = 10
"""Failures that people must have found before a normal interval of graded numbers is trusted."""
CARD = ("kept", "good", "caught", "bad")


def rate(graded: Graded, *, level: float = 0.95, exact: bool = False, card: Mapping[str, float] | None = None
         ) -> Measured:  # fmt: skip
    """Share of answers that pass a criterion; of a judge's criterion, the share that a person would pass.

    Code and people: `pass_rate`. A judge: verdicts with labels of people on some are corrected by verdict at the
    effective size; where the judge gives numbers and no verdicts, by PPI++ if people found at least 10 failures; where
    only a *card* of another labelled set is given (kept, good, caught, bad), by Rogan and Gladen. A judge that its card
    shows to be no better than triage, and numbers with fewer failures, fall back to the labels alone, exact. ``detail``
    always has the naive rate and the one of people alone beside it, and by what factor the judge saves labels.
    Undefined for a judge that no person checked: an uncorrected judge is not an estimate.
    """
    if not judged(graded):
        return pass_rate(graded, level=level, exact=exact)
    verdicts = scored(graded)
    if not len(verdicts):
        return _numbers(graded, level)
    rows = of_answers(graded)
    naive = _naive(verdicts, level)
    if not rows.known.any():
        if card and first(graded, "scorer") != TRIAGE:
            return _by_card(graded, card, level, naive)
        return _unchecked(graded, naive)
    alone = correction.human_only(rows, level, exact=exact)
    fit, because = eligible(graded)
    chosen = correction.by_verdict(rows, level) if fit or alone is None else _exact(rows, level)
    warned = () if fit else (f"the judge is for triage only, so labels alone are used: {because}",)
    return _estimate(graded, rows, chosen, naive, alone, level, warned)


def _exact(rows: Labelled, level: float) -> Corrected:
    found = correction.human_only(rows, level, exact=True)
    if found is None:
        raise SpecError("There are no labels to stand alone.")
    return found


def _naive(verdicts: Graded, level: float) -> dict[str, Any]:
    passed, n = float(verdicts.number("verdict").sum()), float(len(verdicts))
    span = intervals.wilson(passed, n, level)
    return {"value": passed / n, "low": span.low, "high": span.high, "n": n}


def _unchecked(graded: Graded, naive: dict[str, Any]) -> Undefined:
    return Undefined(
        because=f"the judge passed {naive['value']:.1%} of {naive['n']:,.0f} answers, and no person labelled any of "
        "them: an uncorrected judge is no estimate",
        n=float(len(graded)), events=naive["value"] * naive["n"],
        needed="labels of people on some of the answers, drawn at random within each verdict",
    )  # fmt: skip


def _by_card(graded: Graded, card: Mapping[str, float], level: float, naive: dict[str, Any]) -> Measured:
    missing = [name for name in CARD if name not in card]
    if missing:
        raise SpecError(f"The judge's `card` needs the counts {', '.join(CARD)}; {', '.join(missing)} is missing.")
    kept, good, caught, bad = (float(card[name]) for name in CARD)
    found = correction.rogan_gladen(naive["value"] * naive["n"], naive["n"], kept, good, caught, bad, level)
    if found is None:
        return Undefined(because="on its card the judge tells good answers from bad no better than chance",
                         n=float(len(graded)), needed="labels of people on these answers")  # fmt: skip
    warned = ("corrected by labels of other answers: right only if the judge errs as often here as there",)
    return _estimate(graded, of_answers(graded), found, naive, None, level, warned)


def _numbers(graded: Graded, level: float) -> Measured:
    """Return the rate where the judge gives numbers instead of verdicts."""
    rows = graded.where(np.isfinite(graded.number("value")))
    if not len(rows):
        return nothing(graded)
    value = rows.number("value")
    with_labels = labelled(value, rows.number("label"), rows.number("chance"), codes(rows["cluster"]), binary=False)
    alone = correction.human_only(with_labels, level)
    naive = {"value": float(value.mean()), "low": None, "high": None, "n": float(len(value))}
    if alone is None:
        return _unchecked(graded, naive)
    failures = int((with_labels.y[with_labels.known] == 0).sum())
    uneven = with_labels.planned and bool(np.ptp(with_labels.weight[with_labels.known]) > 0)
    sorts = first(graded, "scorer") == TRIAGE
    if failures < LEAST_FAILURES or uneven or sorts:
        because = "labels were drawn with unequal chances" if uneven else f"people found only {failures} failures"
        because = NO_CARD if sorts else because
        chosen = correction.human_only(with_labels, level, exact=True) or alone
        return _estimate(graded, with_labels, chosen, naive, alone, level, (f"labels alone are used: {because}",))
    found = correction.ppi(with_labels, level)
    span = Interval(max(found.span.low, 0.0), min(found.span.high, 1.0))
    chosen = Corrected(min(max(found.value, 0.0), 1.0), span, found.method, found.detail)
    return _estimate(graded, with_labels, chosen, naive, alone, level, ())


def _estimate(
    graded: Graded, rows: Labelled, chosen: Corrected, naive: dict[str, Any], alone: Corrected | None, level: float,
    warned: tuple[str, ...],
) -> Estimate:  # fmt: skip
    labels = int(rows.known.sum())
    people = None if alone is None else {
        "value": alone.value, "low": alone.span.low, "high": alone.span.high, "labels": labels, "method": alone.method
    }  # fmt: skip
    width = chosen.span.high - chosen.span.low
    saved = ((alone.span.high - alone.span.low) / width) ** 2 if alone and width > 0 else None
    guessed = () if rows.planned or not labels else (
        "no plan says with what chance labels were drawn: they count as drawn at random within each verdict",
    )  # fmt: skip
    return Estimate(
        value=chosen.value, low=chosen.span.low, high=chosen.span.high, level=level, method=chosen.method,
        n=float(len(rows)), events=chosen.value * len(rows),
        detail={"naive": naive, "people alone": people, "labels": labels, "label-saving factor": saved,
                "correction": chosen.detail, "answers": accounted(graded), "clusters": rows.clusters,
                "judge's slices": slices(graded)},
        warnings=(*warned, *guessed, *few(rows.clusters, float(len(rows)))),
    )  # fmt: skip


def _less(share: float) -> float:
    """Return 1 less a share, without the last digits that the subtraction makes up: 1 - 0.9 is 0.1, not above it."""
    return round(1 - share, 15)


def complement(measured: Measured) -> Measured:
    """Return the rate of failures where *measured* is the rate of passes; the detail says which is which."""
    if isinstance(measured, Undefined) or measured.low is None or measured.high is None:
        return measured
    events = None if measured.events is None else measured.n - measured.events
    return measured.model_copy(update={
        "value": _less(measured.value), "low": _less(measured.high), "high": _less(measured.low), "events": events,
        "detail": measured.detail | {"rates in this detail": "of passes"},
    })  # fmt: skip


def recall(graded: Graded, *, level: float = 0.95) -> Measured:
    """Mean of the graded numbers (such as recall at k) where there are any, else the pass rate."""
    found = mean_value(graded, level=level)
    passed = rate(graded, level=level)
    if isinstance(found, Undefined):
        return passed
    return found.model_copy(update={"detail": found.detail | {
        "pass rate": passed.value if isinstance(passed, Estimate) else None}})  # fmt: skip


def claims(graded: Graded, *, level: float = 0.95, card: Mapping[str, float] | None = None) -> Measured:
    """Share of answers whose material claims are all supported; ``detail`` has the share of claims as well.

    Answers as for any criterion (`rate`): an answer passes whose claims are all supported. Of claims: all that are
    supported by all there are (``claims``), with an interval that knows the clusters, and the mean over answers of each
    one's share. Where a judge graded them, they are its own, uncorrected, and so called: people label answers.
    """
    found = rate(graded, level=level, card=card)
    each, share = of_claims(graded, level), mean_value(graded, level=level)
    if isinstance(found, Undefined):
        return found
    told: dict[str, Any] = {"claims": each} if each else {}
    if isinstance(share, Estimate):
        told["share of claims"] = {"value": share.value, "low": share.low, "high": share.high}
    if judged(graded):
        told = {"the judge's own, uncorrected": told} if told else {}
    return found.model_copy(update={"detail": found.detail | told})


def of_claims(graded: Graded, level: float) -> dict[str, float | None] | None:
    """Return the share of all claims that are supported, with its interval at the effective size of the clusters.

    ``sum of supported / sum of claims`` over answers, a ratio whose error is that of cluster totals (CR1). None where
    no answer tells how many claims it makes.
    """
    value, parts = graded.number("value"), graded.number("parts")
    known = np.isfinite(value) & (parts > 0)
    if not known.any():
        return None
    place = codes(graded["cluster"][known])
    both = ratio(totals((value * parts)[known], place), totals(parts[known], place))
    if both is None:
        return None
    n = float(parts[known].sum())
    span = share_interval(both, n, level) if both.clusters > 1 else Interval(0.0, 1.0)
    return {"value": both.value, "low": min(span.low, both.value), "high": max(span.high, both.value), "claims": n,
            "clusters": float(both.clusters)}  # fmt: skip
