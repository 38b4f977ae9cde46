"""What assistant.yaml says of a generative system: its components, how to ask it, what to ask, and who judges."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from secondline.core.canonical import digest
from secondline.core.declared.part import Names, Part

ComponentKind = Literal[
    "model", "prompt", "retriever", "corpus", "tool", "guardrail", "decoding", "post-processing", "judge", "human-step"
]
TargetKind = Literal["replay", "openai", "http", "callable", "words"]
RISKS = (
    "cbrn", "confabulation", "dangerous-content", "data-privacy", "environmental", "harmful-bias",
    "human-ai-configuration", "information-integrity", "information-security", "intellectual-property",
    "obscene-content", "value-chain",
)  # fmt: skip
"""The twelve risks of NIST AI 600-1 (July 2024)."""


class Component(Part):
    """One part of the system. Its content is told by ``digest``, or by the ``file`` (or folder) whose bytes are taken.

    ``pinned`` says that the version named cannot change under the bank's feet.
    """

    kind: ComponentKind
    name: str = Field(min_length=1)
    version: str = Field(default="", coerce_numbers_to_str=True)
    vendor: str = ""
    file: str = ""
    digest: str = ""
    pinned: bool = False


class Limits(Part):
    """How fast and how much the target may be asked. None is no limit of its own.

    ``concurrency`` calls at once; calls and tokens a minute; seconds a call and in all (``deadline``); money in all,
    by ``prices`` a million tokens; times a call is tried again.
    """

    concurrency: int = Field(default=8, ge=1, le=512)
    per_minute: int | None = Field(default=None, alias="per-minute", ge=1)
    tokens_per_minute: int | None = Field(default=None, alias="tokens-per-minute", ge=1)
    seconds_a_call: float = Field(default=60.0, alias="seconds-a-call", gt=0)
    deadline: float | None = Field(default=None, gt=0)
    budget: float | None = Field(default=None, ge=0)
    price_in: float = Field(default=0.0, alias="price-in", ge=0)
    price_out: float = Field(default=0.0, alias="price-out", ge=0)
    retries: int = Field(default=4, ge=0, le=20)


class Target(Part):
    """How the system is asked.

    ``replay``: transcripts that were recorded before, in a ``file``. ``openai``: an endpoint that speaks
    ``/chat/completions`` under ``url``. ``http``: any JSON endpoint: ``body`` is a template and ``answer`` the path of
    the text in its reply, ``reads`` the paths of more (retrieved, tools, state, model...). ``callable``: ``function``
    is ``file.py:name``, run only where the user allows code. ``words``: this house's entailment by words, for a judge
    whose rubric is of claims; it asks nobody. The key is read from the environment variable ``key`` and
    sent in ``header`` (``Authorization`` unless given); it is never written down. ``columns`` says which column of a
    transcript is which field. ``system`` is text, or the name of a component of kind prompt that has a file.
    """

    kind: TargetKind
    file: str = ""
    format: str = ""
    url: str = ""
    model: str = ""
    key: str = ""
    header: str = ""
    function: str = ""
    system: str = ""
    body: dict[str, Any] = Field(default={})
    answer: str = ""
    reads: dict[str, str] = Field(default={})
    columns: dict[str, str] = Field(default={})
    decoding: dict[str, Any] = Field(default={})
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Target:
        needed = {"replay": "file", "openai": "url", "http": "url", "callable": "function"}.get(self.kind)
        if needed and not getattr(self, needed):
            raise ValueError(f"a target of kind {self.kind!r} needs `{needed}`")
        return self


class Criterion(Part):
    """What an answer is graded on, by a ``scorer`` of this house with its ``params``, or by a ``judge`` by name.

    ``check`` is the check that its verdicts answer; the scorer's own unless given. ``suites`` are those it is asked of;
    all unless given. ``material`` criteria count towards whether a case passes as a whole.
    """

    scorer: str = ""
    judge: str = ""
    check: str = ""
    suites: Names = ()
    params: dict[str, Any] = Field(default={})
    material: bool = True

    @model_validator(mode="after")
    def _one_grader(self) -> Criterion:
        if bool(self.scorer) == bool(self.judge):
            raise ValueError("a criterion names either a `scorer` or a `judge`")
        return self


class Judge(Part):
    """A model that grades: its versioned ``rubric`` file, how it is asked, and the ``family`` of its model.

    ``anchors`` is a file of labelled answers that it grades again in every run; ``days`` is how long its card holds.
    """

    rubric: str
    target: Target
    family: str = ""
    anchors: str = ""
    days: int = Field(default=180, ge=1)


class Attacker(Part):
    """An attacker that goes on: each case is tried up to ``tries`` times, disguised anew by what was answered last.

    ``criterion`` tells when it got through; a scorer grades it, since an attacker cannot wait for a judge.
    ``disguises`` are those it may use, all unless given.
    """

    criterion: str
    tries: int = Field(default=6, ge=2, le=20)
    disguises: Names = ()


class Suite(Part):
    """Cases of one purpose in a ``file``; each is asked ``replicates`` times, or only a ``share`` of them is.

    ``critical`` suites hold cases of which not one may fail. With an ``attacker`` the replicates are its tries.
    """

    cases: str
    criteria: Names = ()
    replicates: int = Field(default=1, ge=1, le=100)
    share: float = Field(default=1.0, gt=0, le=1)
    critical: bool = False
    attacker: Attacker | None = None

    @property
    def times(self) -> int:
        """How often a case is asked at most."""
        return self.attacker.tries if self.attacker else self.replicates

    @model_validator(mode="after")
    def _asked_in_one_way(self) -> Suite:
        if self.attacker and (self.replicates > 1 or self.share < 1):
            raise ValueError(
                "a suite with an `attacker` has no `replicates` and no `share`: its tries take their place"
            )
        return self


class Anchor(Part):
    """The answers of the approved configuration to one suite, against which a change is held.

    ``graded`` is the table of graded answers that a former run kept; ``margin`` the loss that is not a loss.
    """

    suite: str
    graded: str
    margin: float = Field(default=0.05, gt=0, lt=1)


class Risk(Part):
    """One risk of NIST AI 600-1: whether it applies, why, and the checks that look at it."""

    applies: bool
    because: str = ""
    checks: Names = ()


class GenAI(Part):
    """A generative system as the governed unit: a use with all its components.

    ``autonomy``: it drafts for a person, advises one, or acts by itself. ``labels`` are files of human labels,
    ``reviews`` a file of reviewers' verdicts on seeded errors.
    """

    autonomy: Literal["draft", "advise", "act"]
    customer_facing: bool = Field(default=False, alias="customer-facing")
    components: tuple[Component, ...] = Field(min_length=1)
    target: Target
    suites: dict[str, Suite] = Field(min_length=1)
    criteria: dict[str, Criterion] = Field(min_length=1)
    judges: dict[str, Judge] = Field(default={})
    labels: Names = ()
    reviews: str = ""
    anchor: Anchor | None = None
    risks: dict[str, Risk] = Field(default={})
    seed: int = 20_261_126

    @model_validator(mode="after")
    def _names_exist(self) -> GenAI:
        if self.target.kind == "words":
            raise ValueError("the target is of kind 'words', which answers no question: it can only judge claims")
        for name, criterion in self.criteria.items():
            _known(f"criterion {name!r}", "judge", [criterion.judge] if criterion.judge else [], self.judges)
            _known(f"criterion {name!r}", "suite", criterion.suites, self.suites)
        for name, suite in self.suites.items():
            _known(f"suite {name!r}", "criterion", suite.criteria, self.criteria)
            if suite.attacker:
                self._got_through(name, suite.attacker.criterion)
        if self.anchor:
            _known("the anchor", "suite", [self.anchor.suite], self.suites)
        _known("`risks`", "risk of NIST AI 600-1", self.risks, dict.fromkeys(RISKS))
        return self

    @property
    def runs_code(self) -> bool:
        """Whether the system or a judge is a function in a file, which runs only where a person allows it."""
        return "callable" in {self.target.kind, *(judge.target.kind for judge in self.judges.values())}

    @property
    def guarded(self) -> bool:
        """Whether a guardrail is among its parts."""
        return any(component.kind == "guardrail" for component in self.components)

    @property
    def attacker(self) -> bool:
        """Whether some suite is asked by an attacker who goes on."""
        return any(suite.attacker for suite in self.suites.values())

    def _got_through(self, suite: str, criterion: str) -> None:
        _known(f"the attacker of suite {suite!r}", "criterion", [criterion], self.criteria)
        if self.criteria[criterion].judge or criterion not in self.of_suite(suite):
            needs = f"the attacker of suite {suite!r} needs a criterion of that suite with a `scorer`"
            raise ValueError(f"{needs}; {criterion!r} is none")

    def of_suite(self, suite: str) -> dict[str, Criterion]:
        """Return the criteria of a suite: those it names, or all that do not name other suites."""
        named = self.suites[suite].criteria
        return {
            name: criterion for name, criterion in self.criteria.items()
            if (name in named if named else not criterion.suites or suite in criterion.suites)
        }  # fmt: skip

    def config(self, digests: dict[str, str]) -> str:
        """Return the hash of the configuration: components with their content, target, and decoding.

        *digests* are those of components' files, by kind and name.
        """
        parts = [
            c.model_dump() | {"digest": c.digest or digests.get(f"{c.kind}/{c.name}", "")} for c in self.components
        ]
        target = self.target.model_dump(exclude={"limits", "file", "key"})
        return digest([sorted(parts, key=lambda part: (part["kind"], part["name"])), target])


def _known(where: str, what: str, names: Any, known: dict[str, Any]) -> None:
    for name in names:
        if name not in known:
            there = ", ".join(known) or "none"
            raise ValueError(f"{where} names the {what} {name!r}, which is not declared; there are: {there}")
