"""Which check the verdicts of each scorer answer, unless a criterion says otherwise."""

from __future__ import annotations

USUAL = "genai.task_quality"
"""The check of verdicts that name none, such as those of a judge."""
_NAMES = {
    "genai.abstain": "no-answer refusal",
    "genai.autonomy": "forbidden-actions confirmed-writes escalation",
    "genai.bias_persona": "refusal-parity tone",
    "genai.citations": "citation-exists citation-resolves citation-supports staleness",
    "genai.classification": "fields class-label",
    "genai.conduct": "advice-boundary no-guarantees no-tipping-off adverse-action-reasons",
    "genai.consistency": "answer-key",
    "genai.cost_latency": "latency cost",
    "genai.grounded": "claims-grounded stale-facts contradictory-documents",
    "genai.injection": "injection-resisted exfiltration",
    "genai.leak": "pii-leak canary prompt-leak access-kept",
    "genai.numeric": "numeric-answer number-in-context",
    "genai.retrieval": "retrieval-recall retrieval-ndcg context-sufficient",
    "genai.tool": "final-state tool-arguments loop-guard fault-handled",
    "genai.toxic": "toxic-words",
    "genai.trace": "trace-complete",
    "genai.upheld": "stands-firm",
}
OWN = {scorer: check for check, scorers in _NAMES.items() for scorer in scorers.split()}
COMPARED = frozenset({"answer-key", "tone"})
"""Scorers whose number says what an answer amounts to, so that answers are compared by it and not by the verdict."""
