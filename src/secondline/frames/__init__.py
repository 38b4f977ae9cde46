"""Frames: relations, reductions, engines, fingerprints. The only room that knows a query."""
