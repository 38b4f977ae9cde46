"""The house rules that a machine can keep: sizes, docstrings, types, copies, locks, what must never be committed."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tokenize
import tomllib
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

import secondline
from codebase import ROOT, Function, functions, imports, length, modules, public, texts

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
CORE_PACKAGES = 40
# Extras by the narrowest lock that holds them; heavy ones are in none.
DEMO = {"report", "models", "explain", "challenge", "web", "excel", "client", "gateway", "monitor", "convert"}
WIDER = {"boosting", "oidc", "postgres", "timestamp", "kafka", "otel", "drift", "evals", "inspect"}
HEAVY = {"torch", "spark", "slm"}


def test_files_are_short() -> None:
    """No source file is over the alarm: a longer one holds two ideas."""
    assert not {m.name: n for m in modules() if (n := len(m.path.read_text().splitlines())) > LONGEST_FILE}


def test_functions_are_short() -> None:
    """Fewer than one function in a hundred is over fifty lines, docstring not counted."""
    lengths = {f"{m.name}.{f.name}": length(f) for m in modules() for f in functions(m.tree)}
    long = {name: lines for name, lines in lengths.items() if lines > LONGEST_FUNCTION}
    assert len(long) < 0.01 * len(lengths), long


def test_every_public_name_has_a_docstring() -> None:
    """Each module, public class, function and method says what it is for."""
    bare = {m.name for m in modules() if not ast.get_docstring(m.tree)}
    bare |= {f"{m.name}.{name}" for m in modules() for name, node in public(m.tree) if not ast.get_docstring(node)}
    assert not bare


def test_every_argument_is_typed() -> None:
    """Each argument and each result has a type, in private functions too."""
    untyped = {f"{m.name}.{f.name}" for m in modules() for f in functions(m.tree) if not _typed(f)}
    assert not untyped


def _typed(function: Function) -> bool:
    if ast.unparse(function.body[-1]) == "...":  # a stub that only names a function of the engine
        return True
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    named = [argument for argument in every if argument and argument.arg not in {"self", "cls"}]
    return function.returns is not None and all(argument.annotation for argument in named)


def test_no_work_is_left_in_comments() -> None:
    """Unfinished work is an issue, not a comment or a docstring."""
    marks = re.compile(r"^\W*(TODO|FIXME|XXX|HACK)\b|\b(TODO|FIXME)[:(]", re.MULTILINE)
    assert not [str(path) for path, prose in _prose() if marks.search(prose)]


def _prose() -> Iterator[tuple[Path, str]]:
    """Yield comments and docstrings; other strings may say anything (init writes such marks into model.yaml)."""
    for module in modules():
        with module.path.open("rb") as lines:
            comments = [t.string for t in tokenize.tokenize(lines.readline) if t.type == tokenize.COMMENT]
        docstrings = [ast.get_docstring(n) or "" for n in [module.tree, *(node for _, node in public(module.tree))]]
        yield module.path, "\n".join(comments + docstrings)


def test_code_is_not_copied() -> None:
    """Functions of twelve lines or more that say nearly the same are at most 2 % of the code in such functions."""
    long = [(m.name, f) for m in modules() for f in functions(m.tree) if length(f) >= 12]
    shapes = [(f"{name}.{f.name}", length(f), _shingles(f)) for name, f in long]
    holders: dict[tuple[str, ...], list[int]] = {}
    for place, (_, _, shingles) in enumerate(shapes):
        for shingle in shingles:
            holders.setdefault(shingle, []).append(place)
    # Only what shares a shingle can be alike.
    pairs = {pair for held in holders.values() for pair in combinations(held, 2)}
    copies = {
        name: lines
        for a, b in ((shapes[i], shapes[j]) for i, j in pairs)
        if len(a[2] & b[2]) >= 0.75 * len(a[2] | b[2])
        for name, lines, _ in (a, b)
    }
    assert sum(copies.values()) <= 0.02 * max(sum(lines for _, lines, _ in shapes), 1), copies


def _shingles(function: Function) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+|[^\w\s]", "\n".join(ast.unparse(part) for part in function.body))
    return {tuple(words[i : i + 8]) for i in range(max(len(words) - 7, 1))}


def test_nothing_of_a_machine_is_committed() -> None:
    """No tracked file names a folder of the machine it was written on, or the host of a package registry."""
    # Written in two halves so that this file passes its own test.
    paths = ["/wo" + "rk/", "/tm" + "p/w/", "/ro" + "ot/", "/ho" + "me/"]
    hosts = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "debian" + ".org", "index" + "-url"]
    forbidden = re.compile(
        r"(?<![\w.:])(" + "|".join(re.escape(x) for x in paths) + ")|" + "|".join(re.escape(x) for x in hosts)
    )
    found = {str(path): match.group() for path, text in texts() if (match := re.search(forbidden, text))}
    assert not found


def test_versions_agree() -> None:
    """The package, its metadata and the changelog name the same version."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == secondline.__version__
    assert f"## [{secondline.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def _locked(name: str) -> dict[str, set[str]]:
    """Return the versions of each package in a lock file (two where they differ by Python)."""
    found: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{name}.txt").read_text().splitlines():
        if match := re.match(r"([\w.-]+)(?:\[[^\]]+\])?==([^\s;]+)", line):
            found.setdefault(match[1], set()).add(match[2])
    return found


