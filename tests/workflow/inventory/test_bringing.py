"""Bringing in: row by row with reasons, all or nothing, twice the same as once."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from govern.house import House
from secondline.core.errors import DataError, SpecError
from secondline.workflow.inventory.bringing import Draft, apply, draft
from secondline.workflow.inventory.columns import TABLES, columns
from secondline.workflow.inventory.entries import hear_table, slug
from secondline.workflow.inventory.giving import as_book, as_csv

BANK = """Model ID;Model Name;Risk Type;Model Owner;Tier;Status;Go Live Date;Countries;Remarks
PD-001;Retail PD;Credit risk;own;1;In use;12.03.2024;DE, AT;old
FRD-07;Card fraud;Fraud;own;2;In use;2025-01-15;DE;
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    """An empty inventory."""
    return House(tmp_path / "bank")


def imported(house: House, path: Path, what: str = "models", *, do: bool = True) -> Draft:
    """Import a file, for good if it can be."""
    plan = draft(house.ledger, hear_table(path, what), "dev")
    return apply(house.ledger, plan, "dev", "test") if do else plan


def written(folder: Path, text: str, name: str = "bank.csv") -> Path:
    """Write a file."""
    path = folder / name
    path.write_text(text)
    return path


def test_a_banks_own_table_is_understood(house: House, tmp_path: Path) -> None:
    """Heads, dates and words of others become ours; their id, state and tier are kept; what is left aside is named."""
    plan = imported(house, written(tmp_path, BANK))
    model = house.get("model", "pd-001")
    assert (model["name"], model["family"], model["owner"], model["production_date"]) == (
        "Retail PD", "credit", "own", "2024-03-12",
    )  # fmt: skip
    assert (model["aliases"], model["reported_tier"], model["reported_state"]) == (["PD-001"], "1", "In use")
    assert model["jurisdictions"] == ["DE", "AT"]
    assert plan.heard.columns["models"].unknown == ("Remarks",)


def test_a_dry_run_writes_nothing(house: House, tmp_path: Path) -> None:
    """Not even a refusal."""
    before = house.ledger.head()
    plan = imported(house, written(tmp_path, BANK), do=False)
    assert plan.count("created") == 2
    assert house.ledger.head() == before


def test_twice_is_once(house: House, tmp_path: Path) -> None:
    """The same file again changes nothing; a file with one change records that change alone."""
    path = written(tmp_path, BANK)
    imported(house, path)
    head = house.ledger.head()
    assert imported(house, path).count("unchanged") == 2
    assert house.ledger.head() == head
    again = imported(house, written(tmp_path, BANK.replace("Card fraud", "Card fraud score")))
    assert [line.verb for line in again.lines] == ["unchanged", "changed"]
    newest = house.ledger.records.events(limit=1, newest_first=True)[0]
    assert (newest.kind, newest.changes) == ("model.changed", {"name": "Card fraud score"})


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("x,X,03/04/2026,", "one way only"),
        ("pd-001,Again,,", "says again"),
        (",,,ada", "neither an id nor a name"),
        ("x,X,,,more", "more cells"),
        ("x,,2026-01-01,", "`name` is missing"),
        ("y,Y,,none", "none"),
    ],
)
def test_a_bad_row_holds_all_back(house: House, tmp_path: Path, row: str, said: str) -> None:
    """It is named with its reason, and nothing is written, not even the good rows."""
    path = written(tmp_path, f"id,name,production_date,variant_of\npd-001,PD,,\n{row}\n")
    plan = imported(house, path, do=False)
    assert [line.verb for line in plan.lines] == ["created", "rejected"]
    assert said in plan.lines[1].why
    before = house.ledger.head()
    with pytest.raises(SpecError, match=r"1 of 2 rows .* nothing was written"):
        apply(house.ledger, plan, "dev")
    assert house.ledger.head() == before


def test_rows_are_held_against_the_law(house: House, tmp_path: Path) -> None:
    """An auditor may not register; the dry run says so for each row."""
    plan = draft(house.ledger, hear_table(written(tmp_path, BANK)), "aud")
    assert plan.count("rejected") == 2
    assert "may not register a model" in plan.lines[0].why


def test_parents_come_before_variants(house: House, tmp_path: Path) -> None:
    """Whatever the order of the rows."""
    imported(house, written(tmp_path, "id,name,variant_of\nc,C,b\nb,B,a\na,A,\n"))
    assert house.get("model", "c")["variant_of"] == "b"


def test_a_cell_can_be_emptied(house: House, tmp_path: Path) -> None:
    """An empty cell states nothing; (empty) takes the value away."""
    imported(house, written(tmp_path, "id,name,method\na,A,logit\n"))
    assert imported(house, written(tmp_path, "id,name,method\na,A,\n")).count("unchanged") == 1
    imported(house, written(tmp_path, "id,name,method\na,A,(empty)\n"))
    assert house.get("model", "a")["method"] == ""


