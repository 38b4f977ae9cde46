"""Robustness: where is the model weak, and what does it take to break it?"""

from __future__ import annotations
