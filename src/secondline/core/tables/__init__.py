"""Sufficient statistics: small frozen records that add.

``a + b`` is the statistic of the union of the rows behind *a* and *b*. Nothing here knows a data frame or a
distribution.
"""

from __future__ import annotations

from secondline.core.tables._arrays import content_digest
from secondline.core.tables.bins import Bins
from secondline.core.tables.cases import AccountSums, Cases
from secondline.core.tables.graded import Graded
from secondline.core.tables.grid import Grid, Steps
from secondline.core.tables.groups import CrossTable, GroupTable
from secondline.core.tables.histogram import Histogram
from secondline.core.tables.keys import FirstLast, KeyCounts
from secondline.core.tables.moments import CoMoments, Moments
from secondline.core.tables.operating import OperatingTable, SchemeTable
from secondline.core.tables.sample import Sample
from secondline.core.tables.score import ScoreTable

__all__ = [
    "AccountSums",
    "Bins",
    "Cases",
    "CoMoments",
    "CrossTable",
    "FirstLast",
    "Graded",
    "Grid",
    "GroupTable",
    "Histogram",
    "KeyCounts",
    "Moments",
    "OperatingTable",
    "Sample",
    "SchemeTable",
    "ScoreTable",
    "Steps",
    "content_digest",
]
