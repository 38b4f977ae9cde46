"""Explore: the numbers of a first look, each with its sample and its uncertainty."""
