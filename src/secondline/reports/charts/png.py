"""Charts to PNG, for documents that cannot hold SVG."""

from __future__ import annotations

from functools import lru_cache

from secondline.core.canonical import canonical
from secondline.reports.charts.svg import VEGA_LITE
from secondline.reports.charts.theme import Spec

SCALE = 2.0


def to_png(spec: Spec) -> bytes:
    """Return *spec* drawn as PNG at twice its size; the same specification gives the same bytes."""
    return _drawn(canonical(spec))


@lru_cache(maxsize=64)
def _drawn(spec: str) -> bytes:
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(spec, vl_version=VEGA_LITE, scale=SCALE))
