"""Each code says one thing, and what drives it."""

from __future__ import annotations

from secondline.core.check import Check, register
from secondline.measures import reasons

CHECK = register(
    Check(
        code="explanation.reason_texts",
        title="Each code says one thing, and what drives it",
        purpose=(
            "Codes, words and features are compared: features without words or with two, codes with the same "
            "words, words the regulation calls insufficient, and texts over features that point different ways. "
            "Words of the sample form are held against their features."
        ),
        measure=reasons.TEXTS,
        over="population",
        role="gate",
        requires=("artefact",),
        sources=(
            "12 CFR 1002.9(b)(2), Regulation B",
            "Regulation B, Appendix C, paragraphs 3 and 4",
        ),
    )
)
