"""Sections of the page, one a file: each writes its chapter from the exploration, or None where it has nothing."""
