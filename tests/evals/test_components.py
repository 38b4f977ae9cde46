"""Components: any change of any component changes the hash, and is told by its name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evals.asking import declared
from secondline.core.declared.configuration import changed
from secondline.core.declared.genai import GenAI
from secondline.core.errors import SpecError
from secondline.evals.components import asked_of, config_of, content_of, digests, fingerprint, system_of

KINDS = ("model", "prompt", "retriever", "corpus", "tool", "guardrail", "decoding", "post-processing", "judge",
         "human-step")  # fmt: skip


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for kind in KINDS:
        (tmp_path / f"{kind}.txt").write_text(f"the {kind}")
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    (tmp_path / "docs" / "fees.md").write_text("12 euros")
    (tmp_path / "docs" / "deep" / "cards.md").write_text("blue")
    return tmp_path


def system(**more: Any) -> GenAI:
    parts = [{"kind": kind, "name": "it", "file": f"{kind}.txt"} for kind in KINDS]
    docs = {"kind": "corpus", "name": "docs", "file": "docs"}
    target = {"kind": "openai", "url": "http://here", "model": "m", **more.pop("target", {})}
    return declared(target, components=[*parts, docs, *more.pop("parts", [])])


@pytest.mark.parametrize("kind", KINDS)
def test_any_file_that_changes_is_told_and_changes_the_hash(base: Path, kind: str) -> None:
    """One byte in one component gives another configuration, and the change names that component alone."""
    genai = system()
    before, config = fingerprint(genai, base), config_of(genai, base)
    assert config == config_of(genai, base)
    (base / f"{kind}.txt").write_text(f"the {kind}.")
    assert changed(before, fingerprint(genai, base)) == {f"{kind}/it": "changed"}
    assert config_of(genai, base) != config


def test_a_folder_is_all_its_files_and_their_names(base: Path) -> None:
    """A changed, added, removed or renamed document is another corpus; hidden files and order are not."""
    seen = [content_of(base / "docs")]
    (base / "docs" / ".cache").write_text("x")
    assert content_of(base / "docs") == seen[0]
    (base / "docs" / "fees.md").write_text("13 euros")
    seen.append(content_of(base / "docs"))
    (base / "docs" / "new.md").write_text("")
    seen.append(content_of(base / "docs"))
    (base / "docs" / "new.md").rename(base / "docs" / "deep" / "new.md")
    seen.append(content_of(base / "docs"))
    assert len(set(seen)) == 4


def test_every_field_and_the_target_count(base: Path) -> None:
    """A version, a decoding or an address is a change; how fast it is asked, and by which key, is none."""
    before = fingerprint(system(), base)
    other = fingerprint(system(target={"decoding": {"temperature": 1}}), base)
    assert changed(before, other) == {"decoding/target": "added"}
    same = system(target={"limits": {"concurrency": 3}, "key": "OTHER"})
    assert changed(before, fingerprint(same, base)) == {}
    assert config_of(same, base) == config_of(system(), base)
    more = fingerprint(system(parts=[{"kind": "tool", "name": "pay", "version": "2"}]), base)
    assert changed(before, more) == {"tool/pay": "added"}
    assert changed(more, before) == {"tool/pay": "removed"}


def test_judges_and_people_need_no_new_answers(base: Path) -> None:
    """Another judge is another configuration, but the answers that are kept stay of the same system."""
    asked, config = asked_of(system(), base), config_of(system(), base)
    for kind in ("judge", "human-step"):
        (base / f"{kind}.txt").write_text("changed")
    assert asked_of(system(), base) == asked
    assert config_of(system(), base) != config
    (base / "prompt.txt").write_text("changed")
    assert asked_of(system(), base) != asked


def test_components_that_cannot_be_told_are_refused(base: Path) -> None:
    """A missing file, another file than declared, and two components of one name are errors."""
    with pytest.raises(SpecError, match=r"'gone\.txt', which cannot be read"):
        digests(system(parts=[{"kind": "tool", "name": "pay", "file": "gone.txt"}]), base)
    with pytest.raises(SpecError, match="is not the one declared"):
        digests(system(parts=[{"kind": "tool", "name": "pay", "file": "tool.txt", "digest": "0" * 64}]), base)
    with pytest.raises(SpecError, match="Two components are called 'tool/it'"):
        digests(system(parts=[{"kind": "tool", "name": "it"}]), base)
    content = content_of(base / "tool.txt")
    pinned = system(parts=[{"kind": "tool", "name": "pay", "file": "tool.txt", "digest": content}])
    assert digests(pinned, base)["tool/pay"] == content


def test_the_system_prompt_is_text_or_the_component_that_it_names(base: Path) -> None:
    """`system` that is the name of a prompt with a file is that file; anything else is the prompt itself."""
    assert system_of(system(target={"system": "it"}), base) == "the prompt"
    assert system_of(system(target={"system": "Be exact."}), base) == "Be exact."
    (base / "prompt.txt").unlink()
    with pytest.raises(SpecError, match="prompt 'it' cannot be read"):
        system_of(system(target={"system": "it"}), base)
