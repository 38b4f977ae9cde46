"""Texts: does each reason code say one thing, and does what it says fit what drives it?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from secondline.core.declared.reasons import Reasons
from secondline.core.estimate import Estimate, Measured, Undefined

MISSING = " missing"
SHOWN = 50
INSUFFICIENT = (
    "internal standard", "internal polic", "qualifying score", "insufficient score", "credit score too low",
    "low score", "score too low", "failed to achieve", "did not meet our criteria", "credit scoring system",
)  # fmt: skip
"""Words that 12 CFR 1002.9(b)(2) and comment 9(b)(2)-4 call insufficient, or that say no more than they do."""
SAMPLE_FORM: dict[str, tuple[str, ...]] = {
    "credit application incomplete": ("application", "incomplete"),
    "insufficient number of credit references provided": ("reference",),
    "unable to verify credit references": ("reference", "verif"),
    "temporary or irregular employment": ("employ", "job", "occupation"),
    "unable to verify employment": ("employ", "job", "verif"),
    "length of employment": ("employ", "job", "tenure"),
    "income insufficient for amount of credit requested": ("income", "salary", "earn", "pay", "wage"),
    "excessive obligations in relation to income": ("debt", "dti", "obligation", "income", "burden"),
    "unable to verify income": ("income", "verif"),
    "length of residence": ("residen", "address"),
    "temporary residence": ("residen", "address"),
    "unable to verify residence": ("residen", "address", "verif"),
    "no credit file": ("file", "bureau", "hit", "thin"),
    "limited credit experience": ("experience", "history", "tradeline", "age", "month", "length", "trade"),
    "poor credit performance with us": ("performance", "delinq", "arrear", "past", "paid", "pay"),
    "delinquent past or present credit obligations with others": ("delinq", "arrear", "past", "late", "due", "pay"),
    "collection action or judgment": ("collect", "judg"),
    "garnishment or attachment": ("garnish", "attach"),
    "foreclosure or repossession": ("foreclos", "repossess"),
    "bankruptcy": ("bankrupt",),
    "number of recent inquiries on credit bureau report": ("inq", "enquir", "search"),
    "value or type of collateral not sufficient": ("collateral", "value", "ltv", "security"),
}
"""Reasons of the sample form (Regulation B, Appendix C, form C-1), each with stems that its driver would show."""


def mapping(
    declared: Reasons,
    features: Sequence[str],
    withheld: Mapping[str, str],
    claims: Mapping[str, str],
    *,
    level: float = 0.95,
) -> Measured:
    """Count of defects in the texts: places where code, words and driver are not one to one.

    A defect is: a feature of the model, not withheld, that no text names; a feature named by two texts; two codes with
    the same words; a text that names a feature the model does not read or one that may not be named; words that the
    regulation calls insufficient; one text over features whose claimed directions differ. A count: no interval.
    ``detail`` lists them. A warning names texts taken word for word from the sample form whose features do not show
    what it says, for a person to decide. Not applicable when no text is declared. Sources: 12 CFR 1002.9(b)(2);
    Appendix C, paragraph 4: the sample is illustrative and may not be used where it does not fit.
    """
    if not declared.texts:
        return Undefined(because="model.yaml declares no `reasons: texts`", kind="not-applicable")
    found = list(_defects(declared, features, withheld, claims))
    doubtful = [code for code, text in declared.texts.items() if _doubtful(text.says, text.features)]
    said = (f"taken from the sample form, and the features do not show it: {', '.join(doubtful)}",) if doubtful else ()
    return Estimate(
        value=len(found), level=level, method="texts compared", n=len(declared.texts), events=len(found),
        detail={"defects": found[:SHOWN], "sample form": doubtful}, warnings=said,
    )  # fmt: skip


def _defects(
    declared: Reasons, features: Sequence[str], withheld: Mapping[str, str], claims: Mapping[str, str]
) -> Iterator[str]:
    texts = declared.texts
    uses = Counter(name for text in texts.values() for name in text.features)
    yield from (f"{name}: no text" for name in features if name not in withheld and not uses[name])
    yield from (f"{name}: in {count} texts" for name, count in uses.items() if count > 1)
    yield from (f"{name}: has a text and may not be named ({withheld[name]})" for name in uses if name in withheld)
    yield from (f"{name}: has a text and is not read by the model" for name in uses if name not in features)
    # One text for missing values of many features, such as "no credit file", says one thing.
    said = Counter(_plain(words) for code, words in _all_words(declared).items() if not code.endswith(MISSING))
    for code, words in _all_words(declared).items():
        if said[_plain(words)] > (0 if code.endswith(MISSING) else 1):
            yield f"{code}: its words are those of another code"
        if any(vague in _plain(words) for vague in INSUFFICIENT):
            yield f"{code}: its words are not specific"
    for code, text in texts.items():
        if len({claims[name] for name in text.features if name in claims}) > 1:
            yield f"{code}: its features point in different directions"


def _all_words(declared: Reasons) -> dict[str, str]:
    words = {code: text.says for code, text in declared.texts.items()}
    words |= {f"{code}{MISSING}": text.missing for code, text in declared.texts.items() if text.missing}
    words |= {code: rule.says for code, rule in declared.knock_outs.items()}
    return words | ({declared.overrides.code: declared.overrides.says} if declared.overrides else {})


def _plain(words: str) -> str:
    return re.sub(r"[^a-z0-9 ]+", "", words.lower()).strip()


def _doubtful(says: str, features: Sequence[str]) -> bool:
    stems = SAMPLE_FORM.get(_plain(says))
    return stems is not None and not any(stem in name.lower() for name in features for stem in stems)
