"""Lexicon: every word that drafted text may use, and what some of them must be able to prove.

The vocabulary is closed. A list of forbidden words always lacks the next synonym; what is not on this list is not said.
"""

from __future__ import annotations

from typing import Literal

Class = Literal[
    "above", "below", "at-least", "at-most", "equal", "up", "down", "better", "worse", "inside", "stable",
    "significant", "failed", "passed", "inconclusive",
]  # fmt: skip


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Single words that claim a direction, a threshold or an outcome. Each needs a predicate that is true.
_SAID: dict[Class, str] = {
    "above": "above exceeds exceeded exceeding higher greater larger beyond over",
    "below": "below under lower less smaller short",
    "equal": "equal equals equalled same identical matches matched",
    "up": "rose rises rising risen increased increases increase increasing grew grows grown up climbed gained",
    "down": "fell falls falling fallen decreased decreases decrease decreasing declined declines dropped drops "
    "down lost shrank",
    "better": "improved improves improving improvement better",
    "worse": "worsened worsens worse worsening deteriorated deteriorates deterioration degraded",
    "stable": "stable unchanged steady similar constant",
    "significant": "significant significantly",
    "inside": "inside within",
    "failed": "outside failed fails failing failure breach breached breaches violates violated",
    "passed": "passed passes passing met meets satisfied satisfies holds",
    "inconclusive": "inconclusive undecided unresolved",
}
DIRECTION: dict[str, Class] = {word: kind for kind, said in _SAID.items() for word in said.split()}
# Two words that say together what neither says alone; tried first.
PHRASES: dict[tuple[str, str], Class] = {
    ("at", "least"): "at-least",
    ("at", "most"): "at-most",
    ("more", "than"): "above",
    ("fewer", "than"): "below",
}
OPPOSITE: dict[Class, Class] = {
    "above": "below", "below": "above", "at-least": "at-most", "at-most": "at-least", "up": "down", "down": "up",
    "better": "worse", "worse": "better", "passed": "failed", "failed": "passed",
}  # fmt: skip
NEGATION = _set("not no never neither nor without hardly barely cannot none nothing non")

# Only a person may say these, or a rule that implies them.
JUDGEMENT = _set(
    "adequate inadequate sound unsound robust fragile reliable unreliable acceptable unacceptable material immaterial "
    "materially appropriate inappropriate satisfactory unsatisfactory weak strong good bad poor excellent fit unfit "
    "suitable unsuitable sufficient insufficient effective ineffective reasonable unreasonable negligible serious "
    "severe minor major concern concerns concerning comfortable confident approve approved approval reject rejected "
    "recommend recommended safe unsafe fair unfair compliant deficiency deficiencies important trivial well "
    "poorly deficient"
)

NUMBERS = _set(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety hundred thousand million billion "
    "trillion dozen nil naught nought half halves quarter third fourth fifth sixth seventh eighth ninth "
    "tenth hundredth thousandth double triple quadruple twice thrice single couple pair percent percentage percentages "
    "pct permille bp bps basis first second lakh crore"
)
"""Words that are numbers, shares or units of shares; their plurals count too."""
QUANTITY = _set(
    "all every each any most majority minority few several many numerous always entire whole some various both only"
)
"""Words that count without saying how many: a slot must say it."""
UNITS = _set(
    "rows row events event defaults days day months month years year weeks points euros dollars pounds seconds ms "
    "loans accounts applications customers cases observations records"
)
"""Words that would give a number a unit; only a slot's own role may."""

ALIASES: dict[str, tuple[str, ...]] = {
    "auc": ("auc", "auroc", "roc"), "gini": ("gini",), "ks": ("ks", "kolmogorov", "smirnov"), "psi": ("psi",),
    "brier": ("brier",), "slope": ("slope",), "intercept": ("intercept",), "ece": ("ece",), "iv": ("information",),
}  # fmt: skip
"""Words in use for a measure beside the end of its code."""
COMMON = _set(
    "auc auroc roc gini ks kolmogorov smirnov psi brier slope intercept ece information calibration discrimination "
    "stability development reference current training test recent latest oot sample time"
)
"""Names of measures and populations: usable only beside an exhibit that bears them."""

VOCABULARY = _set(
    "a an the this that these those it its they their of on in at to from by for with as and or but then also "
    "is are was were be been being has have had do does did can could may might which who what where when how while "
    "whose between against after before during across into about here there however further moreover again yet still "
    "answer answers check checks question questions number numbers figure figures value values result results measure "
    "measures measured measurement estimate estimated estimates interval limit limits rule rules outcome outcomes "
    "evidence record records run plan model version report section finding findings severity status state states "
    "statement owner due date population populations data distribution difference ratio change changes observed "
    "predicted effect size power uncertainty reported reports shown shows show asked asks held open proposed opinion "
    "grade meaning given give gives gave follows following listed list counted computed calculated comes come called "
    "named said moved moves went goes seen covers cover period periods dates rate rates share score note noted "
    "lie lies lying used use uses"
)
"""Words that claim nothing by themselves."""
ALLOWED = VOCABULARY | frozenset(DIRECTION) | COMMON | _set("least most more fewer")
"""Every word that may stand in free text; names of exhibits come to it."""
REQUIRED = "[VALIDATOR JUDGEMENT REQUIRED]"
"""What stands where only a person can say something."""
