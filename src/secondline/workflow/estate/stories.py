"""Stories: what happens to each model, by the word in its row of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from secondline.workflow.estate import births, endings, inventory, quiet, registers, troubled
from secondline.workflow.estate.bank import Bank, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.tables import entries

STORIES: dict[str, Callable[[Life], Story]] = {
    "in-use": quiet.in_use,
    "low-tier": quiet.in_use,
    "vendor": quiet.in_use,
    "vendor-gap": quiet.in_use,
    "tool": quiet.in_use,
    "spreadsheet": quiet.in_use,
    "overlay": quiet.in_use,
    "genai-light": quiet.in_use,
    "conditional": quiet.conditional,
    "low-data": quiet.conditional,
    "genai": quiet.genai,
    "overdue": quiet.overdue,
    "method": quiet.method,
    "proposed": births.propose,
    "genai-proposed": births.propose,
    "development": quiet.development,
    "exempt": quiet.exempt,
    "validating": troubled.validating,
    "genai-validating": troubled.escalated,
    "finding-critical": troubled.critical,
    "finding-major": troubled.major,
    "finding-medium": troubled.medium,
    "change-cumulative": troubled.changes,
    "rejected": endings.rejected,
    "emergency": endings.emergency,
    "suspended": endings.suspended,
    "decommissioned": endings.decommissioned,
}
"""What happens, by the word of the table."""
EARLY = (712, 300)
STARTS: dict[str, tuple[int, int]] = {
    "proposed": (40, 20),
    "genai-proposed": (30, 10),
    "development": (85, 10),
    "validating": (88, 1),
    "genai-validating": (96, 1),
    "exempt": (500, 300),
    "overdue": (520, 30),
    "genai": (330, 1),
    "genai-light": (280, 60),
    "rejected": (340, 1),
    "emergency": (121, 1),
    "suspended": (420, 1),
    "decommissioned": (714, 1),
    "method": (729, 1),
    "overlay": (710, 30),
    "conditional": (640, 200),
    "low-data": (300, 1),
    "finding-critical": (640, 1),
    "finding-major": (640, 60),
    "change-cumulative": (640, 1),
}
"""Days before today on which the models of a story enter, at the earliest, and over how many days they spread."""


def life_of(bank: Bank, name: str) -> Story:
    """Let one model enter at its time and live its story."""
    life = inventory.named(bank, name)
    first, spread = STARTS.get(life.entry.story, EARLY)
    yield first - life.entry.number("start", spread)
    yield from STORIES[life.entry.story](life)


def overlay_of(bank: Bank, name: str) -> Story:
    """Let a model that has been in use for a while get an overlay."""
    yield 430
    life = inventory.named(bank, name)
    yield from registers.overlay(life)


def all_lives(bank: Bank) -> Iterator[Story]:
    """Return the stories of all models of the bank."""
    for one in entries():
        yield life_of(bank, one.id)
        if one.story == "overlay":
            yield overlay_of(bank, one.id)
