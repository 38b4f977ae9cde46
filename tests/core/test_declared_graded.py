"""A study of a generative system needs no populations or columns: its suites are populations of graded answers."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from answers import study
from secondline.core.canonical import canonical
from secondline.core.spec import ModelSpec

JUDGE = {"rubric": "r.md", "target": {"kind": "openai", "url": "http://127.0.0.1/v1"}, "anchors": "anchors.jsonl"}


def test_suites_become_populations() -> None:
    """A population a suite, read by verdict, case and no features; the pack of the tier."""
    spec = study(suites={"questions": {"cases": "q"}, "attacks": {"cases": "a"}})
    assert {name: p.data for name, p in spec.populations.items()} == {
        "questions": "graded:questions", "attacks": "graded:attacks",
    }  # fmt: skip
    assert spec.score.column == "verdict"
    assert spec.columns.entity == ("case",)
    assert spec.columns.features == ()
    assert spec.packs == ("genai",)


LEAST = ("genai", "genai-tier-3")


@pytest.mark.parametrize(("tier", "packs"), [(1, ("genai", "genai-tier-1")), (2, ("genai",)), (3, LEAST), (4, LEAST)])
def test_the_tier_chooses_the_packs(tier: int, packs: tuple[str, ...]) -> None:
    """Tier 1 tightens and tiers 3 and 4 loosen; packs that are named stay."""
    assert study(spec={"tier": tier}).packs == packs
    assert study(spec={"tier": tier, "packs": ["house"]}).packs == ("house",)


def test_approved_answers_are_the_reference() -> None:
    """The anchor's table is the reference; reviews and the judge's anchors are populations as well."""
    spec = study(anchor={"suite": "questions", "graded": "old.parquet"}, reviews="reviews.csv", judges={"j": JUDGE})
    assert spec.reference_name == "approved"
    assert spec.populations["approved"].data == "old.parquet"
    assert spec.populations["reviews"].data == "graded:reviews"
    assert spec.populations["anchors-j"].data == "graded:anchors-j"
    assert spec.limits == {}


def test_a_margin_that_was_declared_is_the_limit() -> None:
    """A margin other than the usual one limits the loss, unless a limit of its own is written."""
    anchor = {"suite": "questions", "graded": "old.parquet", "margin": 0.02}
    assert study(anchor=anchor).limits["genai.version_regress"].at_least == -0.02
    own: dict[str, Any] = {"limits": {"genai.version_regress": {"at_least": -0.01}}}
    assert study(anchor=anchor, spec=own).limits["genai.version_regress"].at_least == -0.01


def test_what_is_written_comes_back_the_same() -> None:
    """A plan that was kept as JSON is read as the same study, and keeps what the user wrote."""
    spec = study(
        anchor={"suite": "questions", "graded": "g", "margin": 0.02},
        spec={"populations": {"questions": {"data": "q.csv"}}},
    )
    assert spec.populations["questions"].data == "q.csv"
    assert ModelSpec.model_validate(spec.model_dump(mode="json", by_alias=True)) == spec


@pytest.mark.parametrize("name", ["approved", "reviews", "anchors-x"])
def test_names_that_are_taken(name: str) -> None:
    """A suite may not have the name of a population that holds something else."""
    with pytest.raises(ValidationError, match="may not be called"):
        study(suites={name: {"cases": "q"}})


def test_only_the_wrong_part_is_reported() -> None:
    """Where `genai` itself is wrong, populations and columns are not said to be missing."""
    with pytest.raises(ValidationError) as told:
        study(autonomy="alone")
    assert {error["loc"][0] for error in told.value.errors()} == {"genai"}


def test_other_studies_still_need_both() -> None:
    """Without a `genai` part, populations and columns are asked for as ever."""
    with pytest.raises(ValidationError, match="populations"):
        ModelSpec.model_validate({"model": "m", "version": 1, "columns": {"score": "s"}})


def test_a_record_knows_its_reference_whatever_the_order() -> None:
    """What only the place of a population said is written down, so that a record with sorted names replicates."""
    plain = {"model": "m", "version": "1", "columns": {"score": "p"}}
    read = ModelSpec.model_validate(plain | {"populations": {"dev": {"data": "d"}, "cur": {"data": "c"}}})
    again = ModelSpec.model_validate_json(canonical(read.model_dump(mode="json", by_alias=True)))
    assert (read.reference_name, again.reference_name) == ("dev", "dev")
    named = ModelSpec.model_validate(
        plain | {"populations": {"a": {"data": "d"}, "b": {"data": "c", "role": "reference"}}}
    )
    assert (named.reference, named.reference_name) == (None, "b")
