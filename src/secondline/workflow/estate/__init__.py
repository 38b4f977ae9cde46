"""Estate: the example bank, lived through by its own people with the product's own acts, from two years ago to today."""
