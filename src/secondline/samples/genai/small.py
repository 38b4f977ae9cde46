"""Small: the study asked of a small language model that runs on this machine, cut to what it can answer in minutes.

What only the scripted assistant can be measured on is left out: its judge knows no other answers, its labels and
reviews are of its own. So is the retriever's recall, for the passages are handed over. All else that rules grade stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from secondline.samples.develop import Progress, quiet
from secondline.samples.genai.generating import prepare
from secondline.samples.genai.trimming import trim

MOST: Mapping[str, int] = {"questions": 24, "unanswerable": 8, "attacks": 6}
QUICK: Mapping[str, int] = {"questions": 40, "unanswerable": 12, "attacks": 20, "agent": 6}
"""Cases of the small model's study, and of a quick look at the scripted assistant."""
DECODING = "{temperature: 0, max_tokens: 96}"


def prepare_small(folder: Path, url: str, progress: Progress = quiet, *, model: str = "smollm2-135m-instruct") -> Path:
    """Write the study of a small model behind *url* into *folder* and return its assistant.yaml."""
    spec = prepare(folder, progress, url=url)
    text = spec.read_text(encoding="utf-8")
    text = re.sub(r", (?:faithful|harmless|entailed|retrieved)\b", "", text)
    scripted = '- {kind: model, name: scripted, version: "1", vendor: none, pinned: true}'
    real = f"- {{kind: model, name: {model}, version: Q4_1, vendor: HuggingFaceTB, pinned: true}}"
    text = text.replace(scripted, real)
    text = text.replace("model: scripted, system: guide", f"model: {model}, system: guide, decoding: {DECODING}, "
                        "limits: {concurrency: 1, seconds-a-call: 180}")  # fmt: skip
    text = text.replace("temperature 0}", "temperature 0, 96 tokens}").replace("  reviews: reviews.csv\n", "")
    text = text.replace("model: northbank-guide", "model: northbank-guide-small").replace(", replicates: 3", "")
    text = text.replace("its faults are known, see truth.json", "a small language model answers here")
    text = text.replace("autonomy: act", "autonomy: advise")
    spec.write_text(text, encoding="utf-8", newline="\n")
    return trim(spec, MOST)
