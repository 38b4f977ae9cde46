"""Settings: gateway.yaml says what is served, and a wrong line is named with what is allowed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codebase import ROOT
from secondline.core.errors import SpecError
from secondline.gateway.settings import Served, Settings, read_settings, secret

LEAST = "ledger: runs\nmodels:\n  pd:\n    study: model.yaml\n"


def written(folder: Path, text: str) -> Path:
    """Write a gateway.yaml."""
    path = folder / "gateway.yaml"
    path.write_text(text)
    return path


def test_the_shortest_is_four_lines(tmp_path: Path) -> None:
    """A ledger and a study are enough; everything else has a safe value."""
    found = read_settings(written(tmp_path, LEAST))
    assert (found.log_unavailable, found.replicas, found.open) == ("fail-closed", 1, False)
    assert found.models["pd"].reasons.when == "declines"


def test_reasons_are_said_in_a_word_or_in_full(tmp_path: Path) -> None:
    """YAML reads a bare off as false; it still means off."""
    full = "{when: declines, reference: r.json}"
    for text, when in (("off", "off"), ("on-request", "on-request"), (full, "declines")):
        assert read_settings(written(tmp_path, f"{LEAST}    reasons: {text}\n")).models["pd"].reasons.when == when


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("    chalenger: x\n", r"`models.pd.chalenger` is not a known key \(line 5\)"),
        ("    fallback: {otherwise: maybe}\n", "`models.pd.fallback.otherwise`"),
        ("    fallback: {rules: [{when: {column: x, op: '<', value: a}, then: decline}]}\n", "compares numbers"),
        ("    fallback: {rules: [{when: {column: x, op: in, value: 3}, then: decline}]}\n", "needs a list"),
        ("    fallback: {rules: [{when: {column: x, op: '='}, then: decline}]}\n", "needs one value"),
        ("    fallback: {rules: [{when: {column: x, op: missing, value: 1}, then: decline}]}\n", "takes no value"),
        ("    control: {share: 0.9, key: k}\n", "`models.pd.control.share`"),
        ("    time-out: 0\n", "`models.pd.time-out`"),
        ("passes: {folder: p, revocations: r, key: k}\n", "exactly one of `ledger` and `passes`"),
        ("log-unavailable: ignore\n", "`log-unavailable`"),
        ("listen: nowhere\n", "`listen`"),
        ("replicas: 0\n", "`replicas`"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, more: str, said: str) -> None:
    """Each wrong key or value is refused with its path and its line."""
    with pytest.raises(SpecError, match=said):
        read_settings(written(tmp_path, LEAST + more))


def test_a_key_must_be_there_and_long_enough(tmp_path: Path) -> None:
    """A draw that anybody could foresee is no draw."""
    with pytest.raises(SpecError, match="Cannot read the key"):
        secret(tmp_path / "none", "the key")
    (tmp_path / "short").write_bytes(b"abc\n")
    with pytest.raises(SpecError, match=r"The key .* holds 3 bytes"):
        secret(tmp_path / "short", "the key")


def test_the_examples_of_the_guide_are_read(tmp_path: Path) -> None:
    """Every gateway.yaml in the documentation is a valid one."""
    text = (ROOT / "docs" / "howto" / "gateway.md").read_text()
    found = [block for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if "\nmodels:" in block]
    assert len(found) >= 3
    for block in found:
        assert read_settings(written(tmp_path, block)).models


def test_the_reference_names_every_key() -> None:
    """The table of keys is complete, so that a new key without a line in it fails."""
    text = (ROOT / "docs" / "reference" / "configuration.md").read_text()
    for kind in (Settings, Served):
        for name, field in kind.model_fields.items():
            assert f"| `{field.alias or name}` |" in text, name
