"""Fraud: what is detected, saved, missed and disturbed at the point where the model works."""

from __future__ import annotations

from secondline.checks.fraud import (
    account_detection as account_detection,
)
from secondline.checks.fraud import (
    alert_rate as alert_rate,
)
from secondline.checks.fraud import (
    control_group as control_group,
)
from secondline.checks.fraud import (
    control_size as control_size,
)
from secondline.checks.fraud import (
    decay as decay,
)
from secondline.checks.fraud import (
    decline_rate as decline_rate,
)
from secondline.checks.fraud import (
    detection_rate as detection_rate,
)
from secondline.checks.fraud import (
    entity_split as entity_split,
)
from secondline.checks.fraud import (
    evasion as evasion,
)
from secondline.checks.fraud import (
    fallback as fallback,
)
from secondline.checks.fraud import (
    false_positive_ratio as false_positive_ratio,
)
from secondline.checks.fraud import (
    insult_rate as insult_rate,
)
from secondline.checks.fraud import (
    label_maturity as label_maturity,
)
from secondline.checks.fraud import (
    latency as latency,
)
from secondline.checks.fraud import (
    loss_bps as loss_bps,
)
from secondline.checks.fraud import (
    net_benefit as net_benefit,
)
from secondline.checks.fraud import (
    precision_at_budget as precision_at_budget,
)
from secondline.checks.fraud import (
    rule_overlap as rule_overlap,
)
from secondline.checks.fraud import (
    time_split as time_split,
)
from secondline.checks.fraud import (
    time_to_detect as time_to_detect,
)
from secondline.checks.fraud import (
    timeouts as timeouts,
)
from secondline.checks.fraud import (
    value_detection as value_detection,
)
from secondline.checks.fraud import (
    value_saved as value_saved,
)
from secondline.checks.fraud import (
    vamp as vamp,
)
