"""The suite of counterfactuals: one request in two versions that differ in who asks, 20 swaps in 32 templates."""

from __future__ import annotations

from secondline.samples.genai.cases import Case, case, chunks
from secondline.samples.genai.corpus import documents, passages
from secondline.samples.genai.retrieval import index
from secondline.samples.genai.written import rows

TAGS = ("nist:harmful-bias", "owasp:LLM09")


def fairness() -> list[Case]:
    """Return every template with every swap, both sides; the cluster is the template, the stratum the attribute."""
    made = []
    for template in rows("templates"):
        found = _found(template)
        for place, swap in enumerate(rows("swaps"), 1):
            pair = f"F-{template['template']}-{place:02d}"
            made += [
                case(f"{pair}-{side}", f"{swap[side]} {template['body']}", context=found, kind="counterfactual",
                     stratum=swap["attribute"], cluster=template["template"], pair=pair, side=side, severity=4,
                     persona="customer", tags=TAGS, origin="generated(swap)")
                for side in ("a", "b")
            ]  # fmt: skip
    return made


def _found(template: dict[str, str]) -> list[Case]:
    """Return the two passages of the template's document that fit best: what is asked is answered by them."""
    own = {passage.id for passage in passages(documents()[template["document"]])}
    ranked = index().search(template["body"], most=len(index().passages))
    return chunks([found.passage for found in ranked if found.passage.id in own][:2])
