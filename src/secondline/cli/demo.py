"""The demo command: from open data to reports, narrated."""

from __future__ import annotations

from pathlib import Path

from secondline.cli.screen import Screen
from secondline.cli.validating import run_validation


def run_demo(folder: Path, *, quick: bool) -> None:
    """Develop the demo's models in *folder*, validate each study and say where the reports are."""
    from secondline.workflow.demo import prepare

    screen = Screen()
    with screen.progress() as progress:
        studies = prepare(folder, progress)
    for spec in studies[:1] if quick else studies:
        screen.say(f"\n[bold]secondline validate {spec}[/]\n")
        run_validation(spec, None, ("html",) if quick else ("html", "docx", "pdf"), None, screen, "demo")
    screen.say("\nOpen the report.html above in a browser; every number leads to its evidence.")
