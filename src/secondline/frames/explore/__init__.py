"""Explore: everything an analyst's first look needs of a population, in a handful of fused queries."""
