"""Rules: row expressions from model.yaml, parsed into engine expressions. Their text never becomes SQL."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from operator import add, eq, ge, gt, le, lt, mul, ne, sub, truediv
from typing import TYPE_CHECKING, Any

from secondline.core.errors import SpecError, near
from secondline.core.needs import POINT_IN_TIME
from secondline.core.spec import Domain, ModelSpec

if TYPE_CHECKING:
    import ibis.expr.types as ir

DOMAIN = "domain:"
MAX_LENGTH = 2_000
_COMPARE: dict[type, Callable[[Any, Any], Any]] = {
    ast.Eq: eq, ast.NotEq: ne, ast.Lt: lt, ast.LtE: le, ast.Gt: gt, ast.GtE: ge,
}  # fmt: skip
_ARITHMETIC: dict[type, Callable[[Any, Any], Any]] = {ast.Add: add, ast.Sub: sub, ast.Mult: mul, ast.Div: truediv}


def rule_ids(spec: ModelSpec) -> tuple[str, ...]:
    """Return the ids of all rules of a study: the declared ones, then one per declared domain."""
    return tuple(rule.id for rule in spec.rules) + tuple(DOMAIN + column for column in spec.domains)


def rule(spec: ModelSpec, rule_id: str, table: ir.Table) -> ir.BooleanValue:
    """Return the rule as a boolean expression: true where a row keeps it, null where it cannot be told."""
    if rule_id == POINT_IN_TIME:
        return table["@observed-at"] <= table["@time"]
    if rule_id.startswith(DOMAIN):
        column = rule_id.removeprefix(DOMAIN)
        return _domain(table, column, spec.domains[column])
    text = {r.id: r.holds for r in spec.rules}[rule_id]
    return parse(text, table, rule_id)


def rule_uses(spec: ModelSpec, rule_id: str, column: str) -> bool:
    """Whether a rule may need *column*: its own, or any whose name its text contains."""
    if rule_id == POINT_IN_TIME:
        return column in {"@observed-at", "@time"}
    if rule_id.startswith(DOMAIN):
        return column == rule_id.removeprefix(DOMAIN)
    return column in next(r.holds for r in spec.rules if r.id == rule_id)


def parse(text: str, table: ir.Table, rule_id: str = "rule") -> ir.BooleanValue:
    """Parse a rule such as ``balance <= limit and status in ["A", "B"]`` over the columns of *table*.

    Comparisons, ``and``, ``or``, ``not``, ``+ - * /``, ``in [..]``, ``is None``, ``is not None``, numbers and texts are
    understood; ``col("odd name")`` names a column that is not an identifier. Anything else is an error that says so.

    Raises:
        SpecError: the text is not such an expression, or names a column that is not there.
    """
    if len(text) > MAX_LENGTH:
        raise SpecError(f"Rule {rule_id!r} is longer than {MAX_LENGTH} characters. Split it.")
    try:
        tree = ast.parse(text, mode="eval").body
        value = _Reader(table, rule_id).read(tree)
    except (SyntaxError, RecursionError, ValueError, TypeError, ArithmeticError) as error:
        raise SpecError(
            f"Rule {rule_id!r} is not an expression we can read: {text!r} ({str(error).replace('<unknown>, ', '')})."
        ) from error
    if isinstance(value, bool) or not hasattr(value, "type") or not value.type().is_boolean():
        raise SpecError(f"Rule {rule_id!r} must be true or false for each row, such as `balance <= limit`: {text!r}.")
    return value


class _Reader:
    """Reads a syntax tree into an expression; every node type not listed is refused."""

    def __init__(self, table: ir.Table, rule_id: str) -> None:
        self.table, self.rule_id = table, rule_id

    def read(self, node: ast.expr) -> Any:
        handler = getattr(self, f"_{type(node).__name__.lower()}", None)
        if handler is None:
            raise SpecError(f"Rule {self.rule_id!r}: {ast.unparse(node)!r} is not allowed in a rule.")
        return handler(node)

    def _name(self, node: ast.Name) -> Any:
        return self._column(node.id)

    def _column(self, name: str) -> Any:
        if name not in self.table.columns or name.startswith("@"):
            known = [c for c in self.table.columns if not c.startswith("@")]
            raise SpecError(
                f"Rule {self.rule_id!r} names a column {name!r} that is not there. {near(name, known)}".strip()
            )
        return self.table[name]

    def _constant(self, node: ast.Constant) -> Any:
        if not isinstance(node.value, (int, float, str, bool)):
            raise SpecError(f"Rule {self.rule_id!r}: {node.value!r} is not a number or a text.")
        return node.value

    def _call(self, node: ast.Call) -> Any:
        named = isinstance(node.func, ast.Name) and node.func.id == "col" and len(node.args) == 1 and not node.keywords
        if not named or not isinstance(node.args[0], ast.Constant) or not isinstance(node.args[0].value, str):
            raise SpecError(f'Rule {self.rule_id!r}: the only function in a rule is col("column name").')
        return self._column(node.args[0].value)

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        value = self.read(node.operand)
        if isinstance(node.op, ast.Not):
            return ~value
        return -value if isinstance(node.op, ast.USub) else value

    def _binop(self, node: ast.BinOp) -> Any:
        if type(node.op) not in _ARITHMETIC:
            raise SpecError(f"Rule {self.rule_id!r}: only + - * / are allowed, not {ast.unparse(node)!r}.")
        return _ARITHMETIC[type(node.op)](self.read(node.left), self.read(node.right))

    def _boolop(self, node: ast.BoolOp) -> Any:
        values = [self.read(value) for value in node.values]
        total = values[0]
        for value in values[1:]:
            total = total & value if isinstance(node.op, ast.And) else total | value
        return total

    def _compare(self, node: ast.Compare) -> Any:
        sides = [node.left, *node.comparators]
        total: Any = None
        for left, operator, right in zip(sides, node.ops, sides[1:], strict=False):
            part = self._pair(left, operator, right)
            total = part if total is None else total & part
        return total

    def _pair(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> Any:
        if isinstance(operator, (ast.Is, ast.IsNot)):
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise SpecError(f"Rule {self.rule_id!r}: `is` compares with None only.")
            value = self.read(left)
            return value.isnull() if isinstance(operator, ast.Is) else value.notnull()
        if isinstance(operator, (ast.In, ast.NotIn)):
            found = self.read(left).isin(self._options(right))
            return found if isinstance(operator, ast.In) else ~found
        return _COMPARE[type(operator)](self.read(left), self.read(right))

    def _options(self, node: ast.expr) -> list[Any]:
        if not isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            raise SpecError(f"Rule {self.rule_id!r}: `in` needs a list, such as x in [1, 2].")
        return [self.read(item) for item in node.elts]


def _domain(table: ir.Table, column: str, domain: Domain) -> Any:
    import ibis

    if column not in table.columns:
        raise SpecError(f"`domains` names a column {column!r} that is not there. {near(column, table.columns)}".strip())
    value = table[column]
    parts = [part for part in (_low(value, domain), _high(value, domain), _among(value, domain)) if part is not None]
    if domain.type == "integer" and value.type().is_floating():
        parts.append(value == value.floor())
    kept: Any = ibis.literal(True)
    for part in parts:
        kept = kept & part
    return ibis.ifelse(value.isnull(), ibis.literal(domain.nullable), kept)


def _low(value: Any, domain: Domain) -> Any:
    return None if domain.min is None else value >= domain.min


def _high(value: Any, domain: Domain) -> Any:
    return None if domain.max is None else value <= domain.max


def _among(value: Any, domain: Domain) -> Any:
    return None if domain.values is None else value.isin(list(domain.values))


def domain_types(spec: ModelSpec, types: Mapping[str, str]) -> tuple[str, ...]:
    """Return a sentence for each declared domain whose column has another kind of type in the data."""
    wanted = {"number": ("int", "float", "decimal", "uint"), "integer": ("int", "uint", "float"), "text": ("string",),
              "time": ("date", "timestamp"), "boolean": ("boolean",)}  # fmt: skip
    wrong = []
    for column, domain in spec.domains.items():
        actual = types.get(column)
        if domain.type and actual and not actual.lstrip("!").startswith(wanted[domain.type]):
            wrong.append(f"{column!r} is declared as {domain.type} but is {actual}")
    return tuple(wrong)
