"""Measures of a generative system: statistics of graded answers, joined to the suites they are read from."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.stats.genai import (
    agreement,
    attacks,
    attempts,
    bias,
    calls,
    cards,
    change,
    equality,
    estimates,
    fairness,
    rates,
    replicates,
    standing,
)

_GRADED, _ALL, _SPEC = needs.Graded(), needs.Graded(criterion=""), needs.Spec()
_BEFORE, _ALL_BEFORE = needs.Graded(of="reference"), needs.Graded(criterion="", of="reference")
RATE = Measure(estimates.rate, unit="share", graded=_GRADED)
CLAIMS = Measure(estimates.claims, unit="share", graded=_GRADED)
RECALL = Measure(estimates.recall, unit="share", graded=_GRADED)
CLASSES = Measure(rates.macro_recall, unit="share", graded=_GRADED)
ABSTENTION = Measure(attacks.abstention, unit="share", graded=_GRADED)
OVER_REFUSAL = Measure(attacks.over_refusal, unit="share", graded=_GRADED)
HARM_RATE = Measure(attacks.harm_rate, unit="share", graded=_GRADED)
WEIGHTED_HARM = Measure(attacks.weighted_harm, unit="", graded=_GRADED)
WITHSTOOD = Measure(attempts.withstood, unit="share", graded=_GRADED)
CRITICAL = Measure(attacks.critical, unit="cases", graded=_ALL, spec=_SPEC)
YOUDEN = Measure(cards.youden, unit="", graded=_GRADED)
JUDGE_AGREEMENT = Measure(agreement.judge_agreement, unit="", graded=_GRADED)
LENGTH_BIAS = Measure(bias.length_bias, unit="", graded=_GRADED)
JUDGE_DRIFT = Measure(change.judge_drift, unit="share", graded=_ALL)
CONSISTENCY = Measure(replicates.consistency, unit="share", graded=_GRADED, spec=_SPEC)
RELIABILITY = Measure(replicates.reliability, unit="share", graded=_GRADED)
ROBUSTNESS = Measure(change.robustness, unit="share", graded=_GRADED)
ABLATION = Measure(change.ablation, unit="share", graded=_GRADED)
PERSONA_GAP = Measure(fairness.persona_gap, unit="share", graded=_GRADED, spec=_SPEC)
WEAK_SLICES = Measure(fairness.weak_slices, unit="share", graded=_GRADED)
NONINFERIORITY = Measure(change.noninferiority, unit="share", graded=_GRADED, approved=_BEFORE)
NEW_HARM = Measure(change.new_harm, unit="cases", graded=_GRADED, approved=_BEFORE)
EQUALITY = Measure(equality.equality, unit="", graded=_ALL, approved=_ALL_BEFORE)
RETURNED_MODELS = Measure(calls.returned_models, unit="models", graded=_ALL)
LOGGED = Measure(calls.traced, unit="share", graded=_ALL)
FAILED_CALLS = Measure(calls.failed_calls, unit="share", graded=_ALL)
GUARDRAILS = Measure(calls.guardrails, unit="share", graded=_ALL)
LATENCY = Measure(calls.latency, unit="ms", graded=_ALL)
COST = Measure(calls.cost, unit="", graded=_ALL)
UNSCORED = Measure(calls.unscored, unit="share", graded=_GRADED)
SAMPLE_SIZE = Measure(standing.sample_size, unit="ratio", graded=_ALL)
CATCH_RATE = Measure(standing.catch_rate, unit="share", graded=_ALL)
RISKS = Measure(standing.risks_answered, unit="risks", spec=_SPEC)
