"""Headlines: the few numbers everyone asks for first, wherever the plan asked for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secondline.core.evidence import Evidence
from secondline.core.format import number
from secondline.reports import words
from secondline.reports.blocks import Figure, Span
from secondline.reports.view import View, detail, estimate_of


@dataclass(frozen=True, slots=True)
class Headline:
    """A label, the number with its evidence, and the smallest effect the data could have shown."""

    label: str
    spans: tuple[Span, ...]
    detectable: tuple[Span, ...] = ()


# Label and the codes that carry the number; the first that was asked wins.
ASKED = (
    ("AUC", ("discrimination.auc",)),
    ("KS", ("discrimination.ks",)),
    ("Calibration slope", ("calibration.slope",)),
)


def headlines(view: View) -> tuple[Headline, ...]:
    """Return the headline numbers of the newest population, those that the run holds."""
    return (*_asked(view), *_rates(view), *_largest_shift(view))


def _asked(view: View) -> Iterator[Headline]:
    for label, codes in ASKED:
        found = next((e for code in codes if (e := view.first(code, view.latest))), None)
        if found:
            yield Headline(label, (words.figure(found),), _detectable(found))


def _detectable(evidence: Evidence) -> tuple[Span, ...]:
    estimate = estimate_of(evidence)
    if estimate.mde is None:
        return ()
    return (Figure(f"{number(estimate.mde)} {estimate.mde_unit}".strip(), evidence.id), f" on {words.rows(estimate)}")


def _rates(view: View) -> Iterator[Headline]:
    found = view.with_detail("bands", view.latest, "calibration")
    facts = view.facts.get(view.latest)
    if found is None or (facts and facts.weight_total is not None):
        return  # rates of weighted rows cannot be pooled by the rows of their bands
    predicted, observed = pooled(detail(found)["bands"])
    shown = Figure(f"{words.percent(predicted)} against {words.percent(observed)}", found.id)
    yield Headline("Rate, predicted against observed", (shown,))


def pooled(bands: list[dict[str, Any]]) -> tuple[float, float]:
    """Return the mean predicted and the observed rate over all bands, by their rows."""
    total = sum(band["rows"] for band in bands)
    means = (sum(band["rows"] * band[key] for band in bands) / total for key in ("predicted", "observed"))
    predicted, observed = means
    return predicted, observed


def _largest_shift(view: View) -> Iterator[Headline]:
    found = shifts(view)
    if found:
        largest = found[0]
        about = largest.subject.column or "score"
        yield Headline(f"Largest shift, {about}", (words.figure(largest), *noise(largest)))


def shifts(view: View) -> tuple[Evidence, ...]:
    """Return the index of change of every feature, largest first: of the first check that bins them."""
    for code in view.codes("stability", over=("shift",), best="psi"):
        found = [e for e in view.answers(code, view.latest) if detail(e).get("bins")]
        if found:
            return tuple(sorted(found, key=lambda e: (-estimate_of(e).value, e.subject.column or "")))
    return ()


def noise_of(evidence: Evidence) -> float | None:
    """Return the index to expect when nothing has moved, where the answer knows it."""
    known = detail(evidence)
    return next((float(known[key]) for key in ("expected_under_null", "noise") if _number(known, key)), None)


def noise(evidence: Evidence) -> tuple[Span, ...]:
    """Return the index to expect when nothing has moved, in brackets."""
    known = noise_of(evidence)
    return () if known is None else (" (noise ", Figure(number(known), evidence.id), ")")


def _number(known: dict[str, Any], key: str) -> bool:
    return isinstance(known.get(key), int | float)
