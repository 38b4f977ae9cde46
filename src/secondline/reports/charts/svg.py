"""Charts to SVG, through the one library that draws Vega-Lite without a browser."""

from __future__ import annotations

from functools import lru_cache

from secondline.core.canonical import canonical
from secondline.reports.charts.theme import Spec

VEGA_LITE = "6.4"
# Links inside a chart are resolved against this base by the converter; a link to a place in the document needs none.
_BASE = 'xlink:href="https://vega.github.io/vega-datasets/#'


def to_svg(spec: Spec) -> str:
    """Return *spec* drawn as SVG; the same specification gives the same text."""
    return _drawn(canonical(spec))


@lru_cache(maxsize=256)
def _drawn(spec: str) -> str:
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec, vl_version=VEGA_LITE)
    return drawn.replace(_BASE, 'xlink:href="#')
