"""Cases, answers and labels for tests of grading, and a judge that says what it is told to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from secondline.evals.grading.registry import scorer_of
from secondline.evals.grading.table import Row
from secondline.evals.labelling import Label
from secondline.evals.nouns import Case, Chunk, Grade, Message, ToolCall, Trace

PASSAGES = (
    Chunk(
        id="fees#1",
        document="fees",
        rank=1,
        text="The overdraft fee is EUR 12.50 per month. It is charged on the last working day. "
        "No fee is charged to minors.",
    ),
    Chunk(
        id="cards#1",
        document="cards",
        rank=2,
        text="A lost card must be reported within 24 hours. Transfers above EUR 5,000 require approval of the manager.",
    ),
)


def asked(text: str = "What is the overdraft fee?", **more: Any) -> Case:
    """Return a case of one question."""
    return Case.model_validate({"id": "c1", "turns": [Message(role="user", content=text)], **more})


def answer(text: str = "", **more: Any) -> Trace:
    """Return an answer to it."""
    return Trace.model_validate({"case": "c1", "text": text, **more})


def rested(text: str, **more: Any) -> Trace:
    """Return an answer that was given the passages."""
    return answer(text, retrieved=PASSAGES, **more)


def call(name: str, *, error: str = "", writes: bool = False, result: Any = None, **arguments: Any) -> ToolCall:
    """Return a use of a tool."""
    return ToolCall(name=name, arguments=arguments, error=error, writes=writes, result=result)


def grade(name: str, trace: Trace, case: Case | None = None, /, **params: Any) -> Grade:
    """Return what a scorer makes of an answer; a parameter such as ``most_ms`` is given as ``most-ms``."""
    scorer = scorer_of(name)
    return scorer(case or asked(), trace, scorer.given({k.replace("_", "-").strip("-"): v for k, v in params.items()}))


TEXT = "=SUM(A1)\nThe fee is EUR 12.50, it is said."


def graded_rows(n: int = 60, fails: int = 9, text: str = TEXT) -> list[Row]:
    """Return answers graded by a judge: every stratum has passes and some fails."""
    made = []
    for i in range(n):
        case = asked(f"Question {i}", id=f"c{i}", stratum=f"s{i % 2}", severity=1 + i % 5)
        trace = answer(f"{text} {i}", case=case.id)
        outcome: Any = "fail" if i < fails else "pass"
        made.append(Row(case, trace, trace.id, "helpful", "judge", Grade(outcome, float(outcome == "pass"))))
    return made


def label(task: Any, rater: str, verdict: str, **more: Any) -> Label:
    return Label.model_validate(
        {"task": task.id, "trace": task.trace, "criterion": task.criterion, "rater": rater, "verdict": verdict, **more}
    )


class Scripted:
    """A target that answers by a function of what it was asked, and remembers it."""

    def __init__(self, says: Callable[[str], str | Trace]) -> None:
        self.says = says
        self.asked: list[str] = []

    async def respond(self, case: Case, replicate: int) -> Trace:
        """Return the answer to a case."""
        self.asked.append(case.turns[-1].content)
        said = self.says(case.turns[-1].content)
        if isinstance(said, Trace):
            return said
        return Trace(case=case.name, replicate=replicate, text=said, returned_model="judge-1", cost=0.01)
