"""Trimming: a study that was written, cut down to some cases of some suites, for tests and short demonstrations."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def trim(spec: Path, most: Mapping[str, int]) -> Path:
    """Keep of a study only the suites that *most* names, each with so many cases (pairs count as one); return it.

    Cases are taken evenly from the whole suite, so that strata stay in their shares. Transcripts, labels and judges
    that nothing asks for any more go as well. The truth of the whole study stays as it was.
    """
    kept: set[str] = set()
    for path in sorted((spec.parent / "suites").glob("*.jsonl")):
        if path.stem not in most:
            path.unlink()
            continue
        cases = spread([json.loads(line) for line in _lines(path)], most[path.stem])
        _put(path, [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in cases])
        kept |= {one["id"] for one in cases}
    recorded = spec.with_name("transcripts.jsonl")
    _put(recorded, [line for line in _lines(recorded) if json.loads(line)["id"] in kept])
    _labels(spec.with_name("labels.csv"), kept)
    _put(spec, declared(_lines(spec), set(most)))
    return spec


def spread(cases: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """Return the cases of *most* pairs (or single cases), taken evenly."""
    names = list(dict.fromkeys(one.get("pair") or one["id"] for one in cases))
    taken = {names[i * len(names) // most] for i in range(min(most, len(names)))} if most < len(names) else set(names)
    return [one for one in cases if (one.get("pair") or one["id"]) in taken]


def declared(lines: list[str], suites: set[str]) -> list[str]:
    """Return the lines of assistant.yaml without the suites that are not kept, and the judges that only those name."""
    rest = [line for line in lines if not (m := re.match(r"    ([\w-]+): \{cases:", line)) or m[1] in suites]
    named = " ".join(line.partition("criteria:")[2] for line in rest if "{cases:" in line)
    asked = set(re.findall(r"[\w-]+", named))
    gone = {m[1] for line in rest if (m := re.match(r"    ([\w-]+): \{judge:", line))} - asked
    found = [line for line in rest if not re.match(rf"    (?:{'|'.join(gone) or '-'}): \{{(?:judge|rubric):", line)]
    judged = any(": {rubric:" in line for line in found)
    return [line for line in found if judged or line not in {"  judges:", "  labels: labels.csv"}]


def _labels(path: Path, kept: set[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    out = io.StringIO()
    write = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    write.writeheader()
    write.writerows(row for row in rows if row["case"] in kept)
    path.write_text(out.getvalue(), encoding="utf-8", newline="\n")


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _put(path: Path, lines: list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
