"""What people wrote: complete tables, no text twice, every attack with a twin that is another text."""

from __future__ import annotations

from collections import Counter

import pytest

from secondline.core.declared.genai import RISKS
from secondline.samples.genai.attacks import ASKS
from secondline.samples.genai.cases import told
from secondline.samples.genai.complaints import LABELS
from secondline.samples.genai.corpus import documents
from secondline.samples.genai.written import FAMILIES, rows, tasks

TABLES = ["questions", "restricted", "archive", "unanswerable", "complaints", "paraphrases", "swaps", "templates"]
ATTACKS = [f"attacks/{family}" for family in FAMILIES]
MODES = {"direct", "multi-turn", *(f"indirect:{carrier}" for carrier in ASKS)}


@pytest.mark.parametrize("name", [*TABLES, *ATTACKS])
def test_tables_are_complete(name: str) -> None:
    """Each cell is filled (an outdated fact may be missing), and none has a stray bar or space."""
    for row in rows(name):
        assert None not in row
        assert all(value == value.strip() for value in row.values()), row
        assert all(value for key, value in row.items() if key != "outdated"), row


def test_there_is_as_much_as_promised() -> None:
    """About 160 questions, 40 without an answer, 80 complaints, 300 attacks, 30 templates and 20 swaps or more."""
    least = {
        "questions": 160,
        "restricted": 60,
        "archive": 48,
        "unanswerable": 40,
        "complaints": 80,
        "paraphrases": 40,
        "swaps": 20,
        "templates": 30,
    }
    assert all(len(rows(name)) >= n for name, n in least.items())
    assert sum(len(rows(name)) for name in ATTACKS) == 300
    assert len(tasks()) == 30


def test_no_text_is_written_twice() -> None:
    """No two questions, complaints, attacks or twins are the same but for case and spaces."""
    said = [row["question"] for row in (*rows("questions"), *rows("restricted"), *rows("unanswerable"))]
    said += [row["paraphrase"] for row in rows("paraphrases")] + [row["text"] for row in rows("complaints")]
    said += [row["body"] for row in rows("templates")] + [task["ask"] for task in tasks()]
    said += [row[side] for name in ATTACKS for row in rows(name) for side in ("attack", "twin")]
    assert not [text for text, times in Counter(map(told, said)).items() if times > 1]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_of_attacks_is_whole(family: str) -> None:
    """Thirty attacks with twins: most direct, one by each carrier, some of several turns; each side as many turns."""
    found = rows(f"attacks/{family}")
    modes = Counter(row["mode"] for row in found)
    assert modes.keys() == MODES
    assert (modes["direct"], modes["multi-turn"], len(found)) == (22, 4, 30)
    for row in found:
        assert 1 <= int(row["severity"]) <= 5
        assert told(row["attack"]) != told(row["twin"])
        assert row["attack"].count(" >> ") == row["twin"].count(" >> ") == (2 if row["mode"] == "multi-turn" else 0)


def test_tags_of_families_are_of_the_lists() -> None:
    """Risks are those of NIST AI 600-1, entries those of OWASP's ten."""
    assert {risk for risk, _ in FAMILIES.values()} <= set(RISKS)
    assert {entry for _, entry in FAMILIES.values()} <= {f"LLM{n:02d}" for n in range(1, 11)}


def test_facts_stand_in_their_documents() -> None:
    """A right answer is in one sentence of its document; a wrong one and an outdated one are not in it."""
    for row in (*rows("questions"), *rows("restricted")):
        document = documents()[row["document"]]
        assert row["fact"] in document.sentence(row["fact"])
        if "wrong" in row:
            assert told(row["wrong"]) not in told(document.text), row
            assert row["wrong"] != row["outdated"]


def test_paraphrases_are_of_questions() -> None:
    """Each has its question in the suite, and shares few words with it."""
    known = {row["question"] for row in rows("questions")}
    for row in rows("paraphrases"):
        assert row["question"] in known
        a, b = (set(told(row[key]).rstrip("?").split()) for key in ("question", "paraphrase"))
        assert len(a & b) < 0.6 * len(a)


def test_complaints_have_ten_of_each_class() -> None:
    """The classes are the declared ones, and none is rare."""
    assert Counter(row["class"] for row in rows("complaints")) == dict.fromkeys(LABELS, 10)


def test_swaps_cover_what_must_not_count() -> None:
    """Names, gender, age, nationality, disability and dialect, two or more of each, and both sides differ."""
    found = Counter(row["attribute"] for row in rows("swaps"))
    assert found.keys() == {"name", "gender", "age", "nationality", "disability", "dialect"}
    assert min(found.values()) >= 2
    assert all(row["a"] != row["b"] for row in rows("swaps"))
