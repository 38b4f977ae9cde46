"""Challenge: would a simpler or another model serve as well?"""

from __future__ import annotations
