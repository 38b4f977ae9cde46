"""Form: what an answer must look like and say: schema, required and forbidden text, language, ease of reading."""

from __future__ import annotations

from secondline.evals.grading.scorer import Params, found, pattern, scorer, texts, unscored, verdict
from secondline.evals.nouns import Case, Grade, Trace
from secondline.evals.schema import answered, problems
from secondline.evals.text.languages import language_of
from secondline.evals.text.readability import grade_level, lix
from secondline.evals.text.words import plain

SHOWN = 5


@scorer("schema-valid", "genai.task_quality", {"schema": dict})
def schema_valid(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer is JSON and holds to the declared ``schema``."""
    del case
    try:
        value = answered(trace.text)
    except ValueError as error:
        return verdict(False, f"{error}.".capitalize(), value=0.0)
    wrong = problems(value, params["schema"])
    return verdict(not wrong, "; ".join(wrong[:SHOWN]), value=float(not wrong), details={"problems": len(wrong)})


@scorer("exact-answer", "genai.task_quality", {"answers": [], "whole": False})
def exact_answer(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer states one of the right ``answers``, or is one (``whole``); case and spaces aside."""
    wanted = [plain(t) for t in texts(params["answers"] or _said(case))]
    if not wanted:
        return unscored("The case has no reference text and no `answers`.")
    said = plain(trace.text)
    good = any(w == said if params["whole"] else _within(w, said) for w in wanted)
    return verdict(good, "" if good else f"It does not state {wanted[0]!r}.")


def _said(case: Case) -> object:
    return case.reference if isinstance(case.reference, (str, list, tuple)) else None


def _within(wanted: str, said: str) -> bool:
    """Whether it is stated as words of their own, so that ``5`` is not found in ``15``."""
    at = said.find(wanted)
    while wanted and at >= 0:
        before, after = said[at - 1 : at], said[at + len(wanted) : at + len(wanted) + 1]
        if not (before.isalnum() and wanted[0].isalnum()) and not (after.isalnum() and wanted[-1].isalnum()):
            return True
        at = said.find(wanted, at + 1)
    return False


@scorer("required-text", "genai.task_quality", {"all": [], "any": [], "exact": False})
def required_text(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether all patterns of ``all`` are found in the answer, and one of ``any`` where there are some."""
    del case
    every, some = texts(params["all"]), texts(params["any"])
    if not every and not some:
        return unscored("Neither `all` nor `any` names what is required.")
    hits = {p: pattern(p, exact=params["exact"]).search(trace.text) for p in (*every, *some)}
    missing = [p for p in every if not hits[p]]
    if some and not any(hits[p] for p in some):
        missing.append(" or ".join(some))
    shown = found(m.span() for m in hits.values() if m)
    return verdict(not missing, f"It lacks: {'; '.join(missing)}." if missing else "", spans=shown)


@scorer("forbidden-text", "genai.task_quality", {"patterns": list, "exact": False}, withheld="pass")
def forbidden_text(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether none of the ``patterns`` is found in the answer."""
    del case
    hits = [m for p in params["patterns"] for m in pattern(p, exact=params["exact"]).finditer(trace.text)]
    said = ", ".join(repr(m.group()) for m in hits[:SHOWN])
    return verdict(not hits, f"It says {said}." if hits else "", spans=found(m.span() for m in hits))


@scorer("language-match", "genai.task_quality", {"language": ""}, withheld="pass")
def language_match(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer is written in the ``language`` of the case."""
    wanted = (params["language"] or case.language)[:2].lower()
    told = language_of(trace.text)
    if not told:
        return unscored("The answer is too short to tell its language.")
    return verdict(told == wanted, "" if told == wanted else f"It is written in {told!r}, not {wanted!r}.")


@scorer("readability", "genai.task_quality", {"index": "lix", "low": None, "high": 60.0, "words": 25}, withheld="pass")
def readability(case: Case, trace: Trace, params: Params) -> Grade:
    """Whether the answer's ease of reading lies in a band, by ``lix`` or by ``grade-level`` (English only)."""
    from secondline.evals.text.words import words

    level = {"lix": lix, "grade-level": grade_level}.get(params["index"])
    if level is None:
        return unscored(f"There is no index {params['index']!r}; there are lix and grade-level.")
    if level is grade_level and not case.language.startswith("en"):
        return unscored("The grade level is of English texts only; use lix.")
    value = level(trace.text)
    if value is None or len(words(trace.text)) < params["words"]:
        return unscored(f"The answer has fewer than {params['words']} words.")
    low, high = params["low"], params["high"]
    good = (low is None or value >= low) and (high is None or value <= high)
    return verdict(good, "" if good else f"Its {params['index']} is {value:.0f}.", value=value)
