"""Registering: the evaluation of the assistant goes on record as evidence of the assistant's own entry."""

from __future__ import annotations

from secondline import __version__
from secondline.assist.evaluation import Evaluation, report
from secondline.ledger.store import Ledger
from secondline.ledger.writing import Receipt


def file_evaluation(ledger: Ledger, found: Evaluation, entry: str, actor: str, *, via: str = "") -> Receipt:
    """File an evaluation, whether it holds or not, on an entry that a person registered: MODEL or MODEL@VERSION.

    Raises:
        UnknownRecord: there is no such entry.
        Refused: the actor may not file evidence.
    """
    model, at, _ = entry.partition("@")
    content = report(found).encode()
    total, stopped = sum(r.seeded for r in found.rows), sum(r.stopped for r in found.rows)
    form = {
        "kind": "eval-set", "title": "Seeded errors that the drafting verifier stops", "model": model,
        "on": ledger.today, "object": ledger.objects.put(content), "file": "evaluation.md", "size": len(content),
        "author": f"secondline {__version__}",
        "note": f"{'Holds' if found.holds else 'Does not hold'}: {stopped:,} of {total:,} seeded errors stopped, "
        f"{found.templates[1]:,} of {found.templates[0]:,} correct sentences stopped (run {found.run}, "
        f"seed {found.seed}).{_writer(found)}",
    }  # fmt: skip
    return ledger.act("evidence.filed", actor, "", form | ({"version": entry} if at else {}), via=via)


def _writer(found: Evaluation) -> str:
    if not found.writer:
        return ""
    sent, refused = (sum(getattr(one, name) for one in found.writer) for name in ("sent", "refused"))
    name = found.writer[0].name
    return f" Writer {name}, digest {found.digest}: {refused:,} of {sent:,} sentences first sent were refused."
