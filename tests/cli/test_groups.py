"""The one program: every command has its panel, and what commands print lines up on a narrow terminal."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from secondline.cli.app import app
from secondline.cli.groups import PANELS
from secondline.cli.screen import gathered, grid


def test_every_command_has_one_panel() -> None:
    """No command of the program is left out of the panels of --help, and none stands in two."""
    listed = [name for names in PANELS.values() for name in names]
    assert len(listed) == len(set(listed))
    named = {c.name or getattr(c.callback, "__name__", "") for c in app.registered_commands}
    groups = {str(g.name) for g in app.registered_groups}
    assert named | groups <= set(listed)
    panels = {c.rich_help_panel for c in app.registered_commands} | {g.rich_help_panel for g in app.registered_groups}
    assert panels <= set(PANELS)


def test_help_shows_the_panels() -> None:
    """`secondline --help` shows the four panels in the order of work."""
    shown = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "80"}).output
    places = [shown.index(f"─ {panel} ─") for panel in PANELS]
    assert places == sorted(places)


def test_a_sentence_is_said_once_under_the_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that share a sentence are gathered under it; names are whole at 80 columns; nothing is said of nothing."""
    monkeypatch.setenv("COLUMNS", "80")
    gathered("because", [("stability.psi:highest_amount", "inputs moved"), ("b", "inputs moved"), ("c", "")])
    out = capsys.readouterr().out
    assert out.count("inputs moved") == 1
    assert "stability.psi:highest_amount" in out
    gathered("because", [("c", "")])
    assert not capsys.readouterr().out
    assert [c.justify for c in grid("a", ">b").columns] == ["left", "right"]
