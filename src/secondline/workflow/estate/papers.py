"""Papers: the documents that the bank's people file, each kept as a short text among the objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.workflow.estate.bank import Bank
from secondline.workflow.estate.life import Life

AT_BUILD: tuple[tuple[str, str], ...] = (
    ("development-document", "Development document of {name}, version {version}"),
    ("data-quality", "Data quality of {name} in seven dimensions"),
    ("implementation-test", "Implementation test of {name}: production against the approved model"),
    ("sbom-review", "Review of libraries and parts of {name}"),
)
AT_USE: tuple[tuple[str, str], ...] = (
    ("production-test", "Test of {name} in the production environment"),
    ("security-assessment", "Cyber and operational risk of {name}"),
    ("stakeholder-agreement", "Developer, owner, users and validators agree what {name} is for"),
    ("contingency-plan", "What is done when {name} fails"),
)
YEARLY: tuple[tuple[str, str], ...] = (
    ("drill", "Drill: {name} switched off for an hour"),
    ("decision-replay", "One decision of {name} put together again"),
)


def file_paper(
    bank: Bank, kind: str, title: str, who: str, valid: int = 0, about: Mapping[str, str] | None = None
) -> str:  # fmt: skip
    """File a paper, of a model or of the whole bank, that counts for so many days; returns its id."""
    text = f"{title}\n\nHarbour Bank, {bank.day.isoformat()}. An example: this bank and its papers are invented.\n"
    seal = bank.ledger.objects.put(text.encode())
    form: dict[str, Any] = {"kind": kind, "title": title, "on": bank.day.isoformat(), "object": seal,
                            "file": f"{kind}.txt", "size": len(text.encode()), "author": who,
                            "note": f"{title}."}  # fmt: skip
    end = {"valid_until": bank.ahead(valid)} if valid else {}
    return bank.do("evidence.filed", who, "", form | end | dict(about or {})).id


def file_on(life: Life, kind: str, title: str, who: str, valid: int = 0) -> str:
    """File a paper about a model's version at hand."""
    about = {"model": life.id, "version": life.version_id}
    text = title.format(name=life.entry.name, version=life.version)
    if valid and kind in life.papers:
        life.do("evidence.withdrawn", life.lead, life.papers[kind], None, "a newer one is filed")
    life.papers[kind] = file_paper(life.bank, kind, text, who, valid, about)
    return life.papers[kind]


def at_build(life: Life) -> None:
    """File what development leaves behind, and what its kind asks for besides."""
    e = life.entry
    for kind, title in AT_BUILD:
        file_on(life, kind, title, e.developer)
    for kind, title, wanted in _special(life):
        if wanted:
            file_on(life, kind, title, e.developer if kind in _DEVELOPERS else e.owner)


_DEVELOPERS = {"eval-set", "red-team", "tool-permissions", "aml-parameters", "aml-e2e-test", "trace-log"}


def _special(life: Life) -> tuple[tuple[str, str, bool], ...]:
    e = life.entry
    ai, genai, aml = e.has("ml") or e.has("generative"), e.has("generative"), e.family == "aml"
    late = e.story == "vendor-gap"
    return (
        ("legal-review", "Legal and compliance review of {name}", ai and e.number("legal", 8) > 0),
        ("privacy-review", "Review of personal data in {name}", e.has("personal") and e.number("privacy", 10) > 0),
        ("code-review", "Code review of {name}", e.origin == "in-house"),
        ("vendor-questionnaire", "Questionnaire answered by the vendor of {name}", bool(e.vendor) and not late),
        ("vendor-gap", "What the vendor of {name} withholds, and what is done instead", bool(e.vendor) and late),
        ("eval-set", "Frozen evaluation set of {name}, labelled by people", genai),
        ("red-team", "Attack on {name}, through its documents too", genai and e.story != "genai-proposed"),
        ("judge-validation", "Agreement of the judge of {name} with people", genai and e.id == "sar-drafting"),
        ("tool-permissions", "Tools of {name}, with caps and stops", e.has("agentic")),
        ("aml-coverage", "Coverage matrix of {name}", aml),
        ("aml-parameters", "Parameters of {name} as they run", aml),
        ("aml-e2e-test", "End-to-end test of {name}, before it goes live", aml),
        ("lineage", "Lineage of the inputs of {name}", aml),
    )


def at_use(life: Life) -> None:
    """File what going live asks for."""
    e = life.entry
    for kind, title in AT_USE:
        if e.number(kind, 14):
            file_on(life, kind, title, e.owner)
    if e.adverse == "yes":
        file_on(life, "notice", "Notices to customers about {name}", e.owner)
    if e.has("generative"):
        file_on(life, "trace-log", "Where the traces of {name} are kept", e.developer)
    if e.vendor and e.number("exit", 4):
        file_on(life, "exit-plan", "Way out of the vendor of {name}", e.owner)
    yearly(life)


def yearly(life: Life) -> None:
    """File what is repeated each year."""
    e = life.entry
    for kind, title in YEARLY:
        if e.number(kind, 9):
            file_on(life, kind, title, life.owner, 365)
    if e.automation in {"human-reviews", "human-decides"} or e.adverse == "yes" or e.has("generative"):
        file_on(life, "human-review", "How well people catch the errors of {name}", life.owner, 365)
