"""The subject of a question: which population, column, segment and level one answer is about."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Subject(BaseModel):
    """What one answer is about.

    ``column`` is a feature, a role's column or the id of a declared rule; ``segment`` a column (or ``@band``,
    ``@period``) and ``level`` one of its values.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    population: str
    reference: str | None = None
    column: str | None = None
    segment: str | None = None
    level: str | None = None

    @property
    def text(self) -> str:
        """The subject in a few words: ``current, region = north``."""
        parts = [self.population]
        if self.column:
            parts.append(self.column)
        if self.segment:
            name = {"@band": "band", "@period": "month"}.get(self.segment, self.segment)
            parts.append(name if self.level is None else f"{name} = {self.level}")
        return ", ".join(parts)
