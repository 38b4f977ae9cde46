"""Running: what a call took and cost, and whether its record says what a validator needs."""

from __future__ import annotations

from secondline.evals.grading.scorer import Params, scorer, texts, unscored, verdict
from secondline.evals.nouns import Case, Grade, Trace

NEEDED = ["config", "started", "latency_ms", "returned_model", "request", "response", "tokens_in", "tokens_out"]
SHOWN = 8


@scorer("latency", "genai.cost_latency", {"most-ms": float}, withheld="graded", always=True)
def latency(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer came within ``most-ms`` milliseconds; one that timed out did not."""
    del case
    if trace.status == "timeout":
        return verdict(False, "It timed out.", value=trace.latency_ms)
    return _within(trace, trace.latency_ms, params["most-ms"], "latency", "ms")


@scorer("cost", "genai.cost_latency", {"most": float}, withheld="graded", always=True)
def cost(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the call cost at most ``most``, in the currency of the prices. The value is what it cost."""
    del case
    return _within(trace, trace.cost, params["most"], "cost", "")


def _within(trace: Trace, value: float | None, most: float, what: str, unit: str) -> Grade:
    if trace.status == "error":
        return Grade("error", reason=f"The call failed: {trace.error or trace.status}.")
    if value is None:
        return unscored(f"The trace does not tell its {what}.")
    return verdict(value <= most, "" if value <= most else f"{what} of {value:g} {unit}".strip() + ".", value=value)


@scorer("trace-complete", "genai.trace", {"fields": NEEDED, "retrieval": False}, withheld="graded", always=True)
def trace_complete(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the trace holds all ``fields`` that make an answer reproducible; with ``retrieval``, its passages too.

    A call that did not answer need not tell what an answer has. The value is the share of fields that are there.
    """
    del case
    fields = [f for f in texts(params["fields"]) if f in Trace.model_fields or f == "answer"]
    if trace.status in {"blocked-in", "timeout", "error"}:
        fields = [f for f in fields if f in {"config", "started", "request"}] + ["error"] * (trace.status == "error")
    held = {f: getattr(trace, "text" if f == "answer" else f) not in (None, "", ()) for f in fields}
    if params["retrieval"] and trace.status == "ok":
        held["retrieved"] = bool(trace.retrieved)
    if not held:
        return unscored("No field is asked of this trace.")
    missing = [f for f, yes in held.items() if not yes]
    share = 1 - len(missing) / len(held)
    return verdict(not missing, f"It lacks {', '.join(missing[:SHOWN])}." if missing else "", value=share)
