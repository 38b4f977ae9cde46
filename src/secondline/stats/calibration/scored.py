"""What every calibration statistic on a score table asks first."""

from __future__ import annotations

from secondline.core.estimate import Undefined
from secondline.core.tables import ScoreTable

NEEDED = "rows with a label and a score"


def unusable(scores: ScoreTable) -> Undefined | None:
    """Return why a table cannot speak of calibration: no rows, or scores that are not probabilities."""
    if not scores.n:
        return Undefined(because="no row has both a known label and a score", needed=NEEDED)
    p, rounding = scores.score, 1e-12 if scores.cell else 0.0
    # A probability always loses something, if only the clipping; tables of points carry no loss at all.
    if p.min() < -rounding or p.max() > 1.0 + rounding or not scores.log_loss.any():
        return Undefined(because="the scores are not probabilities", kind="not-applicable", n=scores.n)
    return None


def one_class(scores: ScoreTable) -> Undefined | None:
    """Return why a table with events only, or with none, cannot be fitted."""
    if 0 < scores.n_events < scores.n:
        return None
    what = "every row is an event" if scores.n_events else "there are no events"
    return absent(scores, what, "at least one row of each outcome")


def absent(scores: ScoreTable, because: str, needed: str = "") -> Undefined:
    """Return that these rows give no number, and why."""
    return Undefined(because=because, n=scores.n, events=scores.n_events, needed=needed)
