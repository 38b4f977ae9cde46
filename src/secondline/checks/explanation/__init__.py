"""Explanation: what moves the score, and are the reasons given for a decision true?"""

from __future__ import annotations
