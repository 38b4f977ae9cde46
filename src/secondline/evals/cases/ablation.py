"""The ablation trio: the same question with no context, with the gold passages, and with passages that do not help.

What the system answers without context it knows, or makes up; what it gets wrong with the gold passages is not the
retriever's fault; and with distractors alone it should decline.
"""

from __future__ import annotations

from collections.abc import Sequence

from secondline.evals.cases.making import chance, made
from secondline.evals.cases.noising import ranked
from secondline.evals.nouns import Case, Chunk
from secondline.evals.text.words import content


def trio(case: Case, corpus: Sequence[Chunk], seed: int, *, distractors: int = 4) -> tuple[Case, Case, Case] | None:
    """Return a case three times: side ``none``, ``gold`` and ``distractor``, of one pair; None where it names no gold.

    Distractors are the passages that share most words with the question and are of no gold document; ties go by the
    seed. Without the gold passages the question cannot be answered: those two sides tell a criterion of abstaining so.
    """
    gold = [c for c in corpus if {c.id, c.document} & set(case.gold)]
    if not gold:
        return None
    asked = content("\n".join(t.content for t in case.turns))
    barred = {c.document or c.id for c in gold}
    others = [c for c in corpus if (c.document or c.id) not in barred]
    others.sort(key=lambda c: (-len(asked & content(c.text)), chance(seed, case.digest, c.id).random()))
    pair = case.pair or f"{case.name}|ablation"
    contexts = {"none": (), "gold": ranked(gold), "distractor": ranked(others[:distractors])}
    sides = [
        made(case, f"context-{side}", seed, context=context, pair=pair, side=side, expects=_expects(case, side))
        for side, context in contexts.items()
    ]
    return sides[0], sides[1], sides[2]


def _expects(case: Case, side: str) -> dict[str, dict[str, object]]:
    """Return what the criteria of abstaining expect: an answer only where the context holds one."""
    expects = {name: dict(said) for name, said in case.expects.items()}
    for said in expects.values():
        if "answerable" in said:
            said["answerable"] = side == "gold"
    return expects
