"""What model.yaml says of reason codes: how the reasons of a decision are found and told."""

from __future__ import annotations

from secondline.core.declared.part import Part


class Reasons(Part):
    """Declarations for the principal reasons of a decision."""
