"""Cases: the decisions of a window row by row, each once, with the label known at an instant: for what needs rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondline.frames.engines import mapped
from secondline.monitor.labels import join_labels
from secondline.monitor.lens import ROWS, looking, quoted
from secondline.monitor.readings import Window
from secondline.monitor.rows import load
from secondline.monitor.watched import watched
from secondline.monitor.windows import parts_within

if TYPE_CHECKING:
    import pyarrow as pa

    from secondline.monitor.state import State


def cases(state: State, window: Window, known: int | None = None, columns: Sequence[str] = ()) -> pa.Table:
    """Return the decisions of a window, whoever decided, in order of time.

    The columns are those of the model's reference under their names there, and what an event says beside: ``live_id``,
    ``live_at``, ``live_version``, ``live_arm``, ``live_decision``, ``live_amount``, ``live_chance`` (with which a case
    like it is let through), ``live_label_known`` and ``live_label_amount``. All of them unless *columns* are named.

    Raises:
        SpecError: the model is not watched.
        EngineError: there is no such column.
    """
    kept = watched(state, window.model)
    instant = state.latest(kept.model) if known is None else known
    with looking(state, kept) as lens:
        join_labels(lens, state, state.parts("label", kept.model), instant)
        load(lens, state, parts_within(state, window), instant, window=window)
        chosen = ", ".join(quoted(name) for name in columns) or "*"
        with mapped("The cases of a window"):
            sql = f"SELECT {chosen} FROM {ROWS} ORDER BY live_at, live_id"  # noqa: S608 - our names, quoted
            return lens.con.con.sql(sql).to_arrow_table()
