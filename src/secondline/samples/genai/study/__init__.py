"""The files of the study as they are kept: the declaration, the prompt, rubrics, and functions that are targets."""

from __future__ import annotations
