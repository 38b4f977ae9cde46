"""Decided: a table of what the model decided, each decision once, beside the labels known at an instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from secondline.core.spec import ModelSpec
from secondline.frames.engines import mapped
from secondline.monitor.engine import in_order
from secondline.monitor.labels import PLACES, as_known, read_parts
from secondline.monitor.lens import BY_MODEL
from secondline.monitor.manifest import types_of
from secondline.monitor.parts import DAY, Part
from secondline.monitor.rows import own
from secondline.monitor.streamed import ALERTED

if TYPE_CHECKING:
    from secondline.monitor.state import State


def alert_of(spec: ModelSpec, table: str = "d") -> str:
    """Return in SQL whether a decision was alerted: by the model's own threshold, else as the stream records it."""
    fraud = spec.fraud
    if fraud is None or fraud.alert or fraud.threshold is None:
        return ALERTED.replace("d.", f"{table}.")
    sign = "<=" if spec.score.direction == "lower-is-riskier" else ">="
    return f"coalesce({table}.score {sign} {float(fraud.threshold)!r}, false)"


def lost_of(spec: ModelSpec) -> str:
    """Return in SQL what a fraud ``d`` with label ``l`` cost: the lost share of its amount, less what came back."""
    share = spec.fraud.costs.loss_share if spec.fraud else 1.0
    return f"greatest({share} * d.amount - greatest(d.amount - coalesce(l.amount, d.amount), 0), 0)"


@contextmanager
def decided(state: State, spec: ModelSpec, parts: Sequence[Part], model: str, known: int) -> Iterator[Any]:
    """Open an engine with a table ``d`` of what the model decided, each once, and ``l`` of labels as known."""
    named = own(spec.fraud.amount, types_of(parts)) if spec.fraud else "NULL"
    con: Any = in_order()
    try:
        with mapped("The frauds known of a window"):
            con.con.execute(f"CREATE TEMP TABLE l AS {as_known(state, state.parts('label', model), known)}")
            con.con.execute(
                f'CREATE TEMP TABLE d AS SELECT id, "at", "at" // {DAY} AS day, {alert_of(spec)} AS alerted, '  # noqa: S608 - our names
                "coalesce(nullif(entity, ''), id) AS entity, decision <> 'decline' AS through, "
                f"coalesce(TRY_CAST({named} AS DOUBLE), d.amount, 0) AS amount "
                f"FROM {read_parts(state, parts)} d WHERE arm IN {BY_MODEL} "
                f"QUALIFY row_number() OVER (PARTITION BY id ORDER BY {PLACES}) = 1"
            )
            yield con.con
    finally:
        con.con.close()
