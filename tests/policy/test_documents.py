"""Documents: what is wrong with a file of a person is said in the person's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondline.core.errors import SpecError
from secondline.evals.judging.rubrics import rubric

RUBRIC = """id: helpful
version: "1"
criterion: helpful
instructions: Does the answer help the customer?
passes: {passes}
fails: {fails}
"""


@pytest.mark.parametrize(
    ("passes", "fails", "told"),
    [
        ("It helps.", "[{answer: No., because: It does not.}]", "`passes` (line 5) must be a list, as in [one, other]"),
        ("[It helps.]", "[{answer: No., because: It does not.}]",
         "`passes.0` (line 5) must hold keys and values: answer, because, question"),
        ("[]", "[{answer: No., because: It does not.}]", "`passes` (line 5) needs at least one entry"),
    ],
)  # fmt: skip
def test_kinds_are_named_as_they_are_written(passes: str, fails: str, told: str, tmp_path: Path) -> None:
    """A list, a mapping and an entry that lacks are named as such, each once, and no type of a library is."""
    (tmp_path / "r.yaml").write_text(RUBRIC.format(passes=passes, fails=fails))
    with pytest.raises(SpecError) as found:
        rubric(tmp_path / "r.yaml")
    assert told in str(found.value)
    assert "1 problem:" in str(found.value)
    assert "uple" not in str(found.value)
