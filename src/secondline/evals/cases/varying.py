"""Varying: a suite made into another by one generator, by name and seed, as the command line asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from secondline.core.errors import SpecError, near
from secondline.evals.cases.mutating import MUTATORS, changes, mutated
from secondline.evals.cases.noising import noised, reordered
from secondline.evals.cases.paraphrasing import paraphrases
from secondline.evals.cases.swapping import gendered
from secondline.evals.cases.translating import Translation, translated
from secondline.evals.nouns import Case

Pairs = Iterable[tuple[Case, Case]]


def _gendered(case: Case, seed: int) -> Pairs:
    found = gendered(case, seed)
    return [found] if found else []


PAIRED: Mapping[str, Callable[[Case, int], Pairs]] = {
    "paraphrase": lambda case, seed: paraphrases(case, 1, seed),
    "typo": lambda case, seed: [noised(case, seed)],
    "ocr": lambda case, seed: [noised(case, seed, how="ocr")] if case.context else [],
    "order": reordered,
    "gender": _gendered,
}
"""Ways that make pairs of a case and its variant: a verdict that flips within one is for the change alone."""
ATTACKS, TRANSLATION = "attacks", "translation"


def ways() -> list[str]:
    """Return every way by name: those that make pairs, each disguise of an attack, all disguises, and a translation."""
    return [*PAIRED, TRANSLATION, ATTACKS, *MUTATORS]


def varied(
    cases: Sequence[Case], way: str, seed: int, *, language: str = "", recorded: Sequence[Translation] = ()
) -> list[Case]:
    """Return what a way makes of *cases*, in their order: pairs with a side each, or attacks in disguise alone.

    Of a pair the plain side takes a name of its own, so that the suites can be asked together. A case that a way cannot
    change is left out. A translation takes what *recorded* says in *language*.

    Raises:
        SpecError: there is no such way, or a translation names no language.
    """
    if way in MUTATORS or way == ATTACKS:
        names = [] if way == ATTACKS else [way]
        attacks = [case for case in cases if case.side != "twin"]
        return [other for case in attacks for other in mutated(case, names, seed)]
    if way == TRANSLATION and not language:
        raise SpecError("A translation needs `--language` and `--record`, the file of recorded translations.")
    made = partial(_translated, language, recorded) if way == TRANSLATION else PAIRED.get(way)
    if made is None:
        hint = near(way, ways(), f"There are: {', '.join(ways())}.")
        raise SpecError(f"There is no way {way!r} to vary cases. {hint}")
    pairs = [pair for case in cases for pair in made(case, seed) if changes(pair[1], case)]
    return [side for pair in pairs for side in _named(*pair)]


def _translated(language: str, recorded: Sequence[Translation], case: Case, _: int) -> Pairs:
    found = translated(case, language, recorded)
    return [found] if found else []


def _named(plain: Case, other: Case) -> tuple[Case, Case]:
    return plain.model_copy(update={"id": f"{other.id}~plain", "cluster": other.cluster}), other