def test_the_user_says_what_a_head_means(tmp_path: Path) -> None:
    """Their word goes before any guess; a head or field that is not there is named."""
    path = written(tmp_path, "Kürzel,name\nx,X\n")
    assert hear_table(path, wanted={"Kürzel": "id"}).entries[0].id == "x"
    with pytest.raises(SpecError, match="no column 'Kurzel'"):
        hear_table(path, wanted={"Kurzel": "id"})
    with pytest.raises(SpecError, match="no field 'ids'"):
        hear_table(path, wanted={"Kürzel": "ids"})


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no rows"),
        (b"id,name\n", "no rows"),
        (b"id,id\n1,2\n", "twice"),
        (b"foo,bar\n1,2\n", "--map"),
        (b'id,name\n1,"open\n', "no CSV"),
        (b"id,name\x81\n", "UTF-8"),
    ],
)
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """With what to do about it."""
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises((DataError, SpecError), match=said):
        hear_table(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_are_told_apart(tmp_path: Path, encoding: str) -> None:
    """As Excel saves them."""
    path = tmp_path / "x.csv"
    path.write_bytes("id\tname\nx\tKürzel\n".encode(encoding))
    assert hear_table(path).entries[0].form["name"] == "Kürzel"


def test_a_missing_file_and_a_false_workbook(tmp_path: Path) -> None:
    """Are told in one line each."""
    with pytest.raises(DataError, match="Cannot read"):
        hear_table(tmp_path / "none.csv")
    with pytest.raises(DataError, match="no Excel workbook"):
        hear_table(written(tmp_path, "no zip", "x.xlsx"))
    with pytest.raises(DataError, match="Cannot read"):
        hear_table(tmp_path / "none.xlsx")


def test_slugs_are_ids() -> None:
    """Accents, spaces and slashes go."""
    assert slug(" Überwachung / TM 2 ") == "uberwachung-tm-2"


# Each example opens two ledgers: shrinking a failure would take minutes, and the assertion says what differs.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30).map(str.strip).filter(bool)
FORMS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "models": st.fixed_dictionaries(
        {"name": TEXT},
        optional={
            "description": TEXT, "method": TEXT, "owner": TEXT, "users": st.lists(TEXT, max_size=3),
            "kind": st.sampled_from(["model", "tool", "genai"]), "machine_learning": st.booleans(),
            "autonomy": st.integers(0, 4), "production_date": st.dates().map(str), "review_months": st.integers(0, 60),
            "components": st.dictionaries(TEXT, TEXT, max_size=3), "tags": st.lists(TEXT, max_size=3),
            "euc": st.fixed_dictionaries({"links": st.integers(0, 9), "macros": st.booleans(), "access": TEXT}),
        },
    ),
    "uses": st.fixed_dictionaries(
        {"name": TEXT},
        optional={
            "purpose": TEXT, "decisions_per_year": st.integers(0, 10**9), "amount_per_year": st.floats(0, 1e12),
            "adverse": st.booleans(), "products": st.lists(TEXT, max_size=3),
            "bounds": st.lists(st.fixed_dictionaries({"column": TEXT, "low": st.floats(-1e9, 1e9)}), max_size=2),
        },
    ),
}  # fmt: skip


def everything(house: House) -> dict[str, list[dict[str, Any]]]:
    """Return what was stated about all records, defaults filled, without numbers that the ledger gives."""
    return {
        name: [
            {c.head: _at(doc, c.way) or c.default or None for c in columns(name)}
            for doc in house.ledger.records.find(t.record)
        ]
        for name, t in TABLES.items()
    }


def _at(doc: dict[str, Any], way: tuple[str, ...]) -> Any:
    value: Any = doc
    for part in way:
        value = (value or {}).get(part)
    return value


@settings(
    max_examples=20, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(models=st.lists(FORMS["models"], min_size=1, max_size=4), use=FORMS["uses"], excel=st.booleans())
def test_what_goes_out_comes_in(
    tmp_path_factory: pytest.TempPathFactory, models: list[dict[str, Any]], use: dict[str, Any], excel: bool
) -> None:
    """An export of anything, imported into an empty inventory, gives the same; into its own, no change."""
    one, other = House(tmp_path_factory.mktemp("one")), House(tmp_path_factory.mktemp("other"))
    for n, form in enumerate(models):
        one.do("model.registered", "dev", f"m-{n}", **form)
    one.do("version.registered", "dev", "m-0@1", model="m-0", version="1", digest="a" * 64, developers=["dev"])
    one.do("use.proposed", "own", model="m-0", **use)
    one.do("vendor.registered", "own", "v", name="=V")
    one.do("source.registered", "own", "s", name="-S", vendor="v", personal=True)
    one.do("link.made", "own", frm="source/s", to="model/m-0", kind="data", explanation="+x")
    folder = tmp_path_factory.mktemp("files")
    if excel:
        (folder / "all.xlsx").write_bytes(as_book(one.ledger.records))
        files = [(folder / "all.xlsx", "models")]
    else:
        files = [(folder / f"{name}.csv", name) for name in TABLES]
        for path, name in files:
            path.write_bytes(as_csv(one.ledger.records, name).encode())
    for path, name in files:
        again = imported(one, path, name, do=False)
        assert not [(line.changes, line.why) for line in again.lines if line.verb != "unchanged"]
        imported(other, path, name)
    assert everything(other) == everything(one)


def test_an_export_runs_nothing(house: House) -> None:
    """No cell of a CSV begins with a sign that a spreadsheet acts on, numbers below nought aside."""
    house.model("m", description="=HYPERLINK(1)", method="@SUM", output="-1+1", users=["+x", "=y"])
    for row in csv.reader(as_csv(house.ledger.records).splitlines()):
        assert not [cell for cell in row if cell[:1] in set("=+-@")]
