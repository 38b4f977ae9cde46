"""Measures of data integrity."""

from __future__ import annotations

from secondline.core import needs
from secondline.core.check import Measure
from secondline.core.needs import PERIOD, POINT_IN_TIME
from secondline.stats.data import contract, domain, keys, leakage, rates, shape

MISSING = Measure(rates.missing, unit="rate", histogram=needs.Histogram())
INFINITE = Measure(rates.infinite, unit="rate", histogram=needs.Histogram())
LARGEST_SHARE = Measure(rates.largest_share, unit="rate", histogram=needs.Histogram())
UNUSABLE_LABELS = Measure(rates.unusable_labels, unit="rate", facts=needs.Facts())
OUT_OF_RANGE = Measure(rates.out_of_range, unit="rows", scores=needs.Scores(), facts=needs.Facts())
BROKEN = Measure(rates.broken, unit="rate", violations=needs.Violations())
AFTER_THE_DECISION = Measure(rates.broken, unit="rate", violations=needs.Violations(rule=POINT_IN_TIME))
DUPLICATES = Measure(keys.duplicates, unit="rows", keys=needs.Keys())
SHARED_KEYS = Measure(keys.shared_keys, unit="rate", overlap=needs.Overlap(), keys=needs.Keys())
SHARED_ROWS = Measure(keys.shared_rows, unit="rate", reference=needs.Rows(of="reference"), current=needs.Rows())
FEATURE_AUC = Measure(leakage.feature_auc, histogram=needs.Histogram())
MISSING_AUC = Measure(leakage.missing_auc, histogram=needs.Histogram())
PURE_VALUES = Measure(leakage.pure_values, unit="count", rows=needs.Rows(), column=needs.Column())
INFORMATION_VALUE = Measure(leakage.information_value, histogram=needs.Histogram())
DOMAIN_AUC = Measure(
    domain.domain_auc, reference=needs.Rows(of="reference"), current=needs.Rows(), facts=needs.Facts(of="reference")
)
OUTLIERS = Measure(
    shape.outliers, unit="rate", reference=needs.Rows(of="reference"), current=needs.Rows(), column=needs.Column()
)
VARIANCE_INFLATION = Measure(shape.variance_inflation, moments=needs.Correlations())
REVERSALS = Measure(shape.reversals, unit="count", histogram=needs.Histogram(), spec=needs.Spec())
SCHEMA = Measure(contract.schema, unit="count", reference=needs.Facts(of="reference"), current=needs.Facts())
EXCLUDED_FEATURES = Measure(contract.excluded_features, unit="count", facts=needs.Facts(), spec=needs.Spec())
WATERFALL = Measure(contract.waterfall, unit="rows", facts=needs.Facts(), spec=needs.Spec())
SAMPLE_SIZE = Measure(contract.sample_size, facts=needs.Facts())
EMPTY_MONTHS = Measure(
    contract.empty_months, unit="count", periods=needs.Groups(by=PERIOD), spec=needs.Spec(), facts=needs.Facts()
)
LAG = Measure(contract.lag, unit="days", rows=needs.Rows())
ROWS_COUNTED = Measure(contract.rows_counted, unit="rows", facts=needs.Facts(), groups=needs.Groups())
