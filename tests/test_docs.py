"""The documentation is tested, not trusted: its code runs, its YAML is read, its links lead somewhere."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
import typer.core
import yaml

import handbook
import reference
from codebase import ROOT
from secondline.cli.app import app
from secondline.core.check import CHECKS
from secondline.core.spec import Columns, ModelSpec

DOCS = sorted((ROOT / "docs").rglob("*.md"))
FRONT = sorted(ROOT.glob("*.md"))
MINIMAL = {"model": "m", "version": 1, "populations": {"a": {"data": "a.parquet"}}, "columns": {"score": "s"}}


def blocks(path: Path, language: str) -> list[str]:
    """Return the fenced blocks of one language, without the indentation of lists."""
    found = re.findall(rf"^( *)```{language}[^\n]*\n(.*?)^\1```", path.read_text(), re.MULTILINE | re.DOTALL)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


def test_handbook_equals_the_registry() -> None:
    """A check without a page, or a page without a check, fails the build."""
    pages = handbook.pages()
    assert set(pages) == {"index.md"} | {f"{code}.md" for code in CHECKS}
    assert all(CHECKS[code].title in pages[f"{code}.md"] for code in CHECKS)


def test_handbook_index_lists_every_check_once() -> None:
    """The index is complete: each code once, under a family that has a title."""
    assert sorted(re.findall(r"^\| \[`(.+?)`\]", handbook.index(), re.MULTILINE)) == sorted(CHECKS)


def test_every_check_explains_itself() -> None:
    """A page says what is asked, how the number is made and where it comes from."""
    for check in CHECKS.values():
        assert len(check.purpose.split()) >= 15, check.code
        assert check.measure.statistic.__doc__, check.code


@pytest.mark.parametrize("path", [*FRONT, *DOCS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file of ours names one that exists, or a page that is generated."""
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    targets = [t.split("#")[0] for t in re.findall(r"\]\(([^)\s]+)\)", text) if not re.match(r"[a-z]+:|#", t)]
    generated = {ROOT / "docs" / "handbook" / name for name in handbook.pages()}
    missing = [t for t in targets if not (path.parent / t).exists() and (path.parent / t).resolve() not in generated]
    assert not missing


def test_the_changelog_names_commands_that_there_are() -> None:
    """Each command it quotes can be run: its groups, its name and its options exist."""
    quoted = re.findall(r"`secondline ([a-z][^`]*)`", (ROOT / "CHANGELOG.md").read_text())
    assert len(quoted) > 10
    for text in quoted:
        here = typer.main.get_command(app)
        words = text.split()
        while isinstance(here, typer.core.TyperGroup) and words and words[0] in here.commands:
            here = here.commands[words.pop(0)]
        assert not (isinstance(here, typer.core.TyperGroup) and words), text
        options = {name for one in here.params for name in one.opts}
        assert {word for word in words if word.startswith("--")} <= options, text


def _model_yaml() -> Iterator[str]:
    for path in [*FRONT, *DOCS]:
        for block in blocks(path, "yaml"):
            read = yaml.safe_load(block)
            if isinstance(read, dict) and set(read) <= {f.alias or name for name, f in ModelSpec.model_fields.items()}:
                yield block


@pytest.mark.parametrize("block", list(_model_yaml()))
def test_yaml_is_read(block: str) -> None:
    """Every example of model.yaml, whole or in part, is accepted by the schema."""
    ModelSpec.model_validate(MINIMAL | yaml.safe_load(block))


def test_yaml_examples_were_found() -> None:
    """The search above finds the examples it is meant to find."""
    assert len(list(_model_yaml())) >= 5


def test_every_key_of_model_yaml_is_explained() -> None:
    """The page says in words what each key and each column role is for."""
    page = (ROOT / "docs" / "reference" / "model-yaml.md").read_text()
    keys = [field.alias or name for part in (ModelSpec, Columns) for name, field in part.model_fields.items()]
    assert not [key for key in keys if f"`{key}`" not in page]


@pytest.fixture
def worked_example(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, types.ModuleType]]:
    """The files of the worked example, each loaded as the module its title names, and forgotten afterwards."""
    page = (ROOT / "docs" / "howto" / "write-a-check.md").read_text()
    loaded: dict[str, types.ModuleType] = {}
    known = dict(CHECKS)
    for path, code in re.findall(r'^```python title="(.+?)"\n(.*?)^```', page, re.MULTILINE | re.DOTALL):
        name = path.removeprefix("src/").removesuffix(".py").replace("/", ".")
        room, _, leaf = name.rpartition(".")
        loaded[name] = types.ModuleType(name)
        monkeypatch.setitem(sys.modules, name, loaded[name])
        if room.startswith("secondline"):
            monkeypatch.setattr(importlib.import_module(room), leaf, loaded[name], raising=False)
        exec(compile(code, path, "exec"), vars(loaded[name]))
    yield loaded
    CHECKS.clear()
    CHECKS.update(known)


def test_the_worked_example_runs(worked_example: dict[str, types.ModuleType]) -> None:
    """The check that the documentation adds registers itself and passes its own oracle, as printed."""
    tests: list[Callable[[], None]] = [
        thing
        for name, module in worked_example.items()
        if name.startswith("tests.")
        for key, thing in vars(module).items()
        if key.startswith("test_")
    ]
    assert len(tests) == 3
    for test in tests:
        test()
    assert "discrimination.caught-at-cut" in CHECKS
    assert "discrimination.caught-at-cut.md" in handbook.pages()


@pytest.mark.parametrize("part", reference.PARTS)
def test_generated_parts_are_written(part: str) -> None:
    """Each generated part of the reference has content."""
    assert len(reference.PARTS[part]()) > 200


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as strictly as it is for publication."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_site_loads_nothing_from_outside(site: Path) -> None:
    """No page fetches a script, a style, a font or a picture from another host."""
    loads = r'<(?:script|img|iframe|source)[^>]*\bsrc="(?:https?:)?//'
    links = r'<link[^>]*rel="(?:stylesheet|preconnect)[^>]*href="(?:https?:)?//'
    fetched = re.compile(f"{loads}|{links}")
    pages = list(site.rglob("*.html"))
    assert len(pages) > len(DOCS)
    assert not [page for page in pages if fetched.search(page.read_text())]
