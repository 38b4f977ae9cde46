"""Retold: a run that was really made, put on record at the moment of a story at which somebody is said to make it."""

from __future__ import annotations

from collections.abc import Callable

from secondline.core.evidence import Run
from secondline.ledger.store import Ledger


def carry(run: Run, made: Ledger, story: Ledger, actor: str, instant: Callable[[], str]) -> Run:
    """Record a run of the ledger *made* in the ledger of a story, as the actor's, and return it as recorded.

    Its numbers, queries and stored answers are as they were; its times are the story's (*instant* gives the present
    one), and how long each step took is left out.
    """
    start = instant()
    story.record_plan(run.plan, actor)
    told = run.model_copy(update={"started_at": start, "fixed_at": start, "finished_at": instant(), "timings": ()})
    stored = made.records.need("run", run.id).get("stored", ())
    story.record_run(told, actor, {digest: made.objects.get(digest) for digest in stored})
    return told
