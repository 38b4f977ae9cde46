"""Regression: what the approval of a changed generative system rests on: its answers held against the approved ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from secondline.core.declared.configuration import NONE
from secondline.core.declared.graded import APPROVED
from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Look, Situation
from secondline.govern.classes import Criteria
from secondline.govern.configured import differs
from secondline.govern.grounds import version_id

PAIRED, HARM, UNSCORED = "genai.version_regress", "genai.new_harm", "genai.unscored"
BESIDE = ("judge", "human-step")
"""Kinds of components that answers do not pass through."""


def judges_of(components: Iterable[str]) -> list[str]:
    """Return the judges among components, by name."""
    return sorted(name.partition("/")[2] for name in components if name.startswith("judge/"))


def touched(criteria: Criteria, doc: Mapping[str, Any]) -> list[str]:
    """Return the parts that a change touches: those it states, and what the components are that it names by digest."""
    named = doc.get("components", {}) if doc.get("configuration") else {}
    return list(dict.fromkeys([*doc["parts"], *(criteria.part_of(name) for name in named)]))


def is_needed(criteria: Criteria, doc: Mapping[str, Any]) -> bool:
    """Whether a change moves what answers pass through, so that they are held against the approved ones."""
    if doc.get("configuration"):
        return any(name.partition("/")[0] not in BESIDE for name in doc.get("components", {}))
    return any(criteria.parts[part].regression for part in doc.get("parts", ()) if part in criteria.parts)


def names_what_moved(now: Situation) -> None:
    """The version that a change leads to is registered, and the change names every part that moved.

    Raises:
        OutOfTurn: no version has the configuration.
        SpecError: a part moved that the change does not name.
    """
    doc, model = now.doc, str(now.doc["model"])
    found = now.look.find("version", model=model, digest=doc["configuration"])
    if not found:
        raise OutOfTurn(
            f"No version of {model} has the configuration that {now.id} leads to. Register it: "
            "secondline inventory version --configuration assistant.yaml."
        )
    _, moved = differs(now.look, found[-1])
    if hidden := sorted(moved.keys() - doc.get("components", {}).keys()):
        raise SpecError(f"{', '.join(hidden)} moved as well, and {now.id} does not say so. Raise the change again.")


def one_at_a_time(doc: Mapping[str, Any]) -> None:
    """Refuse a change of judge and system at once: a comparison by two judges compares nothing.

    Raises:
        SpecError: both changed.
    """
    named = doc.get("components", {}) if doc.get("configuration") else {}
    judges = judges_of(named)
    if judges and any(name.partition("/")[0] not in BESIDE for name in named):
        raise SpecError(
            f"The judge {', '.join(judges)} changed together with what it judges, so that the regression would be by "
            "two judges. Change the judge first, on the approved system (a bridge); then the rest."
        )


def passed(now: Situation, run: Mapping[str, Any] | None) -> None:
    """The run is of the new configuration, against the approved answers, and shows that nothing was lost.

    Raises:
        OutOfTurn: it is not, or it cannot tell; then the message says how many more cases would.
    """
    doc, model = now.doc, str(now.doc["model"])
    if run is None or run.get("model") != model:
        raise OutOfTurn(
            f"{now.id} changes what answers pass through: name the run (--run) in which {PAIRED} passed on the new "
            f"configuration; {now.form.run or 'nothing'} was given."
        )
    leads_to = str(doc.get("configuration", ""))
    if leads_to and run.get("configuration") != leads_to:
        raise OutOfTurn(
            f"Run {run['id']} is of configuration {str(run.get('configuration') or NONE)[:16]}; {now.id} leads to "
            f"{leads_to[:16]}. Run the regression on what will be deployed."
        )
    _decided(run)
    _fairly(now, run)
    if leads_to:
        _against_the_approved(now, run)


def _decided(run: Mapping[str, Any]) -> None:
    found = dict(run.get("outcomes", {}))
    paired, harms = dict(found.get(PAIRED, {})), dict(found.get(HARM, {}))
    if not paired:
        raise OutOfTurn(f"Run {run['id']} held nothing against the approved answers. Declare them: `genai: anchor`.")
    open_ = sorted(suite for suite, outcome in paired.items() if outcome == "inconclusive")
    lost = sorted(suite for suite, outcome in paired.items() if outcome not in {"passed", "inconclusive"})
    if lost:
        raise OutOfTurn(f"Run {run['id']} does not show that nothing was lost: {PAIRED} {paired[lost[0]]}, {lost[0]}.")
    if open_:
        needs = "; ".join(f"{name}: {needs}" for name, needs in sorted(dict(run.get("lacking", {})).items()))
        raise OutOfTurn(f"Run {run['id']} cannot tell whether anything was lost in {', '.join(open_)}. {needs}.")
    if bad := sorted(suite for suite in paired if dict(found.get(UNSCORED, {})).get(suite) == "failed"):
        raise OutOfTurn(f"Run {run['id']} could not grade too many answers of {bad[0]} ({UNSCORED}).")
    if "failed" in harms.values():
        raise OutOfTurn(f"Run {run['id']} found a new grave harm ({HARM}), which no better mean pays for.")


def _fairly(now: Situation, run: Mapping[str, Any]) -> None:
    """The margin is that of the criteria or narrower, and no case of the approved answers was left out."""
    allowed, most = float(run.get("margin", 1.0)), float(now.doc.get("margin", 0.0))
    if allowed > most:
        raise OutOfTurn(f"Run {run['id']} allowed a loss of {allowed:g}; {now.doc['method']} allows {most:g}.")
    if left := int(run.get("left_out", 0)):
        raise OutOfTurn(f"Run {run['id']} left out {left:,} cases that the approved configuration answered. Ask all.")


def _against_the_approved(now: Situation, run: Mapping[str, Any]) -> None:
    """The reference of the regression is what a run of the baseline's configuration measured, by fingerprint."""
    base = now.look.get("version", version_id(str(now.doc["model"]), str(now.doc.get("baseline", "")))) or {}
    measured = {
        print_ for one in now.look.find("run", model=str(now.doc["model"]))
        if one.get("configuration") == base.get("digest") for print_ in dict(one.get("prints", {})).values()
    }  # fmt: skip
    if dict(run.get("prints", {})).get(APPROVED) not in measured:
        raise OutOfTurn(
            f"What run {run['id']} was held against is not what a run of {base.get('id', 'the baseline')} measured. "
            "Name the graded answers that the approved configuration's run kept (`genai: anchor: graded`)."
        )


def judges_carded(now: Situation) -> None:
    """Every judge that changed has a card of what it is now, accepted and in date.

    Raises:
        OutOfTurn: one has none.
    """
    named = now.doc.get("components", {})
    for judge in judges_of(named):
        if named[f"judge/{judge}"] != NONE and not card_of(now.look, str(now.doc["model"]), judge, named, now.today):
            raise OutOfTurn(
                f"The judge {judge!r} is another one, and no card of it is accepted. Calibrate it on labelled answers "
                "and have its card accepted: secondline evals card --record."
            )


def card_of(look: Look, model: str, judge: str, components: Mapping[str, str], today: str) -> dict[str, Any]:
    """Return an accepted card in date of the judge as *components* name it, or {}."""
    found = look.find("judge", model=model, judge=judge, state="eligible")
    mine = [c for c in found if c["identity"] == components.get(f"judge/{judge}") and str(c["expires"]) >= today]
    return mine[-1] if mine else {}
