"""Generative AI: are answers right, judges fit to grade, attacks resisted, people served alike, and changes safe?"""

from __future__ import annotations

from secondline.checks.genai import (
    ablation as ablation,
)
from secondline.checks.genai import (
    abstain as abstain,
)
from secondline.checks.genai import (
    autonomy as autonomy,
)
from secondline.checks.genai import (
    bias_persona as bias_persona,
)
from secondline.checks.genai import (
    citations as citations,
)
from secondline.checks.genai import (
    classification as classification,
)
from secondline.checks.genai import (
    conduct as conduct,
)
from secondline.checks.genai import (
    consistency as consistency,
)
from secondline.checks.genai import (
    cost as cost,
)
from secondline.checks.genai import (
    cost_latency as cost_latency,
)
from secondline.checks.genai import (
    critical as critical,
)
from secondline.checks.genai import (
    equality as equality,
)
from secondline.checks.genai import (
    failed_calls as failed_calls,
)
from secondline.checks.genai import (
    grounded as grounded,
)
from secondline.checks.genai import (
    guardrails as guardrails,
)
from secondline.checks.genai import (
    harm as harm,
)
from secondline.checks.genai import (
    human_effect as human_effect,
)
from secondline.checks.genai import (
    injection as injection,
)
from secondline.checks.genai import (
    judge_agreement as judge_agreement,
)
from secondline.checks.genai import (
    judge_bias as judge_bias,
)
from secondline.checks.genai import (
    judge_drift as judge_drift,
)
from secondline.checks.genai import (
    judge_validity as judge_validity,
)
from secondline.checks.genai import (
    latency as latency,
)
from secondline.checks.genai import (
    leak as leak,
)
from secondline.checks.genai import (
    logged as logged,
)
from secondline.checks.genai import (
    new_harm as new_harm,
)
from secondline.checks.genai import (
    numeric as numeric,
)
from secondline.checks.genai import (
    over_refusal as over_refusal,
)
from secondline.checks.genai import (
    persistence as persistence,
)
from secondline.checks.genai import (
    reliability as reliability,
)
from secondline.checks.genai import (
    retrieval as retrieval,
)
from secondline.checks.genai import (
    returned_model as returned_model,
)
from secondline.checks.genai import (
    risks as risks,
)
from secondline.checks.genai import (
    robustness as robustness,
)
from secondline.checks.genai import (
    sample_size as sample_size,
)
from secondline.checks.genai import (
    task_quality as task_quality,
)
from secondline.checks.genai import (
    tool as tool,
)
from secondline.checks.genai import (
    toxic as toxic,
)
from secondline.checks.genai import (
    trace as trace,
)
from secondline.checks.genai import (
    unscored as unscored,
)
from secondline.checks.genai import (
    upheld as upheld,
)
from secondline.checks.genai import (
    version_regress as version_regress,
)
from secondline.checks.genai import (
    weak_slices as weak_slices,
)
