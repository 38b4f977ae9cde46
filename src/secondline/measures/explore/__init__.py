"""Explore: the counts of a look joined to their statistics, as the values of core.explored."""

from __future__ import annotations

from secondline.measures.explore.whole import explored

__all__ = ["explored"]
