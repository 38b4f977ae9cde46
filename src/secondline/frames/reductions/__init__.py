"""Reductions: how each declared need becomes one grouped query, and its rows a record."""
