"""What model.yaml says for the measures of fairness."""

from __future__ import annotations

from secondline.core.declared.part import Part


class Fairness(Part):
    """Declarations for the measures of fairness."""
