"""What model.yaml says of the challengers to be fitted: a name for each, and its kind and settings."""

from __future__ import annotations

from secondline.core.declared.part import Part


class Challenger(Part):
    """One challenger to be fitted on the reference population."""


Challengers = dict[str, Challenger]
