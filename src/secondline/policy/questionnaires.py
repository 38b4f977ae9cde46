"""Questionnaires: what a structured review asks, by part of the validation and type of model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from secondline.core.canonical import digest
from secondline.core.errors import SpecError, near
from secondline.govern.validating import Reviewed
from secondline.policy.documents import load_text, typed

OTHERWISE: dict[str, str] = {"conceptual": "design", "code": "code-review"}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Part):
    """One question: what is asked, how to go about it, what good evidence looks like, and on whose authority.

    ``tag`` says how far the source can be trusted: P primary text, V verified at second hand, S secondary, R practice.
    """

    id: str = Field(pattern=r"^[A-Z]{3}-\d+$|^[A-Z]{2}-\d+$")
    asks: str = Field(min_length=10)
    guidance: str = Field(min_length=10)
    good: str = Field(min_length=10)
    source: str = Field(min_length=1)
    tag: Literal["P", "V", "S", "R"]


class Questionnaire(_Part):
    """A set of questions for one part of a validation; ``suits`` are words by which a model is recognised."""

    id: str
    title: str
    part: Reviewed
    includes: tuple[str, ...] = ()
    suits: tuple[str, ...] = ()
    questions: tuple[Question, ...] = Field(min_length=1)

    def digest(self) -> str:
        """Return the digest of everything that is asked."""
        return digest(self.model_dump(mode="json"))


def names() -> tuple[str, ...]:
    """Return the names of the questionnaires that come with secondline."""
    folder = files("secondline.policy") / "questionnaires"
    return tuple(sorted(f.name.removesuffix(".yaml") for f in folder.iterdir() if f.name.endswith(".yaml")))


@cache
def load(name: str) -> Questionnaire:
    """Return a questionnaire by name, with the questions of those it includes first.

    Raises:
        SpecError: there is none of this name.
    """
    if name not in names():
        raise SpecError(f"There is no questionnaire {name!r}. {near(name, names(), ', '.join(names()))}")
    text = (files("secondline.policy") / "questionnaires" / f"{name}.yaml").read_text(encoding="utf-8")
    content, lines = load_text(text, f"questionnaire {name}")
    own = typed(Questionnaire, content, f"questionnaire {name}", lines)
    inherited = tuple(question for other in own.includes for question in load(other).questions)
    return own.model_copy(update={"questions": inherited + own.questions})


def part_named(name: str) -> Reviewed:
    """Return a part of a validation that is reviewed.

    Raises:
        SpecError: there is none of this name.
    """
    found: dict[str, Reviewed] = {part: part for part in get_args(Reviewed)}
    if name not in found:
        raise SpecError(f"There is no part {name!r} to review. {near(name, found, ', '.join(found))}")
    return found[name]


def suited(part: Reviewed, model: Mapping[str, Any]) -> Questionnaire:
    """Return the questionnaire of a part that suits a model best: the one whose words it matches most often.

    A generative model, a deterministic tool and a sanctions screen are told by their kind; other models by the words
    of family, method, name and regulatory uses.
    """
    mine = [q for q in map(load, names()) if q.part == part]
    told = set(re.findall(r"[a-z0-9]+", " ".join(str(word).lower() for word in _words(model))))
    scored = [(sum(set(word.split("-")) <= told for word in q.suits), q) for q in mine if q.suits]
    best = max(scored, key=lambda pair: pair[0], default=(0, mine[0]))
    return best[1] if best[0] else load(OTHERWISE.get(part, mine[0].id))


def _words(model: Mapping[str, Any]) -> list[Any]:
    flags = ("generative", "machine_learning")
    said = [model.get(name, "") for name in ("kind", "family", "method", "name", "id", "description")]
    return [*said, *model.get("regulatory_uses", ()), *(f.replace("_", " ") for f in flags if model.get(f))]
