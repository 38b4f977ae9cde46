"""Trials: every control that a pack selects has a compliant and a violating example, and they come out as stated."""

from __future__ import annotations

import pytest

from secondline.policy.catalogue import controls
from secondline.policy.packs import pack_names, parse_pack, read_pack
from secondline.policy.trials import trials

CHOSEN = [(name, id_) for name in pack_names() for id_ in read_pack(name).selection()]


@pytest.mark.parametrize(("name", "control"), CHOSEN, ids=[f"{name}:{id_}" for name, id_ in CHOSEN])
def test_the_examples_of_each_pack(name: str, control: str) -> None:
    """With the parameters of the pack, each example is met, not met or not applicable as it says."""
    found = list(trials([read_pack(name).selection()[control]]))
    assert {"compliant", "violating"} <= {trial.case for trial in found}
    assert not [trial.said for trial in found if not trial.right]


def test_every_control_is_chosen_by_a_pack_or_is_practice() -> None:
    """No control of the catalogue is out of reach of all packs, unless only practice asks for it."""
    out = set(controls()) - {id_ for _, id_ in CHOSEN}
    docs = {id_: {c.doc for c in controls()[id_].sources} for id_ in out}
    assert not {id_: d for id_, d in docs.items() if d - {"practice", "OWASP LLM", "VAMP", "MAS AIRG", "FINRA 2026"}}


def test_an_example_that_lies() -> None:
    """An example that does not come out as stated is found, with what it is instead."""
    pack = parse_pack(
        "id: x\nversion: '1'\ntitle: X\neffective_from: '2026-01-01'\nown:\n  - id: OWN-1\n    title: Lies\n"
        "    sources: [{regime: HOUSE, doc: S}]\n    check: model.tier == 1\n"
        "    examples: [{case: compliant, facts: {model: {tier: 2}}}]\n", "x",
    )  # fmt: skip
    (trial,) = trials(pack.selection().values())
    assert not trial.right
    assert trial.said.startswith("should be met, is not_met")
