"""The demo commands: the stories stay where they were, and the example bank harms no other records."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from secondline.cli import demo
from secondline.cli.app import app
from secondline.cli.exits import Exit
from secondline.ledger.store import Ledger
from secondline.workflow.estate.bank import VIA
from secondline.workflow.estate.people import CAST


def _run(*args: str) -> Result:
    return CliRunner().invoke(app, ["demo", *args], env={"COLUMNS": "120"})


def _bank(folder: Path, via: str) -> None:
    """Make a ledger with the people whom a newcomer signs in as."""
    ledger, names = Ledger.open(folder), list(CAST)
    for name in names:
        ledger.act("person.added", names[0], name, {"name": name, "roles": ["admin"]}, via=via)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ((), (Path("demo"), False)),
        (("--quick",), (Path("demo"), True)),
        (("there", "--quick"), (Path("there"), True)),
        (("studies", "there"), (Path("there"), False)),
    ],
)
def test_demo_alone_tells_the_stories(
    args: tuple[str, ...], told: tuple[Path, bool], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """`secondline demo`, with or without folder and options, is `secondline demo studies`."""
    seen: list[tuple[Path, bool]] = []
    monkeypatch.setattr(demo, "run_demo", lambda folder, *, quick: seen.append((folder, quick)))
    assert _run(*args).exit_code == Exit.PASSED
    assert seen == [told]


@pytest.mark.parametrize("options", [(), ("--fresh",), ("--sign-in",)])
def test_other_records_are_left_alone(options: tuple[str, ...], tmp_path: Path) -> None:
    """A ledger that is no example bank is neither built over nor signed in to."""
    _bank(tmp_path, "cli")
    found = _run("estate", "--store", str(tmp_path), *options)
    assert found.exit_code == Exit.ERROR
    assert "records" in found.output
    assert Ledger.open(tmp_path).records.count("person").get((), 0) == len(CAST)


def test_signing_in_makes_a_link_for_each_of_the_cast(tmp_path: Path) -> None:
    """Where the bank stands already, only links are made: one each, every one another."""
    _bank(tmp_path, VIA)
    found = _run("estate", "--store", str(tmp_path), "--sign-in")
    assert found.exit_code == Exit.PASSED, found.output
    links = [line.strip() for line in found.output.splitlines() if "/welcome/" in line]
    assert len(links) == len(set(links)) == len(CAST)
    assert all(name in found.output for name in CAST)
    assert f"secondline up --store {tmp_path}" in found.output.replace("\n", "")


def test_an_unknown_option_is_said(tmp_path: Path) -> None:
    """A wrong option of the bank is an error of usage."""
    found = _run("estate", "--store", str(tmp_path), "--slow")
    assert found.exit_code == Exit.ERROR
