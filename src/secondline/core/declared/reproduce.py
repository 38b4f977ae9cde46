"""What model.yaml says of how the model was built, so that it can be built again."""

from __future__ import annotations

from secondline.core.declared.part import Part


class Reproduce(Part):
    """Declarations for a refit."""
