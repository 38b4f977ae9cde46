"""Inputs that go wrong, each with the exit code and the message a user sees."""

from __future__ import annotations

import json

import pyarrow as pa

from cli.spoiling import FINE, Case, csv, duck, first, named, pops, put, query, rename, truncate, wide, write, zoned

PACK = "id: mine\nversion: '1'\ntitle: Mine\neffective_from: '2026-01-01'\n"
HOSTILE = "a\"b'; DROP TABLE dev; --"

SYSTEM = {
    "autonomy": "draft", "components": [{"kind": "model", "name": "small"}],
    "target": {"kind": "callable", "function": "app.py:answer"},
    "suites": {"fees": {"cases": "fees.jsonl"}}, "criteria": {"right": {"scorer": "reference-facts"}},
}  # fmt: skip
ONE_CASE = write("fees.jsonl", '{"id": "f1", "question": "What is the fee?", "reference": "12"}\n')
TALKS = {"kind": "replay", "file": "talks.jsonl"}


def system(**more: object) -> str:
    """Return an assistant.yaml; *more* replaces parts of its `genai`."""
    return json.dumps({"model": "m", "version": "1", "genai": SYSTEM | more})


CASES = (
    # the file itself
    Case("no model.yaml", "Cannot read 'elsewhere.yaml': No such file or directory.", args=("elsewhere.yaml",)),
    Case("a folder for model.yaml", "Cannot read '.': Is a directory.", args=(".",)),
    Case("empty model.yaml", "model.yaml is empty.", text=""),
    Case(
        "YAML that does not parse",
        "model.yaml is not valid YAML (line 2, column 21): expected the node content, but found '}'.",
        text="model: m\npopulations: {dev: [}\n",
    ),
    Case(
        "tabs in YAML",
        "model.yaml is not valid YAML (line 2, column 1): found character '\\t' that cannot start any token.",
        text="model: m\n\tversion: 1\n",
    ),
    Case("the same key twice", "model.yaml: the key 'model' is given twice (line 2).", text="model: m\nmodel: n\n"),
    Case(
        "a bomb of aliases",
        "model.yaml is not valid YAML (line 2, column 5): aliases (*name) are not allowed.",
        text="a: &a [1]\nb: [*a, *a]\n",
    ),
    Case(
        "a list for model.yaml",
        "model.yaml must be a mapping of keys to values, such as `model: retail-pd`.",
        text="- model\n- version\n",
    ),
    Case(
        "an unknown key",
        "model.yaml has 1 problem: `limitz` is not a known key (line 6). Did you mean 'limits'?",
        spec={"limitz": {}},
    ),
    Case(
        "an unknown role",
        "model.yaml has 1 problem: `columns.scores` is not a known key (line 4). Did you mean 'score'?",
        columns={"scores": "pd"},
    ),
    Case(
        "no populations",
        "model.yaml has 1 problem: `populations` (line 3) needs at least one entry.",
        spec={"populations": {}},
    ),
    Case(
        "a wrong value",
        "model.yaml has 1 problem: `populations.cur.role` (line 3): Input should be 'reference', 'out-of-sample', 'out-of-time' or 'current'; got 'shadow'.",
        spec=pops(role="shadow"),
    ),
    Case(
        "a date that is none",
        "`as-of` must be a date such as 2026-11-24; got '24 November'.",
        spec={"as-of": "24 November"},
    ),
    # columns
    Case(
        "a missing column",
        "Population 'dev' has no column 'pdd' (named as score). Did you mean 'pd' or 'dpd'?",
        columns={"score": "pdd"},
    ),
    Case(
        "a column missing from one population",
        "Population 'cur' has no column 'region' (named as segments). It has: 'id', 'pd', 'y', 'w', 'income', 'dpd', 'r'.",
        cur=rename("region", "r"),
    ),
    Case(
        "a text score",
        "Population 'dev': the score column 'pd' is of type string, but must be a number.",
        dev=put("pd", lambda n: ["high"] * n),
    ),
    Case(
        "a text label",
        "Population 'dev': the label column 'y' is of type string, but must hold 0 and 1 (or false and true), where 1 marks the event. Recode it, for instance in a SQL query.",
        dev=put("y", lambda n: ["bad"] * n),
    ),
    Case(
        "a label of 2",
        "Population 'dev': the label holds values other than 0 and 1 in 1 of 400 rows (from 0 to 2). Recode it so that 1 marks the event and 0 its absence.",
        dev=first("y", 2),
    ),
    Case(
        "one column as score and label",
        "model.yaml has 1 problem: `columns` (line 4): 'pd' is named as the score and as the label; they must be two columns.",
        columns={"label": "pd"},
    ),
    Case(
        "negative weights",
        "Population 'dev': the weight is missing, negative or not finite in 1 of 400 rows. Weights must be numbers of 0 or more.",
        columns={"weight": "w", "ignore": []},
        dev=first("w", -1.0),
    ),
    Case(
        "zero total weight",
        "Population 'dev': the weights add up to zero, so there is nothing to weigh. Check the weight column.",
        columns={"weight": "w", "ignore": []},
        dev=put("w", lambda n: [0.0] * n),
    ),
    Case(
        "a column named with @",
        "Population 'dev' has a column '@w'; names that begin with @ are reserved. Rename it.",
        dev=rename("w", "@w"),
    ),
    Case("columns that differ in case", "", codes=FINE, dev=put("PD", lambda n: [0.5] * n)),
    Case(
        "time zones mixed",
        "The time column has a time zone in population 'dev' and none in 'cur', so their instants cannot be compared. Store both with a zone, or both in the same local time.",
        columns={"time": "at"},
        dev=zoned("UTC"),
        cur=zoned(None),
    ),
    Case(
        "a time that is text",
        "Population 'dev': the time column 'at' is of type string, but must be a date or a timestamp. Text often hides mixed time zones: convert it where they are known.",
        columns={"time": "at"},
        dev=put("at", lambda n: ["soon"] * n),
        cur=put("at", lambda n: ["soon"] * n),
    ),
    # populations
    Case(
        "an empty population",
        "Population 'cur' is empty: it has no rows. Check the path, the query and its filters.",
        cur=lambda table: table.slice(0, 0),
    ),
    Case(
        "a missing file",
        "Population 'cur': there is no file 'nowhere/cur.parquet' (looked in",
        spec=pops(data="nowhere/cur.parquet"),
    ),
    Case("a truncated Parquet file", "Population 'cur': cannot read 'cur.parquet'", files=truncate),
    Case(
        "a text file called Parquet",
        "Population 'cur': cannot read 'cur.parquet'",
        files=write("cur.parquet", "pd,y\n0.1,0\n"),
    ),
    Case("a CSV with another delimiter", "", codes=FINE, spec=pops(data="cur.csv"), files=csv(";")),
    Case(
        "a CSV that is not UTF-8",
        "Population 'cur': cannot read 'cur.csv'",
        spec=pops(data="cur.csv"),
        files=write("cur.csv", "pd,y,id,region,w\n0.1,0,1,M\xfcnchen,1\n".encode("latin-1")),
    ),
    Case(
        "an unknown kind of file",
        "Population 'cur': cannot read 'cur.xlsx'. Give a file ending in .arrow, .csv, .db, .ddb, .duckdb, .feather, .ipc, .parquet, .pq, .tsv, or a database URL.",
        spec=pops(data="cur.xlsx"),
        files=write("cur.xlsx", b"PK"),
    ),
    Case(
        "an unknown engine",
        "Population 'cur': no engine is known for gopher:// addresses. Use one that Ibis knows, such as postgres://, duckdb:// or snowflake://.",
        spec=pops(data="gopher://dw/scores", table="t"),
    ),
    Case(
        "SQL that is no query",
        "Population 'cur': 'q.sql' must hold one SELECT (or WITH ... SELECT) query.",
        spec=pops(data="x.duckdb", sql="q.sql"),
        files=query("SELEC * FORM t"),
    ),
    Case(
        "SQL that does not run",
        "Population 'cur'",
        spec=pops(data="x.duckdb", sql="q.sql"),
        files=query("SELECT FROM WHERE"),
    ),
    Case(
        "a SQL file that is missing",
        "Population 'cur': there is no SQL file 'q.sql'",
        spec=pops(data="x.duckdb", sql="q.sql"),
        files=duck,
    ),
    Case(
        "a table that is missing",
        "Population 'cur': 'x.duckdb' has no table 'nope'. It has: 't'.",
        spec=pops(data="x.duckdb", table="nope"),
        files=duck,
    ),
    # policy
    Case(
        "an unknown check",
        "No check has the code 'discrimination.auk'. Did you mean 'discrimination.auc' or 'discrimination.ks' or 'discrimination.pr_auc'?",
        spec={"limits": {"discrimination.auk": {"at_least": 0.7}}},
    ),
    Case(
        "an unknown pack",
        "No policy pack is called 'us-sr262'. Did you mean 'us-sr26-2'? Known packs: ca-osfi-e23, default, ecoa-2026, eu-ai-act, eu-credit, eu-irb, fair-lending, fraud, genai, genai-tier-1, genai-tier-3, house, iso-42001, nist-600-1, nist-ai-rmf, ny-504, state-fair-lending, uae-mms, uk-ss1-23, us-fair-lending, us-sr11-7-legacy, us-sr26-2, vamp-acquirer, vamp-merchant, vamp-merchant-2025.",
        spec={"packs": ["us-sr262"]},
    ),
    Case(
        "a pack with an unknown key",
        "mine.yaml has 1 problem: `limitz` is not a known key (line 5). Did you mean 'limits'?",
        spec={"packs": ["mine.yaml"]},
        files=write("mine.yaml", PACK + "limitz: {}\n"),
    ),
    Case(
        "a pack not yet in force",
        "Pack 'mine' 1 is in force from 2099-01-01, not yet on",
        spec={"packs": ["mine.yaml"]},
        files=write("mine.yaml", PACK.replace("2026-01-01", "2099-01-01")),
    ),
    Case(
        "a limit without a bound",
        "model.yaml has 1 problem: `limits.discrimination.auc` (line 6): a limit needs exactly one of at_least, at_most, within, p_at_least; got none.",
        spec={"limits": {"discrimination.auc": {"severity": "major"}}},
    ),
    Case(
        "a range the wrong way round",
        "model.yaml has 1 problem: `limits.calibration.slope` (line 6): within needs [low, high] with low <= high; got [1.2, 0.8].",
        spec={"limits": {"calibration.slope": {"within": [1.2, 0.8]}}},
    ),
    Case(
        "a rule that is no expression",
        "Rule 'r' is not an expression we can read: 'income >' (invalid syntax (line 1)).",
        spec={"rules": [{"id": "r", "holds": "income >"}]},
    ),
    Case(
        "a rule that calls code",
        "Rule 'r': the only function in a rule is col(\"column name\").",
        spec={"rules": [{"id": "r", "holds": "__import__('os').system('x')"}]},
    ),
    Case(
        "a rule over a missing column",
        "Rule 'r' names a column 'incom' that is not there. Did you mean 'income'?",
        spec={"rules": [{"id": "r", "holds": "incom > 0"}]},
    ),
    Case(
        "a skip without a reason",
        "`skip: discrimination.auc` needs a reason; it is printed in the report.",
        spec={"skip": {"discrimination.auc": ""}},
    ),
    # output
    Case(
        "an unknown report format",
        "There is no report format 'odt'. Use html, docx, pdf or none.",
        args=("model.yaml", "--report", "odt"),
    ),
    Case(
        "a template that is missing",
        "There is no Word template 'bank.dotx'.",
        args=("model.yaml", "--report", "docx", "--template", "bank.dotx"),
    ),
    Case(
        "a record folder that is a file",
        "Cannot keep records in 'dev.parquet': File exists.",
        args=("model.yaml", "--store", "dev.parquet"),
    ),
    Case("an unknown option", "No such option: --fast", args=("model.yaml", "--fast")),
    # odd data that must be answered, not refused
    Case(
        "a score outside [0, 1]",
        "Scores that are called probabilities lie in [0, 1]",
        codes=frozenset({1}),
        dev=first("pd", 1.5),
    ),
    Case("a constant score", "", codes=FINE, dev=put("pd", lambda n: [0.1] * n), cur=put("pd", lambda n: [0.1] * n)),
    Case(
        "a feature without a value",
        "",
        codes=FINE,
        dev=put("income", lambda n: pa.nulls(n, pa.float64())),
        cur=put("income", lambda n: pa.nulls(n, pa.float64())),
    ),
    Case("duplicate keys", "Each entity occurs once", codes=frozenset({1}), dev=first("id", 7)),
    Case("infinite values", "", codes=FINE, dev=first("income", float("inf")), cur=first("income", float("-inf"))),
    Case("one class only", "", codes=FINE, dev=put("y", lambda n: [0] * n), cur=put("y", lambda n: [0] * n)),
    Case("no label known", "", codes=FINE, dev=put("y", lambda n: pa.nulls(n, pa.int64()))),
    Case("a single row", "", codes=FINE, cur=lambda table: table.slice(0, 1)),
    Case("hostile column names", "", codes=FINE, dev=rename("income", HOSTILE), cur=rename("income", HOSTILE)),
    Case(
        "reserved words and other alphabets",
        "",
        codes=FINE,
        dev=named("select", "ορίζω"),
        cur=named("select", "ορίζω"),
    ),
    Case("a boolean label", "", codes=FINE, dev=put("y", lambda n: [i % 9 == 0 for i in range(n)])),
    Case(
        "10,000 columns, ten of them features",
        "",
        codes=FINE,
        dev=wide,
        cur=wide,
        columns={"features": ["income", "dpd", *(f"x{i}" for i in range(8))]},
    ),
    Case(
        "a segment of many levels",
        "",
        codes=FINE,
        dev=put("region", lambda n: [f"r{i}" for i in range(n)]),
        cur=put("region", lambda n: [f"r{i}" for i in range(n)]),
    ),
    # generative systems
    Case(
        "a generative system with an unknown judge",
        "model.yaml has 1 problem: `genai` (line 1): criterion 'right' names the judge 'reader', which is not declared; there are: none.",
        text=system(criteria={"right": {"judge": "reader"}}),
    ),
    Case("a suite that is not there", "fees.jsonl': No such file or directory.", text=system()),
    Case(
        "a case without a question",
        "fees.jsonl, line 1 has 1 problem: `turns` is missing.",
        text=system(),
        files=write("fees.jsonl", '{"id": "f1"}\n'),
    ),
    Case(
        "a system that is a function, not allowed",
        "'app.py:answer' is the developer's code, and nobody allowed it to run. Ask again with `--allow-code`, or replay transcripts.",
        text=system(),
        files=ONE_CASE,
    ),
    Case(
        "a component whose file is missing",
        "A component names 'guide.md', which cannot be read: No such file or directory. Give the path from assistant.yaml.",
        files=ONE_CASE,
        text=system(components=[{"kind": "prompt", "name": "guide", "file": "guide.md"}]),
    ),
    Case(
        "transcripts that are not there",
        "talks.jsonl' cannot be read: No such file or directory.",
        text=system(target=TALKS),
        files=ONE_CASE,
    ),
    Case(
        "an unknown scorer",
        "There is no scorer 'reference-fact'. Did you mean 'reference-facts'?",
        text=system(criteria={"right": {"scorer": "reference-fact"}}, target=TALKS),
        files=ONE_CASE,
    ),
    Case(
        "a key that is not set",
        "'NO_SUCH_KEY', which is not set. Set it and run again; a key is never written into a file.",
        files=ONE_CASE,
        text=system(target={"kind": "openai", "url": "http://127.0.0.1:9/v1", "model": "m", "key": "NO_SUCH_KEY"}),
    ),
)
