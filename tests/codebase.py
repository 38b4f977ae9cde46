"""What the tests of the house know about the code: its files, imports and functions, read without running it."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "src" / "secondline"
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    path: Path
    name: str
    tree: ast.Module

    @property
    def room(self) -> str:
        """The room it is in: ``core``, ``stats``...; empty for the front door, ``secondline`` itself."""
        return [*self.name.split("."), ""][1]

    def inside(self, place: str) -> bool:
        """Whether the module is in *place*, a room or a folder of one, such as ``core.tables``."""
        return f"{self.name}.".startswith(f"secondline.{place}.")


@cache
def modules() -> tuple[Module, ...]:
    """Return every module of the package."""
    return tuple(Module(path, _name(path), ast.parse(path.read_text())) for path in sorted(PACKAGE.rglob("*.py")))


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def names() -> frozenset[str]:
    """Return the dotted name of every module of the package."""
    return frozenset(module.name for module in modules())


@cache
def imports(module: Module) -> set[str]:
    """Return the dotted names *module* imports anywhere: at the top, in a function, for types only, or by a string."""
    found = {name for node in ast.walk(module.tree) for name in _imported(node)}
    # A string that is exactly the name of one of our modules is a lazy import or as good as one.
    texts = {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant)}
    return found | {text for text in texts if isinstance(text, str) and "." in text and text in names()}


def imports_at_start(module: Module) -> set[str]:
    """Return the names of our modules that loading *module* loads."""
    found = {name for node in _executed(module.tree.body) for name in _imported(node)}
    return {_module_of(name) for name in found if name.startswith("secondline")}


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Call) and _called(node.func).endswith(("import_module", "__import__")):
        yield from (a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str))


def _called(function: ast.expr) -> str:
    """Return the last word of what is called; turning all of it into text would cost more than all else here."""
    return str(getattr(function, "attr", getattr(function, "id", "")))


def _executed(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Walk the statements that run on import, leaving out type-only blocks."""
    for statement in body:
        yield statement
        if isinstance(statement, ast.If) and "TYPE_CHECKING" not in ast.unparse(statement.test):
            yield from _executed(statement.body + statement.orelse)
        elif isinstance(statement, ast.Try):
            yield from _executed(statement.body + statement.orelse + statement.finalbody)
        elif isinstance(statement, (ast.With, ast.ClassDef)):
            yield from _executed(statement.body)


def _module_of(name: str) -> str:
    return name if name in names() else name.rpartition(".")[0]


def functions(tree: ast.AST) -> Iterator[Function]:
    """Yield every function and method."""
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length(function: Function) -> int:
    """Return the lines of a function without its docstring."""
    first = function.body[0]
    has_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    docstring = (first.end_lineno or 0) - first.lineno + 1 if has_docstring else 0
    return (function.end_lineno or 0) - function.lineno + 1 - docstring


def public(tree: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef | Function]]:
    """Yield the public classes, functions and methods of a module with their names; nested functions are private."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield prefix + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from public(node, f"{prefix}{node.name}.")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file under version control, or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for line in listed.splitlines() if (path := ROOT / line).is_file())


@cache
def texts() -> tuple[tuple[Path, str], ...]:
    """Return every tracked text file with its text; data and pictures are left out."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((path.relative_to(ROOT), content.decode()))
    return tuple(found)
