"""Data integrity: whether the rows can carry the conclusions drawn from them."""
