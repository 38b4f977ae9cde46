"""Triage: suggestions only, and never a milder grade."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondline.assist.triage import triage
from secondline.core.limit import SEVERITIES

FINDING: dict[str, Any] = {
    "id": "F-9", "model": "pd", "code": "stability.psi", "severity": "medium", "owner": "own", "due": "2026-12-01",
    "statement": "The distribution of income moved between development and current applications.",
    "effect": "Scores shift by a tenth.", "evidence": ["r/E-3"], "criterion": "A later run passes.", "state": "draft",
}  # fmt: skip


def kinds(finding: dict[str, Any], *others: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what is suggested, by kind and what."""
    return [(one.kind, one.what) for one in triage(finding, others)]


def test_a_duplicate_is_suggested_and_a_likeness_is_not_called_one() -> None:
    """The same words of the same model are a likely duplicate, of another model similar; others are nothing."""
    same = {**FINDING, "id": "F-1"}
    other_model = {**FINDING, "id": "F-2", "model": "lgd"}
    strange = {"id": "F-3", "model": "pd", "statement": "Documentation lacks a runbook for night duty."}
    assert kinds(FINDING, same, other_model, strange) == [("duplicate", "F-1"), ("similar", "F-2")]
    assert kinds(FINDING, FINDING) == []


@pytest.mark.parametrize(
    ("more", "suggested"),
    [({"legal": True}, "critical"), ({"effect_share": 0.2}, "critical"), ({"effect_share": 0.06}, "major"),
     ({"effect_share": 0.01}, ""), ({"effect_share": 0.0}, ""), ({"limit_severity": "low"}, ""), ({}, "")],
)  # fmt: skip
def test_the_matrix_only_raises(more: dict[str, Any], suggested: str) -> None:
    """A worse grade by the policy's matrix is suggested with its rule; a milder one never is."""
    found = [what for kind, what in kinds({**FINDING, **more}) if kind == "severity"]
    assert found == ([suggested] if suggested else [])


@given(st.sampled_from(SEVERITIES), st.floats(0, 1), st.booleans())
def test_no_suggestion_is_milder(stated: str, share: float, legal: bool) -> None:
    """Whatever is stated, a suggested severity is worse than it."""
    for one in triage({**FINDING, "severity": stated, "effect_share": share, "legal": legal}, []):
        if one.kind == "severity":
            assert SEVERITIES.index(one.what) < SEVERITIES.index(stated)


def test_what_is_missing_is_listed() -> None:
    """Owner, day, effect, evidence and criterion, where they are empty."""
    bare = {"id": "F-1", "severity": "low", "statement": "Thin."}
    assert [w for k, w in kinds(bare) if k == "missing"] == ["owner", "due", "effect", "evidence", "criterion"]
