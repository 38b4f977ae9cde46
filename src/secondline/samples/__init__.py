"""Samples: real open data, models developed on them, and a drawn portfolio whose truth is known.

The demo, the tests and the benchmarks stand on these; nothing else in the product does.
"""

from __future__ import annotations

from secondline.samples.study import prepare_demo as prepare_demo