def test_core_closure_is_small() -> None:
    """A plain install brings at most forty packages, everything counted."""
    assert len(_locked("core")) <= CORE_PACKAGES


def test_locks_agree() -> None:
    """Each narrower lock pins what the wider one pins."""
    core, demo, serve, dev = _locked("core"), _locked("demo"), _locked("serve"), _locked("dev")
    assert core.items() <= demo.items()
    assert core.items() <= serve.items()
    assert demo.items() <= dev.items()
    assert serve.items() <= dev.items()


def test_locks_hold_what_the_project_declares() -> None:
    """A dependency added to pyproject.toml is in the locks; run `make lock` when this fails."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    groups = [x for group in project["dependency-groups"].values() for x in group if isinstance(x, str)]
    assert _names(project["project"]["dependencies"]) <= set(_locked("core"))
    assert set(extras) == DEMO | WIDER | HEAVY
    assert _names(x for name in DEMO for x in extras[name]) <= set(_locked("demo"))
    assert _names(x for name in WIDER for x in extras[name]) <= set(_locked("dev"))
    assert _names(groups) <= set(_locked("dev"))


def test_every_extra_that_opens_a_log_reads_events() -> None:
    """Events are read and written by msgspec, so whoever installs one of these extras alone has it."""
    assert any("msgspec" in imports(module) for module in modules() if module.room == "events")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert all("msgspec" in _names(extras[name]) for name in ("gateway", "monitor", "kafka"))


def _names(requirements: object) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", str(x))[0].lower() for x in requirements}  # type: ignore[attr-defined]  # any iterable


@pytest.mark.parametrize("name", ["core", "demo", "dev"])
def test_locks_are_hashed(name: str) -> None:
    """Every pin carries a hash, and torch is never among them."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    pins = re.split(r"\n(?=\S)", text.strip())
    assert all("--hash=sha256:" in pin for pin in pins)
    assert "torch" not in _locked(name)


def test_sqlglot_is_held_back() -> None:
    """Ibis 12 emits a DROP VIEW without a name on DuckDB with sqlglot 30.17 and later."""
    (version,) = _locked("core")["sqlglot"]
    assert tuple(map(int, version.split(".")[:2])) < (30, 17)


def _loaded_by(statement: str) -> set[str]:
    """Return the top-level modules in memory after *statement* in a fresh interpreter."""
    code = f"import sys\n{statement}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split())


def test_import_is_light() -> None:
    """`import secondline` loads nothing heavy: names are looked up when they are used."""
    heavy = {"numpy", "scipy", "pandas", "pyarrow", "duckdb", "ibis", "sqlalchemy", "pydantic", "jinja2", "rich"}
    assert not _loaded_by("import secondline") & heavy
