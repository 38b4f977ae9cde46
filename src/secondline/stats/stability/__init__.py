"""Stability: is the population, and what was measured of it, still what the model was built on?"""
