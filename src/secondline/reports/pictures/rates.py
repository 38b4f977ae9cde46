"""Predicted and observed rates by score band, and the curves of ranking power."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secondline.core.format import number
from secondline.reports import charts, words
from secondline.reports.blocks import Chart
from secondline.reports.pictures.answer import link
from secondline.reports.view import View, band_names, detail, estimate_of


def bands(view: View, id_: str) -> Chart | None:
    """Return predicted against observed by band for the newest population."""
    rows = _bands(view, view.latest)
    if not rows:
        return None
    beyond = [row["band"] for row in rows if not row["low"] <= row["predicted"] <= row["high"]]
    alt = (
        f"Predicted and observed rate in {len(rows)} score bands of {view.latest}, with the distribution of rows. "
        f"The prediction lies outside the interval of the observed rate in {words.count(len(beyond), 'band')}"
        f"{': ' + words.listed(beyond) if beyond else ''}."
    )
    caption = f"Predicted against observed rate by score band, {view.latest}, over the distribution of the score"
    return Chart(id_, caption, charts.bands(rows, alt), alt)


def _bands(view: View, population: str) -> list[dict[str, Any]]:
    """Return the bands of a population in order of risk, with short names and shares."""
    found = view.with_detail("bands", population, "calibration")
    names = band_names(view, population)
    known = [band for band in detail(found).get("bands", ()) if _whole(band)]
    known.sort(key=lambda band: band["predicted"])
    total = sum(band["rows"] for band in known) or 1
    return [
        {
            "band": names[str(band["level"])],
            "share": band["rows"] / total,
            "says": _said(names[str(band["level"])], band),
            **link(found),
            **{key: band[key] for key in ("predicted", "observed", "low", "high")},
        }
        for band in known
    ]


def _said(name: str, band: dict[str, Any]) -> str:
    predicted, observed, low, high = (words.percent(band[key]) for key in ("predicted", "observed", "low", "high"))
    return (
        f"band {name}, {band['level']}: predicted {predicted}, observed {observed} [{low}, {high}], "
        f"{band['rows']:,.0f} rows"
    )


def _whole(band: dict[str, Any]) -> bool:
    return all(band.get(key) is not None for key in ("level", "rows", "predicted", "observed", "low", "high"))


def reliability(view: View) -> Iterator[Chart]:
    """Yield the reliability diagram of each population, side by side where there are two."""
    for population in view.populations:
        if rows := _bands(view, population):
            alt = f"Observed rate with its interval against the mean prediction of {len(rows)} bands of {population}."
            spec = charts.reliability(rows, alt)
            yield Chart(f"c-reliability-{population}", f"Reliability, {population}", spec, alt, "half")


def rates(view: View) -> Chart | None:
    """Return the observed rate by band, one line a population."""
    rows = [
        {
            "band": row["band"],
            "population": population,
            "observed": row["observed"],
            "says": f"{population}, {row['says']}",
            **_href(row),
        }
        for population in view.populations
        for row in _bands(view, population)
    ]
    if not rows:
        return None
    alt = (
        f"Observed rate by score band, one line for each of "
        f"{words.listed(list(dict.fromkeys(r['population'] for r in rows)))}."
    )
    return Chart("c-rates", "Observed rate by score band", charts.rates(rows, alt), alt)


def _href(row: dict[str, Any]) -> dict[str, str]:
    return {"href": row["href"]} if "href" in row else {}


def curves(view: View) -> Iterator[Chart]:
    """Yield the ROC and gains curves of all populations."""
    for key, name, draw in (("roc", "ROC curve", charts.roc), ("gains", "Gains curve", charts.gains)):
        found = {p: e for p in view.populations if (e := view.with_detail(key, p, "discrimination"))}
        if found:
            labels = {
                f"{p} {number(estimate_of(e).value)}" if key == "roc" else p: detail(e)[key] for p, e in found.items()
            }
            alt = f"{name} of {words.listed(list(labels))}."
            yield Chart(f"c-{key}", name, draw(labels, alt), alt, "half")
