"""The suite of classification: complaints that people wrote, each of one class."""

from __future__ import annotations

from secondline.samples.genai.cases import Case, case
from secondline.samples.genai.written import rows

LABELS = ("card-dispute", "fees", "scam", "lending-decision", "mortgage", "access", "service", "savings")
ASK = f"Sort this complaint into one class. Answer with the class alone, one of: {', '.join(LABELS)}.\n\n"


def classification() -> list[Case]:
    """Return every complaint with its class as the reference."""
    return [
        case(f"K-{place:03d}", ASK + row["text"], reference=row["class"], stratum=row["class"], severity=2,
             persona="staff", tags=["nist:information-integrity"])
        for place, row in enumerate(rows("complaints"), 1)
    ]  # fmt: skip
