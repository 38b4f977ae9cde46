"""`evals vary`: a suite made into another by a generator of this house, the same by the same seed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from secondline.cli.acting import Json
from secondline.cli.exits import told


def vary(
    cases: Annotated[Path, typer.Argument(help="A file of cases, such as suites/questions.jsonl.", show_default=False)],
    by: Annotated[str, typer.Option("--by", help="paraphrase, typo, ocr, order, gender, translation, attacks, or one "
                                                 "disguise such as base64 or switched-german.")],
    to: Annotated[Path, typer.Option("--to", help="The file of cases to write.")],
    seed: Annotated[int, typer.Option("--seed", help="Another seed makes other variants.")] = 1,
    language: Annotated[str, typer.Option("--language", help="For a translation: two letters, such as de.")] = "",
    record: Annotated[
        Path | None, typer.Option("--record", help="For a translation: the file of recorded translations.")
    ] = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Make a suite of variants: pairs in other words or with noise, attacks in disguise. Nothing is asked."""
    with told():
        from secondline.cli.screen import console, print_json
        from secondline.core.errors import DataError
        from secondline.evals.cases.reading import read, write
        from secondline.evals.cases.translating import read as recorded
        from secondline.evals.cases.varying import varied

        given = read(cases).cases
        made = varied(given, by, seed, language=language, recorded=recorded(record) if record else ())
        if not made:
            raise DataError(f"No case of {cases.name} can be varied by {by!r}, so nothing was written.")
        digest = write(to, made)
        if as_json:
            print_json({"file": str(to), "of": len(given), "cases": len(made), "digest": digest})
        else:
            console().print(f"Wrote {to}: {len(made)} cases from {len(given)}, digest {digest[:16]}", markup=False)
