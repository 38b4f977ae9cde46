"""Measures: one number each, its SQL half (needs) joined to its statistics half (a pure function)."""
