"""A few exhibits made by hand, for tests that must know every value."""

from __future__ import annotations

from secondline.assist.exhibits import Exhibit, Exhibits, Field, Role


def answer(
    id_: str, code: str, about: str, value: float, outcome: str, limit: float | None = None, *, high: bool = True
) -> Exhibit:
    """Return an answer with a value, an interval of 0.01 on either side, 9,000 rows and an outcome."""
    main = code.rpartition(".")[2]
    numbers: dict[str, tuple[float, Role, str]] = {
        main: (value, "value", ""), "low": (value - 0.01, "low", ""), "high": (value + 0.01, "high", ""),
        "level": (0.95, "level", "rate"), "n": (9000.0, "n", "rows"), "events": (2301.0, "events", "count"),
        "p": (0.003, "p", ""), "alpha": (0.05, "alpha", ""),
    }  # fmt: skip
    if limit is not None:
        numbers["limit"] = (limit, "limit", "")
    fields = {name: Field(number, role, unit) for name, (number, role, unit) in numbers.items()}
    fields |= {
        "about": Field(about, "label"), "title": Field(f"The {main} is right", "heading"),
        "outcome": Field(outcome, "outcome"), "because": Field("It is so.", "because"),
        "rule": Field("at least 0.7", "rule"),
    }  # fmt: skip
    return Exhibit(
        id_, "answer", f"{id_[0]}-{id_[1:]}", fields, code, main, names=frozenset({main, about}), outcome=outcome,
        adverse=outcome in {"failed", "inconclusive", "errored"}, higher=high,
    )  # fmt: skip


FINDING = Exhibit(
    "F1", "finding", "F-1",
    {"name": Field("F-1", "label"), "severity": Field("major", "severity"), "due": Field("2026-12-01", "due"),
     "statement": Field("It drifts.", "statement"), "status": Field("issued", "status")},
    code="stability.psi", sources=("E-3",), adverse=True,
)  # fmt: skip
RULE = Exhibit(
    "R1", "rule", "run-1", {"name": Field("Proposed opinion", "label"), "grade": Field(2.0, "grade", "count"),
                            "meaning": Field("adequate with minor deficiencies", "statement")},
    implies=frozenset({"adequate", "minor", "deficiencies"}),
)  # fmt: skip
CALC = Exhibit(
    "C1", "calc", "C-1", {"label": Field("Change of the auc", "label"), "difference": Field(-0.019, "difference")},
    code="discrimination.auc", main="difference", sources=("E-1", "E-2"),
)  # fmt: skip
PEOPLE = Exhibit(
    "P1", "population", "current", {"name": Field("current", "label"), "rows": Field(9000.0, "n", "rows"),
                                    "share": Field(0.224, "ratio", "rate")},
    names=frozenset({"current"}),
)  # fmt: skip
ITEMS = (
    answer("E1", "discrimination.auc", "development", 0.801, "passed", 0.79),
    answer("E2", "discrimination.auc", "current", 0.782, "failed", 0.79),
    answer("E3", "stability.psi", "current", 0.104, "failed", 0.1, high=False),
    answer("E4", "discrimination.ks", "current", 0.44, "inconclusive", 0.43),
    FINDING, RULE, CALC, PEOPLE,
)  # fmt: skip


def shelf(stale: str = "") -> Exhibits:
    """Return the exhibits."""
    return Exhibits("run-1", "pd", ITEMS, stale)
