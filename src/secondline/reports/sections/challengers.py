"""The part of section 9 that holds the champion against other models."""

from __future__ import annotations

from collections.abc import Iterator

from secondline.reports import tables, words
from secondline.reports.blocks import Block, Placeholder
from secondline.reports.view import View


def blocks(view: View) -> Iterator[Block | None]:
    """Yield what section 9.6 says."""
    codes = [c for c in view.codes("discrimination", "calibration") if "challenger" in c]
    answers = [e for code in codes for e in view.answers(code)]
    if not any(e.outcome.estimate for e in answers):
        yield words.text("Not evidenced: no challenger was compared on the same rows.", *words.why_not(view, codes))
    else:
        yield tables.measures(view, codes, "t-challenger", "Champion against challenger, on the same rows")
    yield Placeholder("Say which benchmarks exist, and why the champion is preferred to them.", id="challenger")
